import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateUserCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { CreateUserCommand as CreateMemoryDbUserCommand, MemoryDBClient } from '@aws-sdk/client-memorydb';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOf } from '../../../lambdas/adapters/redis/acl-user.ts';
import { rotationSteps, secretTag } from '../../../lib/contract/index.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { startRedis, type LocalRedis } from '../../../local/databases/redis.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { bundleFunction } from '../../_helpers/bundle-function.ts';
import { deployFunction } from '../../_helpers/deployed-function.ts';
import { addUser, adminRules, lineOf } from '../../_helpers/redis-server.ts';
import { startStepServer, type StepServer } from '../../_helpers/step-server.ts';

const account = '111122223333';
const region = 'eu-west-1';
const first = 'canary-first-password';
const engines = ['redis', 'elasticache', 'memorydb'] as const;
type Engine = (typeof engines)[number];

let folder: string;
let aws: LocalAws;
let server: LocalRedis;
let steps: StepServer;
let client: SecretsManagerClient;
let functionArn: string;

/** The bundles as the construct makes them, a Valkey, and a function that leaves every rotation to the test. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-redis-bundles-'));
  const certificates = await createLocalCertificates();
  await writeFile(join(folder, 'ca.pem'), certificates.ca);
  for (const engine of engines) {
    await mkdir(join(folder, engine));
    await bundleFunction(`rotation-${engine}`, join(folder, engine));
  }
  server = await startRedis({ server: 'valkey', certificates });
  steps = await startStepServer();
  steps.onStep(() => 'fail');
  aws = await startLocalAws({ accounts: [account], region, retry: { attempts: 1, delayMs: () => 1 } });
  const { accessKeyId, secretAccessKey } = aws.accounts[account]!;
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  client = new SecretsManagerClient(configuration);
  const cache = { account, command: (...words: string[]) => server.command(...words) };
  await aws.elastiCache.register(cache);
  await aws.memoryDb.register(cache);
  await addUser(server, { username: 'strongroom', password: 'canary-admin-password' }, ...adminRules);
  await createUsers(configuration);
  functionArn = await deployFunction(configuration, {
    name: 'failing',
    entry: join(import.meta.dirname, '../../_fixtures/rotation-function.ts'),
    account,
    allow: ['secretsmanager:*'],
    environment: { STEPS: steps.url },
    invokedBy: 'secretsmanager.amazonaws.com',
  });
});

afterAll(async () => {
  client.destroy();
  await aws.stop();
  await steps.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const createUsers = async (configuration: ConstructorParameters<typeof ElastiCacheClient>[0] & object) => {
  const [elastiCache, memoryDb] = [new ElastiCacheClient(configuration), new MemoryDBClient(configuration)];
  const AccessString = 'on ~app:* -@all +get';
  await elastiCache.send(
    new CreateUserCommand({
      UserId: 'orders-1',
      UserName: 'app-elasticache',
      Engine: 'valkey',
      AccessString,
      Passwords: [first],
    }),
  );
  const AuthenticationMode = { Type: 'password' as const, Passwords: [first] };
  await memoryDb.send(new CreateMemoryDbUserCommand({ UserName: 'app-memorydb', AccessString, AuthenticationMode }));
  elastiCache.destroy();
  memoryDb.destroy();
  await addUser(server, { username: 'app-redis', password: first }, '~app:*', '+get');
};

/** One invocation in a process of its own, as the runtime does it: what it throws, and all that it prints. */
const invoke = async (engine: Engine, event: unknown) => {
  const main = `
    const { handler } = await import('./index.mjs');
    const outcome = await handler(${JSON.stringify(event)}, { getRemainingTimeInMillis: () => 50_000 }).then(
      () => 'done',
      (error) => (console.error(error), error.name + ': ' + error.message),
    );
    console.log('OUTCOME ' + outcome);
    process.exit(0);`;
  const { all } = await execa(process.execPath, ['--input-type=module', '-e', main], {
    cwd: join(folder, engine),
    all: true,
    timeout: 60_000,
    reject: false,
    extendEnv: false,
    env: {
      PATH: process.env['PATH'],
      ...aws.accounts[account]!.env,
      NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem'),
      STRONGROOM_ENVIRONMENT: 'dev',
      STRONGROOM_ENGINE: engine,
    },
  });
  return { printed: all, outcome: /^OUTCOME (.*)$/m.exec(all)?.[1] };
};

/** A secret with the first password, whose rotation has begun. */
const beginRotation = async (engine: Engine, token: string): Promise<string> => {
  const { host, port } = server;
  const place = { engine, host, port };
  const admin = await client.send(
    new CreateSecretCommand({
      Name: `dev/payments/${engine}-admin`,
      SecretString: JSON.stringify({ ...place, username: 'strongroom', password: 'canary-admin-password' }),
    }),
  );
  const tags = {
    [secretTag.environment]: 'dev',
    [secretTag.engine]: engine,
    [secretTag.host]: host,
    [secretTag.port]: String(port),
    [secretTag.username]: `app-${engine}`,
    [secretTag.strategy]: 'dual-password',
    [secretTag.grace]: '24h',
    ...(engine === 'redis' && { [secretTag.admin]: admin.Name }),
    ...(engine === 'elasticache' && { [secretTag.userId]: 'orders-1' }),
  };
  const { ARN = '' } = await client.send(
    new CreateSecretCommand({
      Name: `dev/payments/${engine}`,
      SecretString: JSON.stringify({ ...place, username: `app-${engine}`, password: first }),
      Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
    }),
  );
  await client.send(
    new RotateSecretCommand({ SecretId: ARN, ClientRequestToken: token, RotationLambdaARN: functionArn }),
  );
  await aws.rotations.settled(ARN);
  return ARN;
};

describe.each(engines)('the bundle for %s', (engine) => {
  it('adds a password beside the current one, hands it over and prints no secret', async () => {
    const token = randomUUID();
    const SecretId = await beginRotation(engine, token);

    const printed: string[] = [];
    for (const Step of rotationSteps) {
      const result = await invoke(engine, { Step, SecretId, ClientRequestToken: token });
      expect(result).toMatchObject({ outcome: 'done' });
      printed.push(result.printed);
    }

    const { SecretString = '{}' } = await client.send(new GetSecretValueCommand({ SecretId }));
    const { password, ...value } = JSON.parse(SecretString) as Record<string, unknown>;
    expect(value).toMatchObject({ engine, host: server.host, port: server.port, username: `app-${engine}` });
    const line = await lineOf(server, `app-${engine}`);
    expect(line).toContain(hashOf(String(password)));
    expect(line).toContain(hashOf(first));
    for (const secret of ['canary-', String(password)]) expect(printed.join('\n')).not.toContain(secret);
  });
});
