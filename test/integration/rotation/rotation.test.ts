import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import { postgresDatabase } from '../../../lambdas/databases/postgres/database.ts';
import { createLog } from '../../../lambdas/runtime/log.ts';
import { Redactor } from '../../../lambdas/runtime/redaction.ts';
import { createHandler, type RotationHandler } from '../../../lambdas/rotation/create-handler.ts';
import { randomPasswords } from '../../../lambdas/databases/passwords.ts';
import type { Clock } from '../../../lambdas/runtime/clock.ts';
import type { Database } from '../../../lambdas/databases/port.ts';
import type { RotationPorts } from '../../../lambdas/rotation/core/ports.ts';
import { recentProofs } from '../../../lambdas/rotation/core/proofs.ts';
import { rotationSteps, secretTag } from '../../../lib/contract/index.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { DatabaseModel } from '../../_helpers/database-model.ts';
import { InstancesModel } from '../../_helpers/instances-model.ts';
import { grantsOf } from '../../_helpers/postgres-grants.ts';
import { SecretsManagerModel } from '../../_helpers/secrets-manager-model.ts';

const certificates = await createLocalCertificates();
const trust = trustIn([certificates.ca]);
const clock: Clock = { now: () => new Date(), pause: () => Promise.resolve(), hasTime: () => true };
const token = 'token-0000000000000000000000000001';
const second = 'token-0000000000000000000000000002';
const canary = 'canary-first-password';

let postgres: LocalPostgres;
let users = 0;

beforeAll(async () => {
  postgres = await startPostgres({ certificates, databases: ['orders'] });
});
afterAll(async () => {
  await postgres.stop();
});

interface Platform {
  readonly secrets: SecretsManagerModel;
  readonly arn: string;
  readonly username: string;
  readonly handler: (change?: (ports: RotationPorts) => RotationPorts) => RotationHandler;
  readonly rotate: (handler?: RotationHandler, versionId?: string) => Promise<void>;
  readonly current: () => { username: string; password: string };
  readonly logsIn: (password: string) => Promise<boolean>;
}

/** A secret for a user of its own. `provisioned`: only a generated password, and tags; otherwise the user is there. */
const platform = async ({ provisioned }: { provisioned: boolean }): Promise<Platform> => {
  const username = `app "${(users += 1)}" o'user`;
  const secrets = new SecretsManagerModel();
  secrets.create('dev/payments/admin', {
    value: JSON.stringify({
      host: postgres.host,
      port: postgres.port,
      username: postgres.adminUser,
      password: postgres.adminPassword,
    }),
  });
  const place = { engine: 'postgres', host: postgres.host, port: postgres.port, dbname: 'orders', username };
  const tags = {
    [secretTag.host]: postgres.host,
    [secretTag.port]: String(postgres.port),
    [secretTag.dbname]: 'orders',
    [secretTag.username]: username,
    [secretTag.admin]: 'dev/payments/admin',
    [secretTag.provision]: 'public=read-only',
  };
  const arn = secrets.create('dev/payments/orders-db', {
    value: JSON.stringify(provisioned ? { password: canary } : { ...place, password: canary }),
    tags: provisioned ? tags : {},
  });
  if (!provisioned) {
    await open().changeUser(
      { ...place, tls: { mode: 'verify-full' } },
      { username: postgres.adminUser, password: postgres.adminPassword },
      { username, password: canary, resetPassword: true, grants: {}, version: 'initial' },
      () => Promise.resolve(true),
    );
  }
  secrets.startRotation(arn, token);
  const redactor = new Redactor();
  const proofs = recentProofs(clock);
  const handler = (change = (ports: RotationPorts) => ports) =>
    createHandler({
      environment: 'dev',
      engine: 'postgres',
      redactor,
      log: createLog('rotation', redactor),
      ports: (deadline) =>
        change({
          versions: secrets.port(),
          database: postgresDatabase({ trust, deadline }),
          instances: new InstancesModel(new DatabaseModel()).port(),
          passwords: randomPasswords,
          clock,
          proofs,
        }),
    });
  return {
    secrets,
    arn,
    username,
    handler,
    rotate: async (invoke = handler(), versionId = token) => {
      for (const step of rotationSteps) await invokeStep(invoke, arn, step, versionId);
    },
    current: () => JSON.parse(secrets.value(arn, 'AWSCURRENT')!) as { username: string; password: string },
    logsIn: (password) =>
      open()
        .login({ ...place, tls: { mode: 'verify-full' } }, { username, password })
        .then(
          () => true,
          () => false,
        ),
  };
};

const open = () => postgresDatabase({ trust, deadline: { remainingMs: () => 30_000 } });

const invokeStep = async (handler: RotationHandler, arn: string, step: string, versionId = token): Promise<void> => {
  const event = { Step: step, SecretId: arn, ClientRequestToken: versionId };
  await handler(event, { getRemainingTimeInMillis: () => 30_000 });
};

const failedLogins = async (): Promise<number> =>
  (await postgres.readLog()).split('password authentication failed').length - 1;

/** Everything that the function writes, from now to the end of the test. */
const ourLog = (): (() => string) => {
  const chunks: string[] = [];
  const spies = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
  for (const spy of spies) {
    spy.mockImplementation((chunk) => {
      chunks.push(String(chunk));
      return true;
    });
  }
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
  return () => chunks.join('');
};

const crashingOnce = (
  database: Database,
  method: 'login' | 'changeOwnPassword',
  when: 'before' | 'after',
): Database => {
  const once = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    if (when === 'after') await call();
    throw new Error('crash');
  };
  return method === 'login'
    ? { ...database, login: (...args) => once(() => database.login(...args)) }
    : { ...database, changeOwnPassword: (...args) => once(() => database.changeOwnPassword(...args)) };
};

describe('a rotation on PostgreSQL', () => {
  it('changes the password: the old one is refused, the new one works, no login failed on the way', async () => {
    ourLog();
    const { rotate, current, logsIn } = await platform({ provisioned: false });
    const before = await failedLogins();

    await rotate();

    expect(await failedLogins()).toBe(before);
    expect(current().password).not.toBe(canary);
    expect(await logsIn(current().password)).toBe(true);
    expect(await logsIn(canary)).toBe(false);
  });

  it('creates the user the first time, and rotates it the second, without a failed login', async () => {
    ourLog();
    const { rotate, current, logsIn, username, secrets, arn } = await platform({ provisioned: true });
    const before = await failedLogins();

    await rotate();
    expect(await logsIn(current().password)).toBe(true);
    expect(await grantsOf(postgres, 'orders', username)).toBe('public=read-only');

    secrets.startRotation(arn, second);
    await rotate(undefined, second);
    expect(await failedLogins()).toBe(before);
    expect(await logsIn(current().password)).toBe(true);
  });

  it('point 15: leaves no password in the server’s log, though it logs every statement, nor in ours', async () => {
    const written = ourLog();
    const { rotate, secrets, arn, handler } = await platform({ provisioned: true });

    await rotate();
    const failing = handler((ports) => ({
      ...ports,
      versions: {
        ...ports.versions,
        storePending: (_id, _version, value) =>
          Promise.reject(
            Object.assign(new Error(`can not store ${value}`), { query: value, cause: { detail: value } }),
          ),
      },
    }));
    secrets.startRotation(arn, second);
    await handler()({ Step: 'x' }, { getRemainingTimeInMillis: () => 30_000 }).catch(() => undefined);
    await expect(invokeStep(failing, arn, 'createSecret', second)).rejects.toThrow('can not store [redacted]');

    const serverLog = await postgres.readLog();
    expect(serverLog).toContain('CREATE ROLE');
    expect(serverLog).toContain('SCRAM-SHA-256$');
    for (const value of [secrets.value(arn, 'AWSPREVIOUS'), secrets.value(arn, 'AWSCURRENT')]) {
      const { password } = JSON.parse(value!) as { password: string };
      expect(serverLog).not.toContain(password);
      expect(written()).not.toContain(password);
    }
    expect(serverLog).not.toContain(canary);
    expect(written()).toContain('created-by-admin');
    expect(written()).not.toContain(postgres.adminPassword);
    expect(written()).not.toContain('SCRAM-SHA-256$');
  });

  it.each([
    ['before the change of the password', 'changeOwnPassword', 'before'],
    ['after the change of the password', 'changeOwnPassword', 'after'],
    ['before the test', 'login', 'before'],
    ['after the test', 'login', 'after'],
  ] as const)('ends after a crash %s, with one failed login at most', async (_what, method, when) => {
    ourLog();
    const { rotate, handler, arn, current, logsIn } = await platform({ provisioned: false });
    await invokeStep(handler(), arn, 'createSecret');
    const before = await failedLogins();
    const crashing = handler((ports) => ({ ...ports, database: crashingOnce(ports.database, method, when) }));

    await expect(rotate(crashing)).rejects.toThrow('crash');
    await rotate();

    expect(await logsIn(current().password)).toBe(true);
    expect((await failedLogins()) - before).toBeLessThanOrEqual(1);
  });

  it('ends when two functions run every step at the same time', async () => {
    ourLog();
    const { handler, arn, current, logsIn } = await platform({ provisioned: true });

    for (const step of rotationSteps) {
      await Promise.all([invokeStep(handler(), arn, step), invokeStep(handler(), arn, step)]);
    }

    expect(await logsIn(current().password)).toBe(true);
  });

  it('changes nothing while the database is down, and ends once it is up', async () => {
    ourLog();
    const { rotate, handler, arn, current, logsIn } = await platform({ provisioned: false });
    await invokeStep(handler(), arn, 'createSecret');
    await postgres.suspend();
    try {
      await expect(invokeStep(handler(), arn, 'setSecret')).rejects.toMatchObject({ name: 'database-network' });
      expect(current().password).toBe(canary);
    } finally {
      await postgres.restart();
    }

    await rotate();
    expect(await logsIn(current().password)).toBe(true);
  });

  it('fails with "database-tls" where the server has no TLS, and sends no password', async () => {
    ourLog();
    const plain = await startPostgres({ certificates, tls: false });
    try {
      const { secrets, handler } = await platform({ provisioned: false });
      const value = { engine: 'postgres', host: plain.host, port: plain.port, username: 'postgres', password: canary };
      const arn = secrets.create('dev/payments/plain', { value: JSON.stringify(value) });
      secrets.startRotation(arn, token);

      await expect(invokeStep(handler(), arn, 'createSecret')).rejects.toMatchObject({ name: 'database-tls' });
      expect(secrets.value(arn, 'AWSPENDING')).toBeUndefined();
      expect(await plain.readLog()).not.toContain('authentication failed');
    } finally {
      await plain.stop();
    }
  });

  it('fails with "database-privilege" where the admin may not change users, before anything changes', async () => {
    ourLog();
    await postgres.query("CREATE ROLE weak LOGIN PASSWORD 'weak password'");
    const { secrets, arn, handler, username } = await platform({ provisioned: true });
    const weak = { host: postgres.host, username: 'weak', password: 'weak password' };
    secrets.put('dev/payments/admin', 'weak-admin', JSON.stringify(weak));

    await expect(invokeStep(handler(), arn, 'createSecret')).rejects.toMatchObject({ name: 'database-privilege' });
    expect(await postgres.query('SELECT FROM pg_roles WHERE rolname = $1', { values: [username] })).toHaveLength(0);
  });

  it('resets a password that was changed by hand through the admin', async () => {
    ourLog();
    const { rotate, username, current, logsIn, secrets, arn } = await platform({ provisioned: true });
    await rotate();
    await postgres.query(`ALTER ROLE "${username.replaceAll('"', '""')}" PASSWORD 'changed by hand'`);
    expect(await logsIn(current().password)).toBe(false);

    secrets.startRotation(arn, second);
    await rotate(undefined, second);
    expect(await logsIn(current().password)).toBe(true);
  });

  it('tests the configuration before the first rotation without touching anything', async () => {
    ourLog();
    const { handler, arn, username, secrets } = await platform({ provisioned: true });

    await invokeStep(handler(), arn, 'testSecret');

    expect(await postgres.query('SELECT FROM pg_roles WHERE rolname = $1', { values: [username] })).toHaveLength(0);
    expect(secrets.value(arn, 'AWSPENDING')).toBeUndefined();
  });
});
