import { beforeEach, describe, expect, it } from 'vitest';
import { isCodedError, secretTag } from '../../../lib/contract/index.ts';
import {
  adminName,
  canary,
  facts,
  masterArn,
  RotationBench,
  secretName as name,
} from '../../_helpers/rotation-bench.ts';

let bench: RotationBench;

beforeEach(() => {
  bench = new RotationBench();
  bench.instances.add('orders', { host: 'orders.rds.internal', port: 5433, masterSecretArn: masterArn });
});

describe('an admin’s credential', () => {
  const credential = { username: 'admin', password: 'canary-admin-password' };
  /** A secret whose deployment names this admin, and whose value says where to. */
  const attack = async (tags: Readonly<Record<string, string>> = { [secretTag.admin]: adminName }): Promise<string> => {
    const arn = bench.secret({ ...facts, password: canary }, tags);
    bench.secrets.configure(arn, { lastRotatedAt: bench.now });
    await bench.run(arn, 'createSecret');
    return arn;
  };
  const outcomes = async (arn: string): Promise<string[]> => {
    const ended = [];
    for (const step of ['setSecret', 'testSecret'] as const) {
      ended.push(
        await bench.run(arn, step).then(
          () => 'done',
          (error: unknown) => (isCodedError(error) ? `${error.code}: ${error.message}` : 'unexpected'),
        ),
      );
    }
    return ended;
  };
  const refused = (masterarn: string, why: string) =>
    `admin-elsewhere: Secret ${name} is for db.internal:5432, but its admin's secret ${masterarn} ${why}: name one server in both`;

  it.each([
    ['its value', { host: 'orders.internal' }, {}, 'is for another server'],
    ['the port in its value', { host: 'db.internal', port: '6432' }, {}, 'is for another server'],
    ['its tags', { host: 'db.internal' }, { [secretTag.host]: 'orders.internal' }, 'is for orders.internal'],
    ['the instance in its tags', {}, { [secretTag.rds]: 'orders' }, 'is for orders.rds.internal:5433'],
    ['the cluster in its tags', {}, { [secretTag.rdsCluster]: 'orders' }, 'is for orders.rds.internal:5433'],
    ['nothing', {}, {}, 'does not say for which server it is'],
  ])('goes nowhere where %s does not name the host', async (_what, place, tags, why) => {
    bench.secrets.create(adminName, { value: JSON.stringify({ ...place, ...credential }), tags });
    const arn = await attack();
    expect((await outcomes(arn))[0]).toBe(refused(adminName, why));
    // The one login is of the pending credential, in testSecret; the admin's own went nowhere.
    expect(bench.database.logins).toBe(1);
  });

  it.each(['aws:rds:primaryDBInstanceArn', 'aws:rds:primaryDBClusterArn'])(
    'that RDS keeps goes to its own server and nowhere else: %s',
    async (tag) => {
      const tags = { [tag]: 'arn:aws:rds:eu-west-1:111122223333:db:orders' };
      const masterarn = bench.secrets.create('rds!db-1', { value: JSON.stringify(credential), tags });
      bench.instances.add('mine', { host: facts.host, port: facts.port, masterSecretArn: masterarn });
      const arn = await attack({ [secretTag.rds]: 'mine', [secretTag.admin]: 'rds' });
      expect((await outcomes(arn))[0]).toBe(refused(masterarn, 'is for orders.rds.internal:5433'));
    },
  );

  it('goes to the host that its own secret names, however that is written', async () => {
    bench.database.addUser('admin', credential.password, { createsRoles: true });
    bench.secrets.create(adminName, { value: JSON.stringify({ host: 'DB.internal', port: '5432', ...credential }) });
    const arn = bench.working({ [secretTag.admin]: adminName });
    expect(await bench.runAll(arn)).toEqual(['stored', 'changed', 'pending-logs-in', 'promoted']);
  });
});

describe('point 18: rotations of an admin and of its users come one after the other', () => {
  it('a user’s rotation waits while the admin’s is on its way, and touches nothing', async () => {
    bench.addAdmin();
    const arn = bench.working({ [secretTag.admin]: adminName, [secretTag.provision]: '' });
    await bench.run(arn, 'createSecret');
    bench.secrets.startRotation(adminName, 'rotation-of-the-admin'.padEnd(36, '0'));
    const logins = bench.database.logins;

    await expect(bench.run(arn, 'setSecret')).rejects.toMatchObject({ code: 'admin-rotating', retryable: true });
    expect(bench.database.logins).toBe(logins);

    bench.secrets.cancelRotation(adminName);
    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
  });
});
