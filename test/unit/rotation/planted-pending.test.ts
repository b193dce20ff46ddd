/** Point 20: authority comes from the deployment. Anyone who may put a value can plant one, with any staging label. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { DatabaseAddress } from '../../../lambdas/databases/port.ts';
import { markPending } from '../../../lambdas/rotation/core/pending-mark.ts';
import type { CodedError } from '../../../lib/contract/index.ts';
import { databaseEngines, pendingMarkPrefix, secretTag, type DatabaseEngine } from '../../../lib/contract/index.ts';
import { adminName, adminTag, canary, facts, refusalOf, RotationBench, token } from '../../_helpers/rotation-bench.ts';

const planted = 'canary-planted-password';
const strategy = (name: string) => ({ [secretTag.strategy]: name });

let bench: RotationBench;
let addresses: DatabaseAddress[];

const start = (engine: DatabaseEngine): void => {
  bench = new RotationBench({ engine });
  addresses = [];
  bench.database.addUser('admin', 'admin-password', { createsRoles: true });
  const admin = { host: facts.host, port: facts.port, username: 'admin', password: 'admin-password' };
  bench.secrets.create(adminName, { value: JSON.stringify(admin) });
  bench.database.addUser('victim', 'canary-of-the-victim');
  const { database } = bench.ports;
  const seen =
    <Rest extends unknown[], Result>(method: (address: DatabaseAddress, ...rest: Rest) => Result) =>
    (address: DatabaseAddress, ...rest: Rest): Result => {
      addresses.push(address);
      return method(address, ...rest);
    };
  bench.ports = {
    ...bench.ports,
    database: {
      ...database,
      login: seen((...args) => database.login(...args)),
      changeOwnPassword: seen((...args) => database.changeOwnPassword(...args)),
      changeUser: seen((...args) => database.changeUser(...args)),
      checkAdmin: seen((...args) => database.checkAdmin(...args)),
      ...(database.cloneUser && { cloneUser: seen(database.cloneUser) }),
      ...(database.revokeUser && { revokeUser: seen(database.revokeUser) }),
      ...(database.discardPassword && { discardPassword: seen(database.discardPassword) }),
    },
  };
};

/** Only the secret's own server heard of anything, without an authority of somebody's, and nobody has the planted password. */
const expectNothingLeaked = () => {
  for (const { host, port, tls } of addresses) {
    expect({ host, port, tls }).toEqual({ host: facts.host, port: facts.port, tls: { mode: 'verify-full' } });
  }
  for (const [, { passwords }] of bench.database.users) expect(passwords).not.toContain(planted);
  expect(bench.database.users.get('victim')?.passwords).toEqual(['canary-of-the-victim']);
};

const mine = () => ({ ...facts, engine: bench.database.engine, password: planted });

const plants: readonly (readonly [key: string, plant: () => object])[] = [
  ['nothing but the password', mine],
  ['host', () => ({ ...mine(), host: 'evil.example.com' })],
  ['host and ca', () => ({ ...mine(), host: 'evil.example.com', ca: 'of the attacker' })],
  ['ca', () => ({ ...mine(), ca: 'of the attacker' })],
  ['port', () => ({ ...mine(), port: 6000 })],
  ['servername', () => ({ ...mine(), servername: 'evil.example.com' })],
  ['ssl', () => ({ ...mine(), ssl: false })],
  ['dbname', () => ({ ...mine(), dbname: 'other' })],
  ['username', () => ({ ...mine(), username: 'victim' })],
  ['username and masterarn', () => ({ ...mine(), username: 'victim', masterarn: adminName })],
  ['the clone of another', () => ({ ...mine(), username: 'victim_clone', masterarn: adminName })],
  ['dbInstanceIdentifier', () => ({ ...mine(), dbInstanceIdentifier: 'of the attacker' })],
  ['a key of its own', () => ({ ...mine(), userId: 'victim' })],
];

describe.each(databaseEngines)('a planted pending value on %s', (engine) => {
  beforeEach(() => {
    start(engine);
  });

  const tags = () => ({
    [secretTag.engine]: engine,
    [secretTag.host]: facts.host,
    [secretTag.port]: String(facts.port),
    [secretTag.username]: 'app',
    ...(['elasticache', 'memorydb'].includes(engine) ? {} : adminTag),
  });
  const plantIn = (plant: object): string => {
    const arn = bench.working(tags());
    bench.secrets.plant(arn, token, JSON.stringify(plant));
    return arn;
  };

  it.each(plants)('with %s is refused by every step', async (_key, plant) => {
    const arn = plantIn(plant());
    for (const step of ['createSecret', 'setSecret', 'testSecret', 'finishSecret'] as const) {
      const [code, message] = await refusalOf(bench.run(arn, step));
      expect(code).toBe('pending-not-ours');
      expect(message).not.toContain('evil');
    }
    expectNothingLeaked();
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ password: canary });
  });

  it.each(plants)(
    'with %s is refused by rollForward, not tried by check, and given up by rollBack',
    async (_key, plant) => {
      const arn = plantIn(plant());

      expect((await refusalOf(bench.roll('rollForward', arn)))[0]).toBe('pending-not-ours');
      expect((await bench.check(arn)).credentials).toMatchObject({ current: 'logs-in', pending: 'not-ours' });
      expect(await bench.roll('rollBack', arn)).toMatchObject({ outcome: 'given-up' });

      expectNothingLeaked();
      expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
      expect((await bench.rotateTo(arn, 'next')).at(-1)).toBe('promoted');
    },
  );

  it.each(plants)('with %s is refused where it is put once the rotation is on its way', async (_key, plant) => {
    const arn = bench.working(tags());
    await bench.run(arn, 'createSecret');
    const other = 'planted'.padEnd(36, '0');
    bench.secrets.plant(arn, other, JSON.stringify(plant()));

    expect((await refusalOf(bench.run(arn, 'setSecret', other)))[0]).toBe('pending-not-ours');
    expect((await refusalOf(bench.run(arn, 'finishSecret', other)))[0]).toBe('pending-not-ours');
    expectNothingLeaked();
  });
});

describe('a mark', () => {
  beforeEach(() => {
    start('postgres');
  });

  it('is of one value, version and secret alone', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    const value = bench.secrets.value(arn, 'AWSPENDING')!;
    const other = 'planted'.padEnd(36, '0');
    bench.secrets.plant(arn, other, value);

    expect((await refusalOf(bench.run(arn, 'setSecret', other)))[0]).toBe('pending-not-ours');
  });

  it('does not make connection facts right that the deployment has changed since', async () => {
    const arn = bench.working({ [secretTag.host]: facts.host, [secretTag.username]: 'app' });
    await bench.run(arn, 'createSecret');
    const { tags } = await bench.ports.versions.describe(arn);
    const { logins } = bench.database;
    bench.secrets.configure(arn, { tags: { ...tags, [secretTag.host]: 'new.internal' } });

    const [code, message] = await refusalOf(bench.run(arn, 'setSecret'));
    expect(code).toBe('pending-not-ours');
    expect(message).toContain('another "host"');
    expect(bench.database.logins).toBe(logins);
  });

  it('is set before the value is stored, and the sweep takes it away once it says nothing', async () => {
    const arn = bench.working({ [secretTag.engine]: 'postgres' });
    await bench.runAll(arn);
    const marks = async () =>
      Object.keys((await bench.ports.versions.describe(arn)).tags).filter((key) => key.startsWith(pendingMarkPrefix));
    expect(await marks()).toHaveLength(1);

    await bench.sweep();
    expect(await marks()).toHaveLength(1);
    bench.pass(2);
    await bench.sweep();

    expect(await marks()).toEqual([]);
  });

  it('stays as long as the version is pending', async () => {
    const arn = bench.working({ [secretTag.engine]: 'postgres' });
    await bench.run(arn, 'createSecret');
    bench.pass(2);
    await bench.sweep();

    expect((await bench.runAll(arn)).at(-1)).toBe('promoted');
  });
});

describe('a value put as AWSCURRENT', () => {
  const put = (arn: string, value: object, word = 'put') => {
    bench.secrets.put(arn, word.padEnd(36, '0'), JSON.stringify(value));
  };

  beforeEach(() => {
    start('postgres');
  });

  it('gives nobody the admin’s help for another user', async () => {
    const arn = bench.secret({ ...mine(), username: 'victim', masterarn: adminName });
    await bench.runAll(arn).catch(() => undefined);
    await bench.roll('rollBack', arn).catch(() => undefined);
    await bench.sweep();
    expectNothingLeaked();
  });

  it('does not have a roll-back set the password of the user that it names', async () => {
    const arn = bench.working(adminTag);
    put(arn, { ...mine(), username: 'victim' });
    await bench.run(arn, 'createSecret').catch(() => undefined);

    expect((await refusalOf(bench.roll('rollBack', arn)))[0]).toBe('nothing-to-return-to');
    expectNothingLeaked();
  });

  it('does not have the sweep end the twin of the user that it names', async () => {
    bench.database.addUser('victim_clone', 'canary-of-the-clone');
    const tags = { ...adminTag, [secretTag.engine]: 'postgres', [secretTag.username]: 'app', [secretTag.grace]: '24h' };
    for (const name of ['alternating-users', 'single-user']) {
      start('postgres');
      bench.database.addUser('victim_clone', 'canary-of-the-clone');
      const arn = bench.working({ ...tags, ...strategy(name) });
      bench.secrets.cancelRotation(arn);
      put(arn, { ...mine(), username: 'victim_clone' }, 'first');
      put(arn, { ...mine(), username: 'victim' }, 'second');
      bench.pass(48);

      expect(await bench.sweep()).toMatchObject({ discarded: 0 });

      expect(bench.database.users.get('victim_clone')).toMatchObject({
        blocked: false,
        passwords: ['canary-of-the-clone'],
      });
    }
  });

  it.each([
    ['host', { host: 'evil.example.com' }],
    ['ca', { ca: 'of the attacker' }],
    ['servername', { servername: 'evil.example.com' }],
    ['port', { port: 6000 }],
  ])('brings the admin to no other server by its %s', async (_key, more) => {
    const arn = bench.working(adminTag);
    put(arn, { ...mine(), ...more });
    const outcomes = [];
    for (const step of ['createSecret', 'setSecret'] as const) {
      outcomes.push(await bench.run(arn, step).catch((error: unknown) => (error as CodedError).code));
    }
    expect(outcomes).toContain('admin-elsewhere');
    // A login as the user with the password that was put tells nobody anything.
    expect(bench.operations.filter((operation) => operation === 'database.commit')).toEqual([]);
  });

  it('marks nothing: only what createSecret stores is marked', async () => {
    const arn = bench.working();
    const secret = await bench.ports.versions.describe(arn);
    expect(Object.keys(secret.tags)).toEqual([]);
    await markPending({ ports: bench.ports, secret, token }, 'a value');
    expect(Object.keys((await bench.ports.versions.describe(arn)).tags)).toHaveLength(1);
  });
});
