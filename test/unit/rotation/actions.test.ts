import { beforeEach, describe, expect, it } from 'vitest';
import { DatabaseError, EngineError } from '../../../lambdas/databases/errors.ts';
import { secretTag, type CheckName, type CheckReport } from '../../../lib/contract/index.ts';
import {
  adminName,
  adminTag,
  canary,
  facts,
  refusalOf,
  RotationBench,
  secretName as name,
  token,
  tokenOf,
} from '../../_helpers/rotation-bench.ts';

let bench: RotationBench;

beforeEach(() => {
  bench = new RotationBench();
});

const shown = ({ checks }: CheckReport): string[] =>
  checks.map(({ check, outcome, code }) => [check, outcome, ...(code === undefined ? [] : [code])].join(' '));
/** As RDS names it. */
const proxyHost = 'orders.proxy-abcdef123456.eu-central-1.rds.amazonaws.com';

const failing = (report: CheckReport): [CheckName, string | undefined] | undefined => {
  const failed = report.checks.find(({ outcome }) => outcome === 'failed');
  return failed && [failed.check, failed.code];
};

describe('check', () => {
  it('says that all is well, and leaves the admin out where there is none', async () => {
    const arn = bench.working();
    bench.secrets.cancelRotation(arn);
    const report = await bench.check(arn);

    expect(shown(report)).toEqual([
      'secret ok',
      'value ok',
      'endpoint ok',
      'network ok',
      'tls ok',
      'login ok',
      'privileges ok',
    ]);
    expect(report).toMatchObject({ secret: name, credentials: { current: 'logs-in' } });
    expect(report.credentials).not.toHaveProperty('pending');
    // The check of the configuration is the login of the current credential: it is not tried twice.
    expect(bench.database.logins).toBe(1);
  });

  it('says of each stored credential whether it logs in, and tries each once', async () => {
    bench.addAdmin();
    const arn = bench.working(adminTag);
    await bench.runAll(arn);
    bench.secrets.startRotation(arn, tokenOf('next'));
    await bench.run(arn, 'createSecret', tokenOf('next'));
    const { logins, failedLogins } = bench.database;

    const report = await bench.check(arn);

    expect(report.credentials).toEqual({
      current: 'logs-in',
      previous: 'refused',
      pending: 'refused',
      pendingVersion: tokenOf('next'),
    });
    expect(shown(report)).toContain('admin ok');
    expect([bench.database.logins - logins, bench.database.failedLogins - failedLogins]).toEqual([6, 2]);
  });

  it('names a pending version that has no value', async () => {
    const report = await bench.check(bench.working());
    expect(report.credentials).toMatchObject({ pending: 'no-value', pendingVersion: token });
  });

  it.each([
    ['is the copy of AWSCURRENT that Secrets Manager makes to test a schedule', (text: string) => text, 'no-value'],
    ['differs from AWSCURRENT and was put by somebody', (text: string) => `${text} `, 'not-ours'],
  ])('says of a pending value which %s', async (_what, pendingOf, state) => {
    const arn = bench.working();
    bench.secrets.plant(arn, token, pendingOf(bench.secrets.value(arn, 'AWSCURRENT')!));

    const report = await bench.check(arn);

    expect(report.credentials).toEqual({ current: 'logs-in', pending: state, pendingVersion: token });
    expect(await bench.roll('rollBack', arn)).toMatchObject({ outcome: 'given-up' });
  });

  it('works where rotation is off', async () => {
    const arn = bench.working();
    bench.secrets.configure(arn, { rotationEnabled: false });
    expect(failing(await bench.check(arn))).toBeUndefined();
  });

  it.each([
    ['network', 'network'],
    ['tls', 'tls'],
    ['auth', 'login'],
    ['locked', 'login'],
    ['privilege', 'privileges'],
    ['unknown', 'login'],
  ] as const)(
    'says after a database failure of kind %s that %s failed, and what was not reached',
    async (kind, check) => {
      const arn = bench.working();
      bench.database.fault = new DatabaseError(kind, 'injected', { retryable: false });

      const report = await bench.check(arn);

      expect(failing(report)).toEqual([check, `database-${kind}`]);
      const position = report.checks.findIndex((result) => result.check === check);
      expect(report.checks.slice(0, position).every(({ outcome }) => outcome === 'ok')).toBe(true);
      expect(report.checks.slice(position + 1).every(({ outcome }) => outcome === 'unknown')).toBe(true);
      const refused = kind === 'auth' || kind === 'locked';
      expect(report.credentials.current).toBe(refused ? 'refused' : 'unknown');
    },
  );

  it.each<[string, Record<string, string>, object, CheckName, string]>([
    ['tags that are wrong', { [secretTag.grace]: 'long' }, {}, 'secret', 'tags-invalid'],
    ['a value that lacks something', {}, { host: undefined }, 'value', 'value-incomplete'],
    ['an admin that is missing', adminTag, {}, 'admin', 'admin-missing'],
    ['an RDS Proxy as host', {}, { host: proxyHost }, 'endpoint', 'proxy-endpoint'],
    ['an RDS Proxy as host, with an admin', adminTag, { host: proxyHost }, 'endpoint', 'proxy-endpoint'],
  ])('says of %s where it is', async (_what, tags, more, check, code) => {
    bench.database.addUser('app', canary);
    const report = await bench.check(bench.secret({ ...facts, password: canary, ...more }, tags));
    expect(failing(report)).toEqual([check, code]);
  });

  it.each([
    ['proxy-endpoint', 'endpoint'],
    ['engine-mismatch', 'endpoint'],
    ['login-refused-otherwise', 'login'],
    ['user-disabled', 'login'],
    ['schema-missing', 'privileges'],
  ] as const)('says after %s of the database that %s failed', async (code, check) => {
    const arn = bench.working();
    bench.database.fault = new EngineError(code, 'injected', { retryable: false });
    expect(failing(await bench.check(arn))).toEqual([check, code]);
  });

  it('says that an admin may not do what a rotation needs', async () => {
    bench.database.addUser('admin', 'admin-password');
    const admin = { host: facts.host, username: 'admin', password: 'admin-password' };
    bench.secrets.create(adminName, { value: JSON.stringify(admin) });
    expect(failing(await bench.check(bench.working(adminTag)))).toEqual(['privileges', 'database-privilege']);
  });

  it('passes on what is a fault of its own, which no report could explain', async () => {
    const arn = bench.working();
    const { versions } = bench.ports;
    bench.ports = { ...bench.ports, versions: { ...versions, read: () => Promise.reject(new TypeError('a fault')) } };
    await expect(bench.check(arn)).rejects.toThrow('a fault');
  });
});

describe('rollForward', () => {
  it('ends a rotation that stopped half way, also where rotation is off', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');
    bench.secrets.configure(arn, { rotationEnabled: false });

    expect(await bench.roll('rollForward', arn)).toEqual({ secret: name, outcome: 'promoted' });
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ password: 'generated-1' });
    expect(await bench.roll('rollForward', arn)).toEqual({ secret: name, outcome: 'already-current' });
  });

  it('gives a version without a value one', async () => {
    const arn = bench.working();
    expect(await bench.roll('rollForward', arn)).toMatchObject({ outcome: 'promoted' });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
  });
});

describe('rollBack', () => {
  const pending = (arn: string) => bench.secrets.value(arn, 'AWSPENDING');

  it('takes the label where the current credential logs in, and does nothing the second time', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');

    expect(await bench.roll('rollBack', arn)).toEqual({ secret: name, outcome: 'given-up' });
    expect(pending(arn)).toBeUndefined();
    expect(await bench.roll('rollBack', arn)).toEqual({ secret: name, outcome: 'given-up' });
    expect((await bench.rotateTo(arn, 'next')).at(-1)).toBe('promoted');
  });

  it('gives up a version without a value without asking the database', async () => {
    const arn = bench.working();
    bench.database.fault = new DatabaseError('network', 'injected', { retryable: true });
    expect(await bench.roll('rollBack', arn)).toMatchObject({ outcome: 'given-up' });
  });

  it('lets the user itself put the current password back', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    await bench.run(arn, 'setSecret');

    expect(await bench.roll('rollBack', arn)).toMatchObject({ outcome: 'given-up' });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
  });

  it('lets the admin put the current password back', async () => {
    bench.addAdmin();
    const arn = bench.working(adminTag);
    await bench.run(arn, 'createSecret');
    bench.database.setPassword('app', 'changed by hand');

    expect(await bench.roll('rollBack', arn)).toMatchObject({ outcome: 'given-up' });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
  });

  it('refuses where no credential would log in, and changes nothing', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    bench.database.setPassword('app', 'changed by hand');

    const [code, message] = await refusalOf(bench.roll('rollBack', arn));
    expect(code).toBe('nothing-to-return-to');
    expect(message).toContain('declare an admin, or roll the rotation forward');
    expect(pending(arn)).toBeDefined();
  });

  it('goes to the host of the current value, as the pending one may have a wrong one', async () => {
    const arn = bench.working();
    await bench.ports.versions.storePending(arn, token, JSON.stringify({ ...facts, host: 'wrong', password: 'x' }));
    const hosts: string[] = [];
    const { database } = bench.ports;
    const login: typeof database.login = (address, credential) => {
      hosts.push(address.host);
      return database.login(address, credential);
    };
    bench.ports = { ...bench.ports, database: { ...database, login } };

    expect(await bench.roll('rollBack', arn)).toMatchObject({ outcome: 'given-up' });
    expect(new Set(hosts)).toEqual(new Set([facts.host]));
  });

  it('looks again after the label is gone: a step that came in between is undone', async () => {
    const arn = bench.working();
    await bench.run(arn, 'createSecret');
    bench.at = ({ operation }) => {
      if (operation === 'versions.removeLabel') bench.database.setPassword('app', 'generated-1');
      return 'go';
    };
    expect(await bench.roll('rollBack', arn)).toMatchObject({ outcome: 'given-up' });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
  });

  it('leaves a version that is current alone', async () => {
    const arn = bench.working();
    await bench.runAll(arn);
    expect(await bench.roll('rollBack', arn)).toEqual({ secret: name, outcome: 'already-current' });
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
  });
});
