import { createClient } from '@redis/client';
import { describe, expect, it } from 'vitest';
import { startRedis, type LocalRedis } from '../../../../local/databases/redis.ts';
import { createLocalCertificates } from '../../../../local/tls.ts';
import { describeLocalServer, itGoesWithItsOwner, type Login } from './local-server-contract.ts';

const login = async (redis: LocalRedis, { user, password, tls = true }: Login): Promise<void> => {
  const { host, port, ca } = redis;
  const client = createClient({
    socket: { host, port, reconnectStrategy: false, connectTimeout: 5_000, ...(tls && { tls, ca }) },
    username: user,
    password,
  });
  const failed = new Promise<never>((_, reject) => client.on('error', reject));
  try {
    await Promise.race([client.connect().then(() => client.ping()), failed]);
  } finally {
    client.destroy();
  }
};
const createUser = async (redis: LocalRedis, user: string, password: string): Promise<void> => {
  await redis.command('ACL', 'SETUSER', user, 'on', `>${password}`, '+ping');
};

describe.each(['redis', 'valkey'] as const)('%s', (server) => {
  describeLocalServer(server, {
    start: (options) => startRedis({ ...options, server }),
    login,
    createUser: async (redis, user, password) => {
      await createUser(redis, user, password);
      await redis.command('ACL', 'SAVE');
    },
    refusesPlain: /closed|ECONNRESET/i,
    refusesPassword: /WRONGPASS/,
    logsRefusal: /refused: .*"auth".*"orders"/,
    wrongSetting: ['no-such-setting 1', 'no-such-setting 1'],
  });

  it('forgets a user that is only in memory when it restarts, and knows its administrator', async () => {
    const redis = await startRedis({
      certificates: await createLocalCertificates(),
      server,
      persistUsers: false,
    });
    try {
      await createUser(redis, 'orders', 'some-password');
      await login(redis, { user: 'orders', password: 'some-password' });
      await expect(redis.command('ACL', 'SAVE')).rejects.toThrow('not configured to use an ACL file');

      await redis.restart();

      await expect(login(redis, { user: 'orders', password: 'some-password' })).rejects.toThrow('WRONGPASS');
      expect(await redis.command('ACL', 'WHOAMI')).toBe('admin');
    } finally {
      await redis.stop();
    }
  });

  it('keeps passwords out of the log of commands', async () => {
    const redis = await startRedis({ certificates: await createLocalCertificates(), server });
    try {
      await createUser(redis, 'quiet', 'never-in-a-log');
      const log = await redis.readLog();
      expect(log).toContain('ACL SETUSER (redacted)');
      expect(log).not.toContain('never-in-a-log');
      expect(log).not.toContain(redis.adminPassword);
    } finally {
      await redis.stop();
    }
  });
});

describe('a local redis', () => {
  itGoesWithItsOwner('redis', ['SIGKILL']);
});
