import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import getPort from 'get-port';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import { redisDatabase, type RedisDatabaseOptions } from '../../../lambdas/databases/redis/database.ts';
import type { Confirm, Credential, DatabaseAddress } from '../../../lambdas/databases/port.ts';
import { startRedis, type LocalRedis, type StartRedisOptions } from '../../../local/databases/redis.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { withMoreTime } from '../../_helpers/patience.ts';
import { addressOf, addUser, adminRules, lineOf } from '../../_helpers/redis-server.ts';

const certificates = await createLocalCertificates();
const trust = trustIn([certificates.ca]);
const open = (options: Partial<RedisDatabaseOptions> = {}) =>
  redisDatabase({ trust, deadline: { remainingMs: () => 60_000 }, connectTimeoutMs: 30_000, ...options });
const yes: Confirm = () => Promise.resolve(true);
const admin: Credential = { username: 'strongroom', password: 'password of the admin' };
const wanted = { password: 'the new password', resetPassword: true, version: 'v' };

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const start = async (options: Partial<StartRedisOptions> = {}): Promise<LocalRedis> => {
  const server = await startRedis({ server: 'redis', certificates, ...options });
  await addUser(server, admin, ...adminRules);
  if (options.persistUsers ?? true) await server.command('ACL', 'SAVE');
  return server;
};
const startForTest = async (options?: Partial<StartRedisOptions>): Promise<LocalRedis> => {
  const server = await start(options);
  onTestFinished(() => server.stop());
  return server;
};

let server: LocalRedis;
let address: DatabaseAddress;
let sequence = 0;

beforeAll(async () => {
  server = await start();
  address = addressOf(server);
});
afterAll(async () => {
  await server.stop();
});

/** All that it knows comes from its command line. */
const startWithoutFiles = async (
  ...users: readonly (readonly [Credential, readonly string[]])[]
): Promise<DatabaseAddress> => {
  const [, executable = ''] = /^executable:(.+)\r$/m.exec(String(await server.command('INFO', 'server'))) ?? [];
  const port = await getPort();
  const lines = users.flatMap(([{ username, password }, rules]) => [
    '--user',
    username,
    'on',
    `#${createHash('sha256').update(password).digest('hex')}`,
    ...rules,
  ]);
  const child = spawn(executable, ['--bind', '127.0.0.1', '--port', String(port), '--save', '', ...lines], {
    stdio: 'ignore',
    cwd: tmpdir(),
  });
  onTestFinished(async () => {
    child.kill();
    await once(child, 'exit');
  });
  const at: DatabaseAddress = { host: '127.0.0.1', port, dbname: '', tls: { mode: 'off' } };
  await expect.poll(() => failure(open().login(at, admin))).toBeUndefined();
  return at;
};

const newUser = async (on: LocalRedis = server, ...rules: string[]): Promise<Credential> => {
  const user = { username: `user-${(sequence += 1)}`, password: `password ${sequence}` };
  await addUser(on, user, ...rules);
  return user;
};

describe('a login that fails', () => {
  it('is "network" where nobody listens', async () => {
    const error = await failure(open().login({ ...address, port: await getPort() }, admin));
    expect(error).toMatchObject({ code: 'database-network', retryable: true });
  });

  it('is "network" where the server takes the connection and says nothing', async () => {
    const silent = createServer();
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;

    await withMoreTime(200, async (connectTimeoutMs) => {
      const error = await failure(open({ connectTimeoutMs }).login({ ...address, port }, admin));

      expect(error).toMatchObject({ code: 'database-network', retryable: true });
      expect((error as Error).message).toContain('it was reached, but it answers with no TLS');
    });
  });

  it('is "tls" where the authority is not trusted, and no password is sent', async () => {
    const other = await createLocalCertificates();
    const error = await failure(open({ trust: trustIn([other.ca]) }).login(address, { ...admin, password: 'wrong' }));
    expect(error).toMatchObject({ code: 'database-tls', retryable: false });
  });

  it('is none where the secret itself brings the authority', async () => {
    const tls = { mode: 'verify-full', ca: certificates.ca } as const;
    await open({ trust: trustIn([]) }).login({ ...address, tls }, admin);
  });

  it('is "tls" where the certificate is for another name, and none where that name is given', async () => {
    const at = (servername: string) => ({ ...address, tls: { mode: 'verify-full', servername } as const });

    expect(await failure(open().login(at('cache.internal'), admin))).toMatchObject({ code: 'database-tls' });
    await open().login(at('localhost'), admin);
  });

  it('is "tls" where the server speaks in plaintext at once', async () => {
    const greeter = createServer((socket) => socket.end('-ERR nothing but plaintext here\r\n'));
    greeter.listen(0, '127.0.0.1');
    await once(greeter, 'listening');
    onTestFinished(() => void greeter.close());
    const { port } = greeter.address() as AddressInfo;

    expect(await failure(open().login({ ...address, port }, admin))).toMatchObject({ code: 'database-tls' });
  });

  it('is none without TLS, where the address says so', async () => {
    const port = await getPort();
    const plain = await startForTest({ settings: [`port ${port}`] });
    await open().login({ ...addressOf(plain), port, tls: { mode: 'off' } }, admin);
  });

  it('is "auth" for a wrong password, an unknown user and a user who is off, and is not repeated', async () => {
    const off = await newUser(server, 'off');
    await server.command('ACL', 'LOG', 'RESET');

    for (const credential of [{ ...admin, password: 'wrong' }, { ...admin, username: 'nobody' }, off]) {
      expect(await failure(open().login(address, credential))).toMatchObject({
        code: 'database-auth',
        retryable: false,
      });
    }

    const refused = (await server.command('ACL', 'LOG')) as Record<string, unknown>[];
    expect(refused.reduce((sum, entry) => sum + Number(entry['count']), 0)).toBe(3);
  });

  it('is "network" and retryable where there are too many clients', async () => {
    const crowded = await startForTest();
    const user = await newUser(crowded);
    let error: unknown;

    await open().changeUser(addressOf(crowded), admin, { ...wanted, username: user.username }, async () => {
      await crowded.command('CONFIG', 'SET', 'maxclients', '1');
      error = await failure(open().login(addressOf(crowded), user));
      return true;
    });

    expect(error).toMatchObject({ code: 'database-network', retryable: true });
  });

  it('is "network" and retryable at the deadline', async () => {
    const error = await failure(open({ deadline: { remainingMs: () => 0 } }).login(address, admin));
    expect(error).toMatchObject({ code: 'database-network', retryable: true });
  });

  it('keeps the password out of its message, also where the server does not know AUTH and repeats it', async () => {
    const port = await getPort();
    const odd = createServer((socket) => {
      socket.on('data', () =>
        socket.write("-ERR unknown command 'AUTH', with args beginning with: 'app' 'canary' \r\n"),
      );
    });
    odd.listen(port, '127.0.0.1');
    await once(odd, 'listening');
    onTestFinished(() => void odd.close());
    const at: DatabaseAddress = { ...address, port, tls: { mode: 'off' } };

    const error = await failure(open().login(at, { username: 'app', password: 'canary' }));

    expect(error).toMatchObject({ code: 'database-unknown' });
    const { stack, cause } = error as Error;
    expect(`${stack ?? ''} ${String((cause as Error).stack)} ${JSON.stringify(cause)}`).not.toContain('canary');
  });
});

describe('a server whose users are not to be changed', () => {
  const change = (at: LocalRedis, username: string) =>
    failure(open().changeUser(addressOf(at), admin, { ...wanted, username }, yes));

  it('is a node of a cluster: each has users of its own', async () => {
    const node = await startForTest({ settings: ['cluster-enabled yes'] });
    const user = await newUser(node);

    const error = await change(node, user.username);

    expect(error).toMatchObject({ code: 'strategy-impossible', retryable: false });
    expect((error as Error).message).toContain('a node of a cluster, and each node has its own users');
    await open().login(addressOf(node), user);
  });

  it('is a replica, which may be the primary after a failover', async () => {
    const replica = await startForTest({ settings: [`replicaof 127.0.0.1 ${await getPort()}`] });
    const user = await newUser(replica);

    expect(await change(replica, user.username)).toMatchObject({ code: 'database-network', retryable: true });

    await open().login(addressOf(replica), user);
  });

  it('is one without a file for its users: a new password would be gone when it restarts', async () => {
    const user = { username: 'app', password: 'of the app' };
    const forgetful = await startWithoutFiles([admin, adminRules], [user, []]);

    const attempts = [
      () => open().changeUser(forgetful, admin, { ...wanted, username: 'app' }, yes),
      () => open().checkAdmin(forgetful, admin, { username: 'app', strategy: 'single-user' }),
    ];
    for (const attempt of attempts) {
      expect(await failure(attempt())).toMatchObject({ code: 'users-not-persistent', retryable: false });
    }

    await open().login(forgetful, user);
  });

  it('is one that can not write its file, and the user stays as it was', async () => {
    const full = await startForTest();
    const user = await newUser(full, 'reset', 'on', '>its own password', '~a:*', '(~b:* +get)', '+@read');
    const before = await lineOf(full, user.username);
    const { aclfile: file = '' } = (await full.command('CONFIG', 'GET', 'aclfile')) as { aclfile?: string };
    const content = await readFile(file);
    // The file of users is replaced by another: where a folder stands, none can be put.
    await rm(file);
    await mkdir(file);

    const error = await change(full, user.username);

    expect(error).toMatchObject({ code: 'users-not-persistent', retryable: true });
    expect(await lineOf(full, user.username)).toBe(before);
    await rm(file, { recursive: true });
    await writeFile(file, content);
    expect(await change(full, user.username)).toBeUndefined();
  });
});
