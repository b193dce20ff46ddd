import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  rotationSteps,
  secretTag,
  type FunctionEnvironment,
  type rotationVariables,
} from '../../../lib/contract/index.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { deployFunction } from '../../_helpers/deployed-function.ts';
import { startStepServer, type StepServer } from '../../_helpers/step-server.ts';
import { bundleFunction } from '../../_helpers/bundle-function.ts';

const account = '111122223333';
const region = 'eu-west-1';
const canary = 'canary-generated-password';
const environment: FunctionEnvironment<typeof rotationVariables> = {
  STRONGROOM_ENVIRONMENT: 'dev',
  STRONGROOM_ENGINE: 'postgres',
};

let folder: string;
let aws: LocalAws;
let postgres: LocalPostgres;
let steps: StepServer;
let client: SecretsManagerClient;
let secretId: string;
const token = randomUUID();

/** The bundle as the construct makes it; RDS with a managed master; a generated secret whose rotation has begun. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-rotation-bundle-'));
  await bundleFunction('rotation-postgres', folder);
  const certificates = await createLocalCertificates();
  await writeFile(join(folder, 'ca.pem'), certificates.ca);
  postgres = await startPostgres({ certificates, databases: ['orders'] });
  steps = await startStepServer();
  steps.onStep(() => 'fail');
  aws = await startLocalAws({ accounts: [account], region, retry: { attempts: 1, delayMs: () => 1 } });
  const { accessKeyId, secretAccessKey } = aws.accounts[account]!;
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  client = new SecretsManagerClient(configuration);
  const { host, port, adminUser, adminPassword } = postgres;
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
  const tags = {
    [secretTag.rds]: 'orders',
    [secretTag.dbname]: 'orders',
    [secretTag.username]: 'orders_app',
    [secretTag.admin]: 'rds',
    [secretTag.provision]: 'public=read-write',
  };
  const created = await client.send(
    new CreateSecretCommand({
      Name: 'dev/payments/orders-db',
      SecretString: JSON.stringify({ password: canary }),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
  secretId = created.ARN!;
  const functionArn = await deployFunction(configuration, {
    name: 'failing',
    entry: join(import.meta.dirname, '../../_fixtures/rotation-function.ts'),
    account,
    allow: ['secretsmanager:*'],
    environment: { STEPS: steps.url },
    invokedBy: 'secretsmanager.amazonaws.com',
  });
  await client.send(
    new RotateSecretCommand({ SecretId: secretId, ClientRequestToken: token, RotationLambdaARN: functionArn }),
  );
  await aws.rotations.settled(secretId);
});

afterAll(async () => {
  client.destroy();
  await aws.stop();
  await steps.close();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

/** One invocation in a process of its own, as the runtime does it: what it throws, and all that it prints. */
const invoke = async (event: unknown, variables: Readonly<Record<string, string>> = environment) => {
  const main = `
    const { handler } = await import('./index.mjs');
    const outcome = await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 25_000 }).then(
      () => 'done',
      (error) => (console.error(error), error.name + ': ' + error.message),
    );
    console.log('OUTCOME ' + outcome);
    process.exit(0);`;
  const { all } = await execa(process.execPath, ['--input-type=module', '-e', main], {
    cwd: folder,
    all: true,
    timeout: 60_000,
    reject: false,
    extendEnv: false,
    env: {
      PATH: process.env['PATH'],
      ...aws.accounts[account]!.env,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      ...variables,
    },
  });
  return { printed: all, outcome: /^OUTCOME (.*)$/m.exec(all)?.[1] };
};

const currentValue = async () => {
  const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: secretId }));
  return JSON.parse(SecretString) as Record<string, unknown>;
};

describe('the bundled function', () => {
  it('creates the user of a generated secret on RDS and hands its credential over, printing no secret', async () => {
    const printed: string[] = [];
    for (const Step of rotationSteps) {
      const result = await invoke({ Step, SecretId: secretId, ClientRequestToken: token });
      expect(result).toMatchObject({ outcome: 'done' });
      printed.push(result.printed);
    }

    const value = await currentValue();
    expect(value).toMatchObject({
      engine: 'postgres',
      host: postgres.host,
      port: postgres.port,
      dbname: 'orders',
      username: 'orders_app',
      dbInstanceIdentifier: 'orders',
    });
    expect(await postgres.query("SELECT FROM pg_roles WHERE rolname = 'orders_app'")).toHaveLength(1);
    const all = printed.join('\n');
    expect(all).toContain('"outcome":"created-by-admin"');
    for (const secret of [canary, String(value['password']), postgres.adminPassword, 'SCRAM-SHA-256$']) {
      expect(all).not.toContain(secret);
    }
  });

  it('reports a failure by code and message', async () => {
    const { outcome } = await invoke({ Step: 'eraseSecret', SecretId: secretId, ClientRequestToken: token });
    expect(outcome).toBe(
      'event-invalid: Rotation event refused: Step is "eraseSecret"; expected one of createSecret, setSecret, testSecret, finishSecret',
    );
  });

  it.each([
    [{}, 'The function lacks the environment variables STRONGROOM_ENVIRONMENT, STRONGROOM_ENGINE'],
    [{ ...environment, STRONGROOM_ENGINE: 'mysql' }, 'STRONGROOM_ENGINE is "mysql"; this function serves postgres'],
  ])('does not start with the variables %j', async (variables, message) => {
    const { printed, outcome } = await invoke({}, variables);
    expect(printed).toContain(message);
    expect(outcome).toBeUndefined();
  });
});
