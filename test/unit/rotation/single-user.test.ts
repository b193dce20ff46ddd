import { beforeEach, describe, expect, it } from 'vitest';
import { secretTag } from '../../../lib/contract/index.ts';
import {
  adminName,
  adminTag,
  canary,
  facts,
  refusalOf,
  RotationBench,
  tokenOf,
} from '../../_helpers/rotation-bench.ts';

let bench: RotationBench;

beforeEach(() => {
  bench = new RotationBench();
});

describe('single-user', () => {
  const generated = { ...adminTag, [secretTag.host]: facts.host, [secretTag.username]: 'app' };

  it('lets the user change its own password, without a failed login', async () => {
    const arn = bench.working();

    expect(await bench.runAll(arn)).toEqual(['stored', 'changed', 'pending-logs-in', 'promoted']);

    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
    expect(bench.logsIn(arn, 'AWSPREVIOUS')).toBe(false);
    expect(bench.database.failedLogins).toBe(0);
  });

  it('creates the user of a generated secret through the admin, without a failed login', async () => {
    bench.addAdmin();
    const arn = bench.secret({ password: canary }, { ...generated, [secretTag.provision]: 'public=read-write' });

    expect(await bench.runAll(arn)).toEqual(['stored', 'created-by-admin', 'pending-logs-in', 'promoted']);

    expect(bench.database.users.get('app')).toMatchObject({ passwords: ['generated-1'], grants: 'public=read-write' });
    expect(bench.database.failedLogins).toBe(0);
  });

  it('gives the user of a generated secret, who exists, its password through the admin', async () => {
    bench.addAdmin();
    bench.database.addUser('app', 'unknown to all');
    expect((await bench.runAll(bench.secret({ password: canary }, generated)))[1]).toBe('reset-by-admin');
    expect(bench.database.failedLogins).toBe(0);
  });

  it('of an imported secret uses no admin that its value alone names', async () => {
    bench.addAdmin();
    bench.database.addUser('app', canary);
    const arn = bench.secret({ ...facts, password: canary, masterarn: adminName });
    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
    bench.database.setPassword('app', 'changed by hand');
    bench.secrets.startRotation(arn, tokenOf('second'));
    await bench.run(arn, 'createSecret', tokenOf('second'));

    await expect(bench.run(arn, 'setSecret', tokenOf('second'))).rejects.toMatchObject({ code: 'no-credential-works' });
    expect(bench.database.users.get('app')).toMatchObject({ passwords: ['changed by hand'] });
  });

  it('mends a wrong value put by hand with the previous one', async () => {
    const arn = bench.working({ [secretTag.engine]: 'postgres' });
    await bench.runAll(arn);
    bench.secrets.put(arn, 'put-by-hand'.padEnd(36, '0'), JSON.stringify({ ...facts, password: 'wrong' }));

    await bench.sweep();

    expect((await bench.rotateTo(arn, 'second'))[1]).toBe('changed-from-previous');
  });

  it('moves to another user where the catalog names one', async () => {
    bench.addAdmin();
    const arn = bench.working({
      ...adminTag,
      [secretTag.username]: 'new_app',
      [secretTag.provision]: 'public=read-only',
    });

    expect((await bench.runAll(arn))[1]).toBe('created-by-admin');
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ username: 'new_app' });
  });

  it('does not move to another user without an admin', async () => {
    const arn = bench.working();
    await bench.runAll(arn);
    bench.secrets.configure(arn, { tags: { [secretTag.username]: 'new_app' } });
    await expect(bench.rotateTo(arn, 'second')).rejects.toMatchObject({ code: 'username-changed' });
  });

  it('leaves the password alone where it was cancelled before the lock was taken', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    bench.at = ({ operation }) => {
      if (operation === 'database.lock') bench.secrets.cancelRotation(arn);
      return 'go';
    };

    await expect(bench.run(arn, 'setSecret')).rejects.toMatchObject({ code: 'superseded' });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
  });

  it.each(['redis', 'mongo'] as const)(
    'goes to the admin at once where only one may change users: %s',
    async (engine) => {
      bench = new RotationBench({ engine });
      bench.addAdmin();
      const arn = bench.working(adminTag);
      expect(await bench.runAll(arn)).toEqual(['stored', 'reset-by-admin', 'pending-logs-in', 'promoted']);
      expect(bench.database.failedLogins).toBe(0);
    },
  );

  it.each(['redis', 'mongo'] as const)('is impossible without one there: %s', async (engine) => {
    bench = new RotationBench({ engine });
    const [code, message] = await refusalOf(bench.run(bench.working(), 'createSecret'));
    expect(code).toBe('strategy-impossible');
    expect(message).toContain("can't change their own password; declare an admin");
  });

  it('is done by the function’s own role where an API keeps the users', async () => {
    bench = new RotationBench({ engine: 'elasticache' });
    const arn = bench.working();
    expect(await bench.runAll(arn)).toEqual(['stored', 'reset-by-admin', 'pending-logs-in', 'promoted']);
  });
});
