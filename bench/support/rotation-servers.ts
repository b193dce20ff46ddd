/** The database servers on which rotations are measured: one entry an engine. */
import { trustIn } from '../../lambdas/adapters/database-trust.ts';
import { mariadbDatabase, mysqlDatabase } from '../../lambdas/adapters/mysql/database.ts';
import { postgresDatabase } from '../../lambdas/adapters/postgres/database.ts';
import { redisDatabase } from '../../lambdas/adapters/redis/database.ts';
import type { Database } from '../../lambdas/rotation/ports.ts';
import type { DatabaseEngine } from '../../lib/contract/index.ts';
import type { LocalServer } from '../../local/databases/local-server.ts';
import { startMariadb } from '../../local/databases/mariadb.ts';
import { startMysql } from '../../local/databases/mysql.ts';
import { startPostgres } from '../../local/databases/postgres.ts';
import { startRedis } from '../../local/databases/redis.ts';
import type { LocalCertificates } from '../../local/tls.ts';

/** A server that runs, and how to make a user there for a rotation to find. User names and passwords are plain words. */
export interface RunningServer {
  readonly server: LocalServer;
  readonly database: Database;
  /** Absent where the engine has none. */
  readonly dbname?: string;
  readonly addUser: (username: string, password: string) => Promise<void>;
}

export interface BenchServer {
  readonly engine: DatabaseEngine;
  readonly label: string;
  start(certificates: LocalCertificates): Promise<RunningServer>;
}

const optionsFor = ({ ca }: LocalServer) => ({ trust: trustIn([ca]), deadline: { remainingMs: () => 30_000 } });

const startMysqlLike = async (
  start: typeof startMysql,
  open: typeof mysqlDatabase,
  certificates: LocalCertificates,
) => {
  const server = await start({ certificates, databases: ['orders'] });
  return {
    server,
    database: open(optionsFor(server)),
    dbname: 'orders',
    addUser: async (username: string, password: string) => {
      await server.query(`CREATE USER ${username} IDENTIFIED BY '${password}'`);
      await server.query(`GRANT SELECT ON orders.* TO ${username}`);
    },
  };
};

export const benchServers: readonly BenchServer[] = [
  {
    engine: 'postgres',
    label: 'PostgreSQL',
    start: async (certificates) => {
      const server = await startPostgres({ certificates, databases: ['orders'] });
      return {
        server,
        database: postgresDatabase(optionsFor(server)),
        dbname: 'orders',
        addUser: async (username, password) => {
          await server.query(`CREATE ROLE ${username} LOGIN PASSWORD '${password}'`);
        },
      };
    },
  },
  {
    engine: 'mariadb',
    label: 'MariaDB',
    start: (certificates) => startMysqlLike(startMariadb, mariadbDatabase, certificates),
  },
  { engine: 'mysql', label: 'MySQL', start: (certificates) => startMysqlLike(startMysql, mysqlDatabase, certificates) },
  {
    engine: 'redis',
    label: 'Redis',
    start: async (certificates) => {
      const server = await startRedis({ certificates, server: 'redis' });
      return {
        server,
        database: redisDatabase(optionsFor(server)),
        addUser: async (username, password) => {
          await server.command('ACL', 'SETUSER', username, 'on', `>${password}`, '+ping', '~*');
        },
      };
    },
  },
];
