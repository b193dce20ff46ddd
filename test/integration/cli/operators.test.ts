/** Every verb of the operators against the local AWS, with the rotation function as it ships and a real PostgreSQL. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { CreateKeyCommand, DisableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { DeleteFunctionCommand, LambdaClient, RemovePermissionCommand } from '@aws-sdk/client-lambda';
import {
  CancelRotateSecretCommand,
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
  TagResourceCommand,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import type { Finding } from '../../../cli/operators/finding.ts';
import { targetNamed } from '../../../cli/operators/target.ts';
import { rotationSteps, secretTag } from '../../../lib/contract/index.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { bundleFunction } from '../../_helpers/bundle-function.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';
import { strongroom, type Captured } from '../../_helpers/captured-host.ts';
import { deployFunction, type ClientConfiguration } from '../../_helpers/deployed-function.ts';

const account = '111122223333';
const otherAccount = '444455556666';
const region = 'eu-west-1';

let folder: string;
let aws: LocalAws;
let postgres: LocalPostgres;
let secrets: SecretsManagerClient;
let lambda: LambdaClient;
let kms: KMSClient;
let configuration: ClientConfiguration;
let functionArn: string;
/** Everything that the command printed, and every password that was ever stored. */
const printed: string[] = [];
const passwords = new Set<string>();

const deployRotation = (name: string): Promise<string> =>
  deployFunction(configuration, {
    name,
    entry: join(folder, 'bundle'),
    account,
    allow: ['secretsmanager:*', 'rds:DescribeDBInstances', 'kms:*'],
    environment: { STRONGROOM_ENVIRONMENT: 'dev', STRONGROOM_ENGINE: 'postgres' },
    invokedBy: 'secretsmanager.amazonaws.com',
    timeoutSeconds: 60,
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-operators-'));
  await mkdir(join(folder, 'bundle'));
  await bundleFunction('rotation-postgres', join(folder, 'bundle'));
  const certificates = await createLocalCertificates();
  await writeFile(join(folder, 'ca.pem'), certificates.ca);
  postgres = await startPostgres({ certificates, databases: ['orders'] });
  aws = await startLocalAws({
    accounts: [account, otherAccount],
    region,
    lambdaEnvironment: { STRONGROOM_CERTIFICATE_AUTHORITIES: join(folder, 'ca.pem') },
    retry: { attempts: 1, delayMs: () => 1 },
  });
  useAccount(account);
  const { accessKeyId, secretAccessKey } = aws.accounts[account]!;
  configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  secrets = new SecretsManagerClient(configuration);
  lambda = new LambdaClient(configuration);
  kms = new KMSClient(configuration);
  const { host, port, adminUser, adminPassword } = postgres;
  passwords.add(adminPassword);
  await aws.rds.register({
    account,
    identifier: 'orders',
    engine: 'postgres',
    host,
    port,
    dbname: 'orders',
    adminUser,
    adminPassword,
    manageMasterUserPassword: true,
  });
  functionArn = await deployRotation('strongroom-dev-rotation-postgres');
});

afterEach(() => {
  aws.faults.clear();
  useAccount(account);
});

afterAll(async () => {
  for (const client of [secrets, lambda, kms]) client.destroy();
  await aws.stop();
  await postgres.stop();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const useAccount = (id: string): void => {
  for (const [name, value] of Object.entries(aws.accounts[id]!.env)) vi.stubEnv(name, value);
};

interface Made {
  readonly arn: string;
  readonly user: string;
}

let made = 0;

/** What the stacks write for a user that the first rotation makes. */
const tagsOf = (user: string) =>
  Object.entries({
    [secretTag.engine]: 'postgres',
    [secretTag.rds]: 'orders',
    [secretTag.dbname]: 'orders',
    [secretTag.username]: user,
    [secretTag.strategy]: 'single-user',
    [secretTag.admin]: 'rds',
    [secretTag.provision]: 'public=read-write',
  }).map(([Key, Value]) => ({ Key, Value }));

/** A secret of a user of its own, whose rotation has been turned on. */
const secretWith = async ({
  admin = true,
  keyId,
  rotator = functionArn,
}: { admin?: boolean; keyId?: string; rotator?: string } = {}): Promise<Made> => {
  const user = `app_${(made += 1)}`;
  const password = `canary-first-password-${made}`;
  const { host, port } = postgres;
  const value = { engine: 'postgres', host, port, dbname: 'orders', username: user, password };
  if (!admin) await postgres.query(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`);
  const { ARN: arn = '' } = await secrets.send(
    new CreateSecretCommand({
      Name: `dev/payments/${user.replace('_', '-')}`,
      SecretString: JSON.stringify(admin ? { password } : value),
      ...(admin && { Tags: tagsOf(user) }),
      ...(keyId !== undefined && { KmsKeyId: keyId }),
    }),
  );
  await secrets.send(
    new RotateSecretCommand({
      SecretId: arn,
      RotationLambdaARN: rotator,
      RotationRules: { ScheduleExpression: 'rate(30 days)' },
    }),
  );
  expect(await aws.rotations.settled(arn)).toMatchObject({ status: 'succeeded' });
  return { arn, user };
};

const run = async (args: readonly string[], { hoursLater = 0, yes = true } = {}): Promise<Captured> => {
  const now = () => new Date(Date.now() + hoursLater * 3_600_000);
  const captured = await strongroom(args, { now, ...(yes && { answer: () => true }) });
  printed.push(captured.stdout, captured.stderr);
  return captured;
};

interface Looked {
  readonly exitCode: number;
  readonly checks: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
}

/** An hour from now, when whatever is pending is stuck. */
const look = async ({ arn }: Made, verb = 'diagnose'): Promise<Looked> => {
  const { exitCode, stdout } = await run([verb, arn, '--json'], { hoursLater: 1 });
  const { secrets: looked, error } = JSON.parse(stdout) as { secrets?: Omit<Looked, 'exitCode'>[]; error?: unknown };
  expect(error).toBeUndefined();
  return { exitCode, ...looked![0]! };
};

const codes = ({ findings }: Looked): string[] => findings.map(({ check, code }) => `${check} ${code}`);

const labelsOf = async ({ arn }: Made) => {
  const { VersionIdsToStages = {} } = await secrets.send(new DescribeSecretCommand({ SecretId: arn }));
  return VersionIdsToStages;
};

const pendingElsewhere = async (secret: Made): Promise<boolean> =>
  Object.values(await labelsOf(secret)).some(
    (labels) => labels.includes('AWSPENDING') && !labels.includes('AWSCURRENT'),
  );

/** Whether an application that reads the secret gets in; as it would, over TLS. */
const applicationLogsIn = async ({ arn }: Made): Promise<boolean> => {
  const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId: arn }));
  const { username, password } = JSON.parse(SecretString) as { username: string; password: string };
  passwords.add(password);
  const { default: pg } = await import('pg');
  const { host, port, ca } = postgres;
  const client = new pg.Client({ host, port, database: 'orders', user: username, password, ssl: { ca } });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end();
  }
};

/** A rotation of which this call fails each time, so that it stays where it is. */
const rotateAndStopAt = async (secret: Made, operation: string): Promise<void> => {
  aws.faults.inject({ service: 'secretsmanager', operation, kind: 'server-error', times: 100 });
  await secrets.send(new RotateSecretCommand({ SecretId: secret.arn, ClientRequestToken: randomUUID() }));
  expect(await aws.rotations.settled(secret.arn)).toMatchObject({ status: 'failed' });
  aws.faults.clear();
  expect(await pendingElsewhere(secret)).toBe(true);
};

describe('strongroom rotate', () => {
  it('rotates, waits for the end, and the new credential logs in', async () => {
    const secret = await secretWith();
    const before = await labelsOf(secret);

    const { exitCode, stdout } = await run(['rotate', secret.arn, '--wait', '--json']);

    const result = JSON.parse(stdout) as { outcome: string; versionId: string; steps: unknown };
    expect([exitCode, result.outcome, result.steps]).toEqual([0, 'done', rotationSteps]);
    expect((await labelsOf(secret))[result.versionId]).toContain('AWSCURRENT');
    expect(before).not.toHaveProperty(result.versionId);
    expect(await applicationLogsIn(secret)).toBe(true);
  });

  it('leaves the mark of --force in the trail', async () => {
    const secret = await secretWith();
    const { stdout } = await run(['rotate', secret.arn, '--wait', '--force', '--json']);
    const { versionId } = JSON.parse(stdout) as { versionId: string };
    await aws.cloudTrail.flush();

    expect(versionId).toMatch(/^forced-/);
    expect(aws.cloudTrail.records()).toContainEqual(
      expect.objectContaining({
        eventName: 'RotateSecret',
        requestParameters: expect.objectContaining({ clientRequestToken: versionId }) as unknown,
      }),
    );
  });

  it('fails with the cause while the database is down, and repair ends that rotation once it is up', async () => {
    const secret = await secretWith();
    await postgres.suspend();
    try {
      const { exitCode, stdout } = await run(['rotate', secret.arn, '--wait', '--timeout', '5s', '--json']);
      expect(exitCode).toBe(1);
      expect(JSON.parse(stdout)).toMatchObject({ outcome: 'failed', cause: { code: 'database-network' } });

      const found = await look(secret);
      expect(found.exitCode).toBe(3);
      expect(codes(found)).toContain('network database-network');
      const refused = await run(['repair', secret.arn, '--yes']);
      expect(refused.exitCode).toBe(1);
      expect(refused.stdout).toContain('nothing was changed');
    } finally {
      await postgres.restart();
    }
    expect((await run(['repair', secret.arn, '--yes'])).exitCode).toBe(0);
    expect([await pendingElsewhere(secret), await applicationLogsIn(secret)]).toEqual([false, true]);
  });

  it('refuses a secret with a version in the way, one whose rotation is off, and another account’s', async () => {
    const secret = await secretWith();
    await rotateAndStopAt(secret, 'PutSecretValue');
    const pending = await run(['rotate', secret.arn]);
    expect([pending.exitCode, pending.stderr]).toEqual([2, expect.stringContaining('run strongroom repair')]);

    await secrets.send(new CancelRotateSecretCommand({ SecretId: secret.arn }));
    const off = await run(['rotate', secret.arn]);
    expect([off.exitCode, off.stderr]).toEqual([2, expect.stringContaining('was turned off')]);

    useAccount(otherAccount);
    const foreign = await run(['rotate', secret.arn]);
    expect([foreign.exitCode, foreign.stderr]).toEqual([
      2,
      expect.stringContaining(`these credentials are of account ${otherAccount}`),
    ]);
  });

  it('ends with 2 where no credentials are valid', async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIANOBODYNOBODY1234');
    const { exitCode, stderr } = await run([
      'diagnose',
      `arn:aws:secretsmanager:${region}:${account}:secret:dev/x-AbCdEf`,
    ]);
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('no valid AWS credentials')]);
  });
});

describe('strongroom diagnose and repair', () => {
  it('find a rotated secret healthy, and change nothing', async () => {
    const secret = await secretWith();
    const before = await labelsOf(secret);

    const found = await look(secret);
    const { exitCode, stdout } = await run(['repair', secret.arn, '--yes']);

    expect([found.exitCode, found.findings]).toEqual([0, []]);
    expect(found.checks).toMatchObject({ function: 'ok', admin: 'ok', network: 'ok', tls: 'ok', login: 'ok' });
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('is healthy: there is nothing to repair')]);
    expect(await labelsOf(secret)).toEqual(before);
  });

  it('give up a version that is stuck without a value; after that it rotates again', async () => {
    const secret = await secretWith();
    await rotateAndStopAt(secret, 'PutSecretValue');

    expect(codes(await look(secret))).toEqual(['versions stuck-without-value']);
    const { exitCode, stderr } = await run(['repair', secret.arn]);

    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/take AWSPENDING from \S+ +current/);
    expect([await pendingElsewhere(secret), await applicationLogsIn(secret)]).toEqual([false, true]);
    expect((await run(['rotate', secret.arn, '--wait'])).exitCode).toBe(0);
  });

  it('bring a version to its end whose password the database has already', async () => {
    const secret = await secretWith();
    await rotateAndStopAt(secret, 'UpdateSecretVersionStage');
    expect(await applicationLogsIn(secret)).toBe(false);

    expect(codes(await look(secret))).toContain('versions stuck');
    expect((await run(['repair', secret.arn, '--yes'])).exitCode).toBe(0);

    expect([await pendingElsewhere(secret), await applicationLogsIn(secret)]).toEqual([false, true]);
  });

  it('find a pending value that an operator put, use nothing of it, and give it up', async () => {
    const secret = await secretWith();
    const { host, port } = postgres;
    const planted = { engine: 'postgres', host, port, username: secret.user, password: 'canary-planted-password' };
    await secrets.send(
      new PutSecretValueCommand({
        SecretId: secret.arn,
        SecretString: JSON.stringify(planted),
        VersionStages: ['AWSPENDING'],
      }),
    );
    passwords.add(planted.password);

    expect(codes(await look(secret))).toEqual(['versions pending-not-ours']);
    const { exitCode } = await run(['repair', secret.arn, '--yes']);

    expect([exitCode, await pendingElsewhere(secret), await applicationLogsIn(secret)]).toEqual([0, false, true]);
  });

  it('put the current password back where that is asked for and an admin can', async () => {
    const secret = await secretWith();
    await rotateAndStopAt(secret, 'UpdateSecretVersionStage');

    const { exitCode, stdout } = await run(['repair', secret.arn, '--yes', '--back', '--json']);

    expect([exitCode, JSON.parse(stdout)]).toMatchObject([0, { outcome: 'given-up' }]);
    expect([await pendingElsewhere(secret), await applicationLogsIn(secret)]).toEqual([false, true]);
  });

  it('have the admin mend a password that was changed by hand', async () => {
    const secret = await secretWith();
    await postgres.query(`ALTER ROLE ${secret.user} PASSWORD 'changed by hand'`);

    expect(codes(await look(secret))).toEqual(['login current-refused']);
    const { exitCode } = await run(['repair', secret.arn, '--yes']);

    expect([exitCode, await applicationLogsIn(secret)]).toEqual([0, true]);
  });

  it('say what to do by hand where no credential logs in and there is no admin, and mend it after that', async () => {
    const secret = await secretWith({ admin: false });
    await postgres.query(`ALTER ROLE ${secret.user} PASSWORD 'changed by hand'`);
    const before = await labelsOf(secret);

    expect(codes(await look(secret))).toEqual(['login database-auth']);
    const refused = await run(['repair', secret.arn, '--yes']);
    expect([refused.exitCode, refused.stdout]).toEqual([1, expect.stringContaining('--version-stage AWSCURRENT')]);
    expect(await labelsOf(secret)).toEqual(before);

    const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId: secret.arn }));
    const { password } = JSON.parse(SecretString) as { password: string };
    await postgres.query(`ALTER ROLE ${secret.user} PASSWORD '${password}'`);
    expect((await run(['repair', secret.arn, '--yes'])).stdout).toContain('is healthy');
  });

  it('find a certificate that nobody vouches for', async () => {
    const stranger = await startPostgres({ certificates: await createLocalCertificates() });
    try {
      const { host, port, adminUser, adminPassword } = stranger;
      const value = { engine: 'postgres', host, port, username: adminUser, password: adminPassword };
      passwords.add(adminPassword);
      const { ARN: arn = '' } = await secrets.send(
        new CreateSecretCommand({ Name: 'dev/payments/stranger', SecretString: JSON.stringify(value) }),
      );
      await secrets.send(new RotateSecretCommand({ SecretId: arn, RotationLambdaARN: functionArn }));
      await aws.rotations.settled(arn);

      expect(codes(await look({ arn, user: adminUser }))).toContain('tls database-tls');
      const { exitCode, stdout } = await run(['repair', arn, '--yes']);
      expect([exitCode, stdout]).toEqual([1, expect.stringContaining('the authority of the server’s certificate')]);
    } finally {
      await stranger.stop();
    }
  });

  it('find rotation off', async () => {
    const secret = await secretWith();
    await secrets.send(new CancelRotateSecretCommand({ SecretId: secret.arn }));
    expect(codes(await look(secret))).toEqual(['rotation rotation-turned-off']);
  });

  it('find a key that is disabled', async () => {
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const secret = await secretWith({ keyId: KeyMetadata!.Arn! });
    await kms.send(new DisableKeyCommand({ KeyId: KeyMetadata!.KeyId }));
    expect(codes(await look(secret))).toContain('key key-disabled');
  });

  it('find a function that Secrets Manager may not invoke any more, and one that is gone', async () => {
    const rotator = await deployRotation('strongroom-dev-rotation-mariadb');
    const secret = await secretWith({ rotator });

    await lambda.send(new RemovePermissionCommand({ FunctionName: rotator, StatementId: 'invoke' }));
    expect(codes(await look(secret))).toEqual(['function function-not-invokable']);

    await lambda.send(new DeleteFunctionCommand({ FunctionName: rotator }));
    expect(codes(await look(secret))).toEqual(['function function-missing']);
    const { exitCode, stdout } = await run(['repair', secret.arn, '--yes']);
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('Deploy the rotation stack of the environment.')]);
  });
});

describe('strongroom preflight', () => {
  it('finds a deployed secret ready before its first rotation, by its short name, and the wrong user after it', async () => {
    const catalog = catalogFolder({
      'organisation.yaml': organisationYaml,
      'payments.yaml': `${paymentsHead}${ordersDb}    rotation: { strategy: single-user, admin: { managedBy: rds }, provision: { grants: { public: read-write } } }\n`,
    });
    const args = ['payments/orders-db', '--environment', 'dev', '--catalog', catalog, '--json'];
    const [{ declared }] = targetNamed('dev/payments/orders-db', { catalog, catalogGiven: true }).targets;
    const rotation = declared?.secret.rotation;
    if (rotation?.kind !== 'automatic') throw new TypeError('the catalog rotates it');
    const missing = await run(['preflight', ...args]);
    expect([missing.exitCode, missing.stdout]).toEqual([3, expect.stringContaining('secret-unknown')]);

    const { ARN: arn } = await secrets.send(
      new CreateSecretCommand({
        Name: 'dev/payments/orders-db',
        SecretString: JSON.stringify({ password: 'canary-first-password' }),
        Tags: tagsOf('payments_app'),
      }),
    );
    await secrets.send(
      new RotateSecretCommand({
        SecretId: arn,
        RotationLambdaARN: functionArn,
        RotationRules: { ScheduleExpression: rotation.schedule.expression },
        RotateImmediately: false,
      }),
    );
    await aws.rotations.settled(arn!);

    const ready = await run(['preflight', ...args]);
    expect(JSON.parse(ready.stdout)).toMatchObject({ secrets: [{ secret: 'dev/payments/orders-db', findings: [] }] });
    expect(ready.exitCode).toBe(0);
    expect(await postgres.query("SELECT FROM pg_roles WHERE rolname = 'payments_app'")).toHaveLength(0);

    await secrets.send(
      new TagResourceCommand({ SecretId: arn, Tags: [{ Key: secretTag.username, Value: 'another' }] }),
    );
    const differs = await run(['preflight', ...args]);
    expect([differs.exitCode, differs.stdout]).toEqual([3, expect.stringContaining('tags-differ')]);
  });
});

describe('what the command prints', () => {
  it('has no password in it', () => {
    const all = printed.join('\n');
    expect(printed.length).toBeGreaterThan(20);
    expect(all).not.toContain('canary-first-password');
    for (const password of passwords) expect(all).not.toContain(password);
  });
});
