/** The database servers on which rotations are measured: one entry an engine. */
import { databaseTrust } from '../../lambdas/databases/database-trust.ts';
import { mariadbDatabase, mysqlDatabase } from '../../lambdas/databases/mysql/database.ts';
import { postgresDatabase } from '../../lambdas/databases/postgres/database.ts';
import { rdsAuthorities } from '../../lambdas/databases/rds-authorities.ts';
import { redisDatabase } from '../../lambdas/databases/redis/database.ts';
import type { Database } from '../../lambdas/databases/port.ts';
import type { DatabaseEngine } from '../../lib/contract/index.ts';
import type { LocalServer } from '../../local/databases/local-server.ts';
import { startMariadb } from '../../local/databases/mariadb.ts';
import { startMysql } from '../../local/databases/mysql.ts';
import { startPostgres } from '../../local/databases/postgres.ts';
import { startRedis } from '../../local/databases/redis.ts';
import type { LocalCertificates } from '../../local/tls.ts';
import type { PeerEngine } from '../peers/aws-rotation-order.ts';
import { mariadbPeer, mysqlPeer } from '../peers/mysql.ts';
import { postgresPeer } from '../peers/postgres.ts';

/** A server that runs, and how to make a user there for a rotation to find. User names and passwords are plain words. */
export interface RunningServer {
  readonly server: LocalServer;
  /** The engine as a function has it that has just started: its authorities are read at the first login. */
  readonly openDatabase: () => Promise<Database>;
  /** Absent if AWS has no rotation function for the engine. */
  readonly peer?: PeerEngine;
  /** Absent if the engine has none. */
  readonly dbname?: string;
  readonly addUser: (username: string, password: string) => Promise<void>;
}

export interface BenchServer {
  readonly engine: DatabaseEngine;
  readonly label: string;
  /** Whether the server has TLS, and takes no login without; else it has none. */
  readonly tls: boolean;
  start(certificates: LocalCertificates): Promise<RunningServer>;
}

const deadline = { remainingMs: () => 30_000 };

const postgresServer = (tls: boolean): BenchServer => ({
  engine: 'postgres',
  label: tls ? 'PostgreSQL' : 'PostgreSQL without TLS',
  tls,
  start: async (certificates) => {
    const server = await startPostgres({ certificates, databases: ['orders'], tls });
    return {
      server,
      openDatabase: async () => postgresDatabase({ trust: await databaseTrust(rdsAuthorities, server.ca), deadline }),
      peer: postgresPeer(server.ca),
      dbname: 'orders',
      addUser: async (username, password) => {
        await server.query(`CREATE ROLE ${username} LOGIN PASSWORD '${password}'`);
      },
    };
  },
});

interface MysqlFlavour extends Pick<BenchServer, 'engine' | 'label'> {
  readonly startServer: typeof startMysql;
  readonly open: typeof mysqlDatabase;
  readonly peerFor: typeof mysqlPeer;
}

const mysqlServer = ({ engine, label, startServer, open, peerFor }: MysqlFlavour): BenchServer => ({
  engine,
  label,
  tls: true,
  start: async (certificates) => {
    const server = await startServer({ certificates, databases: ['orders'] });
    return {
      server,
      openDatabase: async () => open({ trust: await databaseTrust(rdsAuthorities, server.ca), deadline }),
      peer: peerFor(server.ca),
      dbname: 'orders',
      addUser: async (username, password) => {
        await server.query(`CREATE USER ${username} IDENTIFIED BY '${password}'`);
        await server.query(`GRANT SELECT ON orders.* TO ${username}`);
      },
    };
  },
});

const redisServer: BenchServer = {
  engine: 'redis',
  label: 'Redis',
  tls: true,
  start: async (certificates) => {
    const server = await startRedis({ certificates, server: 'redis' });
    return {
      server,
      openDatabase: async () => redisDatabase({ trust: await databaseTrust(() => [], server.ca), deadline }),
      addUser: async (username, password) => {
        await server.command('ACL', 'SETUSER', username, 'on', `>${password}`, '+ping', '~*');
      },
    };
  },
};

export const benchServers: readonly BenchServer[] = [
  postgresServer(true),
  postgresServer(false),
  mysqlServer({
    engine: 'mariadb',
    label: 'MariaDB',
    startServer: startMariadb,
    open: mariadbDatabase,
    peerFor: mariadbPeer,
  }),
  mysqlServer({ engine: 'mysql', label: 'MySQL', startServer: startMysql, open: mysqlDatabase, peerFor: mysqlPeer }),
  redisServer,
];
