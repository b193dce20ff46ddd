import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { buildFerretdb } from '../../../../local/databases/ferretdb-build.ts';
import { startMongo, type LocalMongo } from '../../../../local/databases/mongo.ts';
import { createLocalCertificates } from '../../../../local/tls.ts';
import { describeLocalServer, itGoesWithItsOwner, type Login } from './local-server-contract.ts';

const login = async (mongo: LocalMongo, { user, password, tls = true }: Login): Promise<void> => {
  const client = new MongoClient(`mongodb://${mongo.host}:${mongo.port}/`, {
    tls,
    ...(tls && { ca: mongo.ca }),
    auth: { username: user, password },
    authSource: 'admin',
    directConnection: true,
    serverSelectionTimeoutMS: 3_000,
  });
  try {
    await client.db('admin').command({ ping: 1 });
  } finally {
    await client.close();
  }
};
const createUser = async (mongo: LocalMongo, user: string, password: string): Promise<void> => {
  await mongo.command({ createUser: user, pwd: password, roles: [] });
};

describeLocalServer('MongoDB', {
  start: startMongo,
  login,
  createUser,
  refusesPlain: /closed|ECONNRESET/,
  refusesPassword: /Authentication failed/,
  logsRefusal: /saslContinue: step failed.*"username":"orders"/,
  wrongSetting: ['--no-such-setting', 'unknown flag --no-such-setting'],
});

describe('a local MongoDB', () => {
  it('changes and drops passwords as MongoDB does, and tells its users', async () => {
    const mongo = await startMongo({ certificates: await createLocalCertificates() });
    try {
      await createUser(mongo, 'orders', 'the-first-password');
      await mongo.command({ updateUser: 'orders', pwd: 'the-second-password' });
      await login(mongo, { user: 'orders', password: 'the-second-password' });
      await expect(login(mongo, { user: 'orders', password: 'the-first-password' })).rejects.toMatchObject({
        codeName: 'AuthenticationFailed',
      });
      const { users } = await mongo.command({ usersInfo: 'orders' });
      expect(users).toMatchObject([{ user: 'orders', mechanisms: ['SCRAM-SHA-1', 'SCRAM-SHA-256'] }]);

      await mongo.command({ dropUser: 'orders' });

      await expect(mongo.command({ dropUser: 'orders' })).rejects.toMatchObject({ codeName: 'UserNotFound' });
      const log = await mongo.readLog();
      expect(log).not.toMatch(/the-(first|second)-password/);
      expect(log).not.toContain(mongo.adminPassword);
    } finally {
      await mongo.stop();
    }
  });

  it('says in one sentence that the Go that is named does not do', async () => {
    const cacheFolder = await mkdtemp(join(tmpdir(), 'no-go-'));
    try {
      await expect(buildFerretdb({ cacheFolder, go: join(cacheFolder, 'no-go') })).rejects.toThrow(
        /^A local MongoDB is FerretDB, built with Go 1\.24 or newer, and `.*no-go` does not run: name another in STRONGROOM_GO$/,
      );
    } finally {
      await rm(cacheFolder, { recursive: true });
    }
  });

  itGoesWithItsOwner('mongo', ['SIGKILL']);
});
