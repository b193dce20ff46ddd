import { ElastiCacheClient } from '@aws-sdk/client-elasticache';
import { MemoryDBClient } from '@aws-sdk/client-memorydb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import { elastiCacheDatabase } from '../../../lambdas/databases/elasticache/database.ts';
import { memoryDbDatabase } from '../../../lambdas/databases/memorydb/database.ts';
import { mongoDatabase } from '../../../lambdas/databases/mongo/database.ts';
import { mariadbDatabase, mysqlDatabase } from '../../../lambdas/databases/mysql/database.ts';
import { postgresDatabase } from '../../../lambdas/databases/postgres/database.ts';
import { redisDatabase } from '../../../lambdas/databases/redis/database.ts';
import { sqlServerDatabase } from '../../../lambdas/databases/sqlserver/database.ts';
import type { Deadline } from '../../../lambdas/runtime/deadline.ts';
import type { Database } from '../../../lambdas/databases/port.ts';
import { databaseEngines, secretTag, type DatabaseEngine } from '../../../lib/contract/index.ts';
import { type LocalMysql, startMysql } from '../../../local/databases/mysql.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { everyKey, leaks, passwordsLikeNames, saidAbout } from '../../_helpers/wrong-keys.ts';

const certificates = await createLocalCertificates();
const trust = trustIn([certificates.ca]);

const aws = {
  endpoint: 'http://127.0.0.1:1',
  region: 'eu-west-1',
  credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'none' },
  maxAttempts: 1,
};

const drivers: Readonly<Record<DatabaseEngine, (deadline: Deadline) => Database>> = {
  postgres: (deadline) => postgresDatabase({ trust, deadline }),
  mysql: (deadline) => mysqlDatabase({ trust, deadline }),
  mariadb: (deadline) => mariadbDatabase({ trust, deadline }),
  redis: (deadline) => redisDatabase({ trust, deadline }),
  elasticache: (deadline) => elastiCacheDatabase({ client: new ElastiCacheClient(aws), trust, deadline }),
  memorydb: (deadline) => memoryDbDatabase({ client: new MemoryDBClient(aws), trust, deadline }),
  sqlserver: (deadline) => sqlServerDatabase({ trust, deadline }),
  mongo: (deadline) => mongoDatabase({ trust, deadline }),
};

/** No server listens: what is said comes from the driver, the resolver and the function itself. */
describe.each(databaseEngines)('a password under a wrong key, with the driver of %s and no server', (engine) => {
  const [canary] = passwordsLikeNames;
  const place = { host: '127.0.0.1', port: 1, dbname: 'orders', username: 'app' };

  it.each(['host', 'username', 'dbname'])('is never said: %s', async (key) => {
    const said = await saidAbout({ database: drivers[engine], place, key, canary });
    expect(said).toContain('Rotation step failed');
    expect(leaks(said, canary)).toBe(false);
  });
});

describe('a password under a wrong key, with a real server', () => {
  let postgres: LocalPostgres;
  let mysql: LocalMysql;

  beforeAll(async () => {
    [postgres, mysql] = await Promise.all([
      startPostgres({ certificates, databases: ['orders'] }),
      startMysql({ certificates }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([postgres.stop(), mysql.stop()]);
  });

  describe.each(['postgres', 'mysql'] as const)('%s', (engine) => {
    it.each(everyKey)('is never said, by a user and by an admin: %s', async (key) => {
      const { host, port, adminUser: username, adminPassword: password } = engine === 'postgres' ? postgres : mysql;
      const place = { host, port, dbname: engine === 'postgres' ? 'orders' : 'mysql', username: 'orders_app' };
      const tags = { [secretTag.admin]: 'dev/payments/admin', [secretTag.username]: 'orders_app' };
      const others = { 'dev/payments/admin': { host, port, username, password } };
      for (const canary of passwordsLikeNames.slice(1, 3)) {
        const database = drivers[engine];
        const byUser = await saidAbout({ database, place, key, canary });
        const byAdmin = await saidAbout({ database, place, key, canary, tags, others });
        expect(byUser).toContain('Rotation step failed');
        expect(leaks(`${byUser}${byAdmin}`, canary)).toBe(false);
        expect(leaks(`${byUser}${byAdmin}`, password)).toBe(false);
      }
    });
  });
});
