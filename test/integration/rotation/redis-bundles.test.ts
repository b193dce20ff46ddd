import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateUserCommand, ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { CreateUserCommand as CreateMemoryDbUserCommand, MemoryDBClient } from '@aws-sdk/client-memorydb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashOf } from '../../../lambdas/databases/redis/acl-user.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import { startRedis, type LocalRedis } from '../../../local/databases/redis.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { bundleFunction } from '../../_helpers/bundle-function.ts';
import { invokeSteps, type Bundle } from '../../_helpers/invoke-bundle.ts';
import { addUser, adminRules, lineOf } from '../../_helpers/redis-server.ts';
import { startWiredSecrets, type WiredSecrets } from '../../_helpers/wired-secrets.ts';

const first = 'canary-first-password';
const engines = ['redis', 'elasticache', 'memorydb'] as const;
type Engine = (typeof engines)[number];

let folder: string;
let secrets: WiredSecrets;
let server: LocalRedis;

/** The bundles as the construct makes them, and a Valkey with the users of every engine. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-redis-bundles-'));
  const certificates = await createLocalCertificates();
  await writeFile(join(folder, 'ca.pem'), certificates.ca);
  for (const engine of engines) {
    await mkdir(join(folder, engine));
    await bundleFunction(`rotation-${engine}`, join(folder, engine));
  }
  server = await startRedis({ server: 'valkey', certificates });
  secrets = await startWiredSecrets();
  const cache = { account: secrets.account, command: (...words: string[]) => server.command(...words) };
  await secrets.aws.elastiCache.register(cache);
  await secrets.aws.memoryDb.register(cache);
  await addUser(server, { username: 'strongroom', password: 'canary-admin-password' }, ...adminRules);
  await createUsers();
});

afterAll(async () => {
  await secrets.stop();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const createUsers = async () => {
  const { configuration } = secrets;
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

const bundleOf = (engine: Engine): Bundle => ({
  folder: join(folder, engine),
  env: {
    ...secrets.env,
    STRONGROOM_CERTIFICATE_AUTHORITIES: join(folder, 'ca.pem'),
    STRONGROOM_ENVIRONMENT: 'dev',
    STRONGROOM_ENGINE: engine,
  },
});

/** A secret with the first password, whose rotation has begun. */
const beginRotation = async (engine: Engine, token: string): Promise<string> => {
  const { host, port } = server;
  const place = { engine, host, port };
  const admin = `dev/payments/${engine}-admin`;
  await secrets.create(admin, {
    value: JSON.stringify({ ...place, username: 'strongroom', password: 'canary-admin-password' }),
  });
  const tags = {
    [secretTag.environment]: 'dev',
    [secretTag.engine]: engine,
    [secretTag.host]: host,
    [secretTag.port]: String(port),
    [secretTag.username]: `app-${engine}`,
    [secretTag.strategy]: 'dual-password',
    [secretTag.grace]: '24h',
    ...(engine === 'redis' && { [secretTag.admin]: admin }),
    ...(engine === 'elasticache' && { [secretTag.userId]: 'orders-1' }),
  };
  const value = JSON.stringify({ ...place, username: `app-${engine}`, password: first });
  const arn = await secrets.create(`dev/payments/${engine}`, { value, tags });
  await secrets.startRotation(arn, token);
  return arn;
};

describe.each(engines)('the bundle for %s', (engine) => {
  it('adds a password beside the current one, hands it over and prints no secret', async () => {
    const token = randomUUID();
    const SecretId = await beginRotation(engine, token);

    const printed = await invokeSteps(bundleOf(engine), { SecretId, ClientRequestToken: token });

    const { password, ...value } = await secrets.currentValue(SecretId);
    expect(value).toMatchObject({ engine, host: server.host, port: server.port, username: `app-${engine}` });
    const line = await lineOf(server, `app-${engine}`);
    expect(line).toContain(hashOf(password));
    expect(line).toContain(hashOf(first));
    for (const secret of ['canary-', password]) expect(printed).not.toContain(secret);
  });
});
