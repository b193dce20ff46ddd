import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import { hashOf } from '../../../lambdas/databases/redis/acl-user.ts';
import { redisDatabase, type RedisDatabaseOptions } from '../../../lambdas/databases/redis/database.ts';
import { lockKey } from '../../../lambdas/databases/redis/user-lock.ts';
import type { Confirm, Credential, DatabaseAddress, UserChange } from '../../../lambdas/databases/port.ts';
import { startRedis, type LocalRedis } from '../../../local/databases/redis.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { withMoreTime } from '../../_helpers/patience.ts';
import { addressOf, addUser, adminRules, lineOf } from '../../_helpers/redis-server.ts';
import { startTcpProxy } from '../../_helpers/tcp-proxy.ts';

const certificates = await createLocalCertificates();
const trust = trustIn([certificates.ca]);
const open = (options: Partial<RedisDatabaseOptions> = {}) =>
  redisDatabase({ trust, deadline: { remainingMs: () => 60_000 }, connectTimeoutMs: 30_000, ...options });
const yes: Confirm = () => Promise.resolve(true);
const admin: Credential = { username: 'strongroom', password: 'password of the admin' };
const next = 'the new password';

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

describe.each([
  ['redis', 'a file of users', true],
  ['redis', 'its configuration file', false],
  ['valkey', 'a file of users', true],
  ['valkey', 'its configuration file', false],
] as const)('%s with users in %s', (kind, _where, persistUsers) => {
  let server: LocalRedis;
  let address: DatabaseAddress;
  let sequence = 0;

  beforeAll(async () => {
    server = await startRedis({ server: kind, certificates, persistUsers });
    address = addressOf(server);
    await addUser(server, admin, ...adminRules);
  });
  afterAll(async () => {
    await server.stop();
  });

  const save = () => (persistUsers ? server.command('ACL', 'SAVE') : server.command('CONFIG', 'REWRITE'));
  const newUser = async (...rules: string[]): Promise<Credential> => {
    const user = { username: `user-${(sequence += 1)}`, password: `password ${sequence}` };
    await addUser(server, user, ...rules);
    await save();
    return user;
  };
  const change = (
    { username }: Credential,
    {
      database = open(),
      at = address,
      confirm = yes,
      ...more
    }: Partial<UserChange> & {
      database?: ReturnType<typeof open>;
      at?: DatabaseAddress;
      confirm?: Confirm;
    } = {},
  ) =>
    database.changeUser(at, admin, { username, password: next, resetPassword: true, version: 'v', ...more }, confirm);
  const accepts = async (credential: Credential): Promise<boolean> =>
    (await failure(open().login(address, credential))) === undefined;
  const powerCut = async (): Promise<void> => {
    await server.kill();
    await server.restart();
  };

  describe('what was changed', () => {
    it('outlives the server', async () => {
      const user = await newUser();

      await change(user);
      await powerCut();

      expect(await accepts({ ...user, password: next })).toBe(true);
      expect(await accepts(user)).toBe(false);
    });

    it('outlives it also where an earlier try died before it could write it to disk', async () => {
      const user = await newUser();
      await server.command('ACL', 'SETUSER', user.username, 'resetpass', `#${hashOf(next)}`);

      expect(await change(user)).toBe('unchanged');
      await powerCut();

      expect(await accepts({ ...user, password: next })).toBe(true);
    });

    it('is nothing where the server dies before the change, and the next try succeeds', async () => {
      const user = await newUser();
      const dying: Confirm = async () => {
        await server.kill();
        return true;
      };

      expect(await failure(change(user, { confirm: dying }))).toMatchObject({
        code: 'database-network',
        retryable: true,
        uncertain: false,
      });
      await server.restart();

      expect(await accepts(user)).toBe(true);
      await server.command('DEL', lockKey(user.username));
      expect(await change(user)).toBe('reset');
    });

    it('is all of a clone, and nothing of a user who was dropped', async () => {
      const user = await newUser('~a:*', '+get');
      const clone = { username: `${user.username}_clone`, password: next };

      await open().cloneUser?.(address, admin, { from: user.username, to: clone.username, password: next }, yes);
      await powerCut();
      expect(await accepts(clone)).toBe(true);

      await open().revokeUser?.(address, admin, { username: clone.username, then: 'drop', heir: user.username }, yes);
      await powerCut();
      expect(await lineOf(server, clone.username)).toBeUndefined();
    });

    it('is the admin’s own password, also of the user "default"', async () => {
      await server.command('ACL', 'SETUSER', 'default', 'on', '>password of default', '~*', '&*', '+@all');
      const everyone = { username: 'default', password: 'password of default' };

      expect(await open().changeOwnPassword(address, everyone, next, yes)).toBe('changed');
      await powerCut();

      expect(await accepts({ ...everyone, password: next })).toBe(true);
      expect(await accepts(everyone)).toBe(false);
      await server.command('ACL', 'SETUSER', 'default', 'off');
    });
  });

  describe('a connection that breaks', () => {
    const cut = async (packets: number, user: Credential) => {
      const proxy = await startTcpProxy(server);
      onTestFinished(() => proxy.stop());
      return failure(
        change(user, {
          database: open({ lockMs: 300 }),
          at: { ...address, port: proxy.port },
          confirm: () => {
            proxy.cutAfterWrites(packets);
            return Promise.resolve(true);
          },
        }),
      );
    };

    it('before the transaction leaves the user as it was, for certain', async () => {
      const user = await newUser();

      // The user is looked at, then its lock.
      expect(await cut(2, user)).toMatchObject({ code: 'database-network', retryable: true, uncertain: false });

      expect(await accepts(user)).toBe(true);
      expect(await change(user)).toBe('reset');
    });

    it('in the transaction leaves it uncertain whether the user was changed', async () => {
      const user = await newUser();

      expect(await cut(3, user)).toMatchObject({ code: 'database-network', retryable: true, uncertain: true });

      expect(await accepts({ ...user, password: next })).toBe(true);
      expect(await change(user)).toBe('unchanged');
      await powerCut();
      expect(await accepts({ ...user, password: next })).toBe(true);
    });
  });

  describe('the lock of a user', () => {
    it('is not left behind', async () => {
      const user = await newUser();
      let held: unknown;

      await change(user, {
        confirm: async () => {
          held = await server.command('PTTL', lockKey(user.username));
          return true;
        },
      });

      expect(held).toBeGreaterThan(0);
      expect(await server.command('EXISTS', lockKey(user.username))).toBe(0);
    });

    it('is waited for no longer than a command may take', async () => {
      const user = await newUser();
      await server.command('SET', lockKey(user.username), 'another worker');

      await withMoreTime(200, async (commandTimeoutMs) => {
        expect(await failure(change(user, { database: open({ commandTimeoutMs }) }))).toMatchObject({
          code: 'database-unknown',
          retryable: true,
        });
      });

      expect(await server.command('GET', lockKey(user.username))).toBe('another worker');
    });

    it('goes by itself after a worker that died', async () => {
      const user = await newUser();
      await server.command('SET', lockKey(user.username), 'another worker', 'PX', '300');

      expect(await change(user)).toBe('reset');
    });

    it.each([
      ['has expired', ['DEL']],
      ['is another worker’s by now', ['SET', 'another worker']],
    ])('fences off a worker whose own %s', async (_what, [command = '', ...words]) => {
      const user = await newUser();
      const late: Confirm = async () => {
        await server.command(command, lockKey(user.username), ...words);
        return true;
      };

      const error = await failure(change(user, { confirm: late }));

      expect(error).toMatchObject({ code: 'database-unknown', retryable: true });
      expect((error as Error).message).toContain('expired before the change was made; nothing was changed');
      expect(await accepts(user)).toBe(true);
      expect(await server.command('EXISTS', lockKey(user.username))).toBe(words.length);
    });
  });

  describe('a clone', () => {
    it('has the rules of the other word for word, but for name and password', async () => {
      const rules = ['~a:*', '%R~r:(*', '%W~w:*', '&news', '-@all', '+@read', '-keys', '+config|get'];
      const user = await newUser(...rules, '(~s:* +set)', '(%R~t:* &x* +@hash -hdel)', 'skip-sanitize-payload');
      const before = await lineOf(server, user.username);
      const to = `${user.username}_clone`;

      await open().cloneUser?.(address, admin, { from: user.username, to, password: next }, yes);

      expect(await lineOf(server, user.username)).toBe(before);
      expect(await lineOf(server, to)).toBe(
        before?.replace(user.username, to).replace(hashOf(user.password), hashOf(next)),
      );
    });

    it('has one password, and needs it, also where the other needs none', async () => {
      const user = await newUser('nopass', '>another');
      const to = `${user.username}_clone`;

      await open().cloneUser?.(address, admin, { from: user.username, to, password: next }, yes);

      expect(await accepts({ username: to, password: next })).toBe(true);
      expect(await accepts({ username: to, password: 'any' })).toBe(false);
      expect(await accepts({ username: to, password: 'another' })).toBe(false);
    });
  });

  it('refuses the user that everyone is who names none', async () => {
    for (const attempt of [
      () => change({ username: 'default', password: '' }),
      () => open().checkAdmin(address, admin, { username: 'default', strategy: 'single-user' }),
    ]) {
      expect(await failure(attempt())).toMatchObject({ code: 'user-reserved' });
    }
  });

  const needed = adminRules.filter(
    (rule) => rule !== '+ping' && rule !== (persistUsers ? '+config|rewrite' : '+acl|save'),
  );
  it.each(needed)('finds out beforehand that the admin lacks %s', async (lacking) => {
    const user = await newUser();
    const half = { username: `half-${(sequence += 1)}`, password: 'half' };
    await addUser(server, half, ...adminRules.filter((rule) => rule !== lacking));
    const task = { username: user.username, strategy: 'alternating-users' } as const;

    const error = await failure(open().checkAdmin(address, half, task));

    expect(error).toMatchObject({ code: 'database-privilege', retryable: false });
    const word = lacking.startsWith('~') ? 'strongroom:rotation:' : lacking.slice(1).split('|')[0];
    expect((error as Error).message.toLowerCase()).toContain(word);
  });

  it('shows a password to no one who watches: not in MONITOR, nor in logs, nor in any file', async () => {
    const canary = (word: string) => `canary-${word}`;
    const user = await newUser('~*', '+@all');
    const clone = { username: `${user.username}_clone`, password: canary('clone') };
    const watched = await monitor(server);

    await change(user, { password: canary('one') });
    await change(user, { password: canary('two'), keep: canary('one') });
    await open().discardPassword?.(address, admin, { username: user.username, keep: canary('two') }, yes);
    await open().login(address, { ...user, password: canary('two') });
    await failure(open().login(address, { ...user, password: canary('wrong') }));
    await open().cloneUser?.(
      address,
      admin,
      { from: user.username, to: clone.username, password: clone.password },
      yes,
    );
    await open().changeOwnPassword(address, clone, canary('own'), yes);
    const seen = await watched.end();
    expect(seen).toContain('strongroom:rotation:');

    const folder = path.dirname(server.logFile);
    const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining([expect.stringMatching(/aof/), persistUsers ? 'users.acl' : 'server.conf']),
    );
    const contents = await Promise.all(
      files.map(({ parentPath, name }) => readFile(path.join(parentPath, name), 'latin1')),
    );
    expect(contents.some((content) => content.includes(hashOf(canary('own'))))).toBe(true);
    for (const text of [seen, await server.readLog(), ...contents]) expect(text).not.toContain('canary-');
  });
});

/** Everything that the server tells of the commands that it runs. */
const monitor = async (server: LocalRedis) => {
  const { host, port, ca, adminUser, adminPassword } = server;
  const socket = connect({ host, port, ca });
  await once(socket, 'secureConnect');
  let seen = '';
  socket.on('data', (chunk: Buffer) => (seen += chunk.toString('latin1')));
  socket.write(`AUTH ${adminUser} ${adminPassword}\r\nMONITOR\r\n`);
  await expect.poll(() => seen).toBe('+OK\r\n+OK\r\n');
  return {
    end: async (): Promise<string> => {
      await server.command('ECHO', 'the end');
      await expect.poll(() => seen).toContain('the end');
      socket.destroy();
      return seen;
    },
  };
};
