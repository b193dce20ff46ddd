import { describe, expect, it } from 'vitest';
import { Redactor } from '../../../lambdas/runtime/redaction.ts';
import { createHandler } from '../../../lambdas/rotation/create-handler.ts';
import type { RotationPorts } from '../../../lambdas/rotation/core/ports.ts';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';
import { recentProofs } from '../../../lambdas/rotation/core/proofs.ts';
import { rotationSteps, secretTag } from '../../../lib/contract/index.ts';
import { DatabaseModel } from '../../_helpers/database-model.ts';
import { InstancesModel } from '../../_helpers/instances-model.ts';
import { SecretsManagerModel } from '../../_helpers/secrets-manager-model.ts';

const token = 'token-0000000000000000000000000001';
const value = {
  host: 'db.internal',
  username: 'app',
  password: 'canary-password',
  apiKey: 'canary-key',
};

const context = { getRemainingTimeInMillis: () => 30_000 };

const setup = (change = (ports: RotationPorts): RotationPorts => ports, network?: string) => {
  const secrets = new SecretsManagerModel();
  const database = new DatabaseModel();
  database.addUser('app', value.password);
  const arn = secrets.create('dev/payments/orders-db', {
    value: JSON.stringify(value),
    tags: { [secretTag.engine]: 'postgres' },
  });
  secrets.startRotation(arn, token);
  const lines: Record<string, unknown>[] = [];
  const clock = { now: () => new Date(1_000), pause: () => Promise.resolve(), hasTime: () => true };
  const proofs = recentProofs(clock);
  const line =
    (level: string) =>
    (message: string, fields: Readonly<Record<string, unknown>> = {}) => {
      lines.push({ level, message, ...fields });
    };
  const redactor = new Redactor();
  const handler = createHandler({
    environment: 'dev',
    engine: 'postgres',
    ...(network !== undefined && { network }),
    redactor,
    log: {
      info: line('info'),
      warn: line('warn'),
      error: line('error'),
    },
    now: () => 1_000,
    ports: () =>
      change({
        versions: secrets.port(),
        database: database.port(),
        instances: new InstancesModel(database).port(),
        passwords: { generate: () => 'canary-generated' },
        clock,
        proofs,
      }),
  });
  const invoke = (step: string) => handler({ Step: step, SecretId: arn, ClientRequestToken: token }, context);
  return { invoke, handler, arn, lines, redactor, database, secrets };
};

describe('the handler', () => {
  it('leaves one line a step: secret, version, step, strategy, outcome, duration', async () => {
    const { invoke, lines } = setup();

    for (const step of rotationSteps) await invoke(step);

    const common = { level: 'info', message: 'Rotation step done', secret: 'dev/payments/orders-db', versionId: token };
    expect(lines).toEqual([
      { ...common, step: 'createSecret', strategy: 'single-user', outcome: 'stored', durationMs: 0 },
      { ...common, step: 'setSecret', strategy: 'single-user', outcome: 'changed', durationMs: 0 },
      { ...common, step: 'testSecret', strategy: 'single-user', outcome: 'pending-logs-in', durationMs: 0 },
      { ...common, step: 'finishSecret', strategy: 'single-user', outcome: 'promoted', durationMs: 0 },
    ]);
  });

  it('knows every secret that it saw, so that none can be logged', async () => {
    const { invoke, redactor } = setup();

    await invoke('createSecret');

    expect(redactor.redact('canary-password canary-key canary-generated app db.internal')).toBe(
      '[redacted] [redacted] [redacted] app [host of 11 characters]',
    );
  });

  it('counts the failures of a function in a network of its own by that network', async () => {
    const { invoke, lines, database } = setup(undefined, 'data');
    await invoke('createSecret');
    database.fault = new DatabaseError('auth', 'refused', { retryable: false });

    await expect(invoke('setSecret')).rejects.toMatchObject({ name: 'no-credential-works' });

    expect(lines.at(-1)).toMatchObject({
      network: 'data',
      _aws: { CloudWatchMetrics: [{ Dimensions: [['secret'], ['environment', 'engine', 'network']] }] },
    });
  });

  it('logs a failure as a metric, and throws nothing but its code and message', async () => {
    const { invoke, lines, database } = setup();
    await invoke('createSecret');
    const cause = Object.assign(new Error('canary-password'), { detail: 'canary-password' });
    database.fault = new DatabaseError('auth', 'refused canary-password', { retryable: false, cause });

    const error: unknown = await invoke('setSecret').then(
      () => undefined,
      (reason: unknown) => reason,
    );

    expect(error).toMatchObject({ name: 'no-credential-works' });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('canary');
    expect(lines.at(-1)).toMatchObject({
      level: 'error',
      outcome: 'no-credential-works',
      retryable: false,
      secret: 'dev/payments/orders-db',
      environment: 'dev',
      engine: 'postgres',
      RotationStepFailed: 1,
      _aws: {
        Timestamp: 1_000,
        CloudWatchMetrics: [
          {
            Namespace: 'Strongroom',
            Dimensions: [['secret'], ['environment', 'engine']],
            Metrics: [{ Name: 'RotationStepFailed', Unit: 'Count' }],
          },
        ],
      },
    });
  });

  it('counts a failure under the name of the secret, also where the secret can not be described', async () => {
    const { handler, lines, arn } = setup((ports) => ({
      ...ports,
      versions: { ...ports.versions, describe: () => Promise.reject(new Error('denied')) },
    }));
    const event = { Step: 'createSecret', SecretId: arn, ClientRequestToken: token };

    await expect(handler(event, context)).rejects.toMatchObject({ name: 'unexpected', message: 'denied' });

    expect(lines[0]).toMatchObject({ secret: 'dev/payments/orders-db', RotationStepFailed: 1 });
  });

  it('says in its log that a rotation was forced', async () => {
    const { secrets, handler, arn, lines } = setup();
    const forced = 'forced-11111111-2222-3333-4444-555555555555';
    secrets.cancelRotation(arn);
    secrets.startRotation(arn, forced);

    await handler({ Step: 'createSecret', SecretId: arn, ClientRequestToken: forced }, context);

    expect(lines.at(-1)).toMatchObject({ outcome: 'stored', versionId: forced, forced: true });
  });

  it('answers an operator with a report, and leaves one line', async () => {
    const { handler, arn, lines } = setup();

    const report = await handler({ Action: 'check', SecretId: arn }, context);

    expect(report).toMatchObject({ secret: 'dev/payments/orders-db', credentials: { current: 'logs-in' } });
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'Rotation action done',
        action: 'check',
        secret: 'dev/payments/orders-db',
        strategy: 'single-user',
        outcome: 'ok',
        durationMs: 0,
      },
    ]);
  });

  it('rolls forward and back, and says of which version', async () => {
    const { handler, arn, lines } = setup();
    const request = { SecretId: arn, ClientRequestToken: token };

    expect(await handler({ Action: 'rollForward', ...request }, context)).toMatchObject({ outcome: 'promoted' });
    expect(await handler({ Action: 'rollBack', ...request }, context)).toMatchObject({ outcome: 'already-current' });

    expect(lines.map(({ action, versionId, outcome }) => [action, versionId, outcome])).toEqual([
      ['rollForward', token, 'promoted'],
      ['rollBack', token, 'already-current'],
    ]);
  });

  it('sweeps, with metrics for the whole function', async () => {
    const { handler, lines } = setup();
    expect(await handler({ Action: 'sweep' }, context)).toMatchObject({ secrets: 1, failed: 0 });
    expect(lines.filter((line) => 'RotationStuck' in line)).toHaveLength(1);
    expect(lines.at(-1)).toMatchObject({ message: 'Rotation action done', action: 'sweep', outcome: 'ok' });
  });

  it('refuses an action that there is not', async () => {
    const { handler, lines } = setup();
    await expect(handler({ Action: 'erase' }, context)).rejects.toMatchObject({ name: 'event-invalid' });
    expect(lines[0]).toMatchObject({ message: 'Rotation action failed', outcome: 'event-invalid' });
  });

  it('counts a refused event too, without a secret to name', async () => {
    const { invoke, lines } = setup();
    await expect(invoke('eraseSecret')).rejects.toMatchObject({ name: 'event-invalid' });
    expect(lines[0]).toMatchObject({
      outcome: 'event-invalid',
      RotationStepFailed: 1,
      _aws: { CloudWatchMetrics: [{ Dimensions: [['environment', 'engine']] }] },
    });
  });
});

describe('what a user can not see of itself', () => {
  it('is one line of the log when it changes its password, and a notice of a check', async () => {
    const notice = { code: 'accounts-apart', message: 'User "app" may not see its other accounts' } as const;
    const { invoke, lines, handler, arn } = setup((ports) => ({
      ...ports,
      database: {
        ...ports.database,
        checkOwnPassword: (address, credential, onNotice) => {
          onNotice?.(notice);
          return ports.database.login(address, credential);
        },
        changeOwnPassword: (address, credential, password, confirm, onNotice) => {
          onNotice?.(notice);
          return ports.database.changeOwnPassword(address, credential, password, confirm);
        },
      },
    }));

    expect(await handler({ Action: 'check', SecretId: arn }, context)).toMatchObject({ notices: [notice] });
    await invoke('createSecret');
    await invoke('setSecret');

    expect(lines.filter(({ message }) => message === 'Rotation notice')).toEqual([
      expect.objectContaining({ level: 'warn', step: 'setSecret', code: notice.code, notice: notice.message }),
    ]);
  });
});

describe('a right that a rotation takes away', () => {
  it('is one line by name, and counts in a metric', async () => {
    const { invoke, lines, database, secrets } = setup((ports) => ({
      ...ports,
      database: {
        ...ports.database,
        changeUser: (_address, _admin, { onRevoked }) => {
          onRevoked?.({ username: 'app', privilege: 'SELECT', object: 'table public.orders' });
          return Promise.resolve('reset');
        },
        inspectUser: () => Promise.resolve({ password: 'differs' }),
      },
      versions: {
        ...ports.versions,
        describe: async (id) => {
          const secret = await ports.versions.describe(id);
          const admin = { [secretTag.admin]: 'dev/payments/admin', [secretTag.username]: 'app' };
          return {
            ...secret,
            lastRotatedAt: new Date(0),
            tags: { ...secret.tags, ...(id.includes('admin') ? {} : admin) },
          };
        },
      },
    }));
    const admin = { host: 'db.internal', username: 'admin', password: 'canary-admin' };
    secrets.create('dev/payments/admin', { value: JSON.stringify(admin) });
    await invoke('createSecret');
    database.setPassword('app', 'changed by hand');

    await invoke('setSecret');

    expect(lines.find(({ message }) => message === 'Right revoked')).toMatchObject({
      level: 'warn',
      secret: 'dev/payments/orders-db',
      username: 'app',
      privilege: 'SELECT',
      object: 'table public.orders',
      RightsRevoked: 1,
    });
  });
});
