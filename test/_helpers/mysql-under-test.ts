/** A real MySQL or MariaDB as the contract of a `Database` wants it: under an admin like the master user of RDS. */
import { createConnection, type Connection } from 'mysql2/promise';
import { trustIn } from '../../lambdas/databases/database-trust.ts';
import { mariadbDatabase, mysqlDatabase } from '../../lambdas/databases/mysql/database.ts';
import type { SessionOptions } from '../../lambdas/databases/mysql/session.ts';
import type { Credential, Database, DatabaseAddress } from '../../lambdas/databases/port.ts';
import { startMariadb } from '../../local/databases/mariadb.ts';
import { startMysql, type LocalMysql, type StartMysqlOptions } from '../../local/databases/mysql.ts';
import type { DatabaseUnderTest, SessionUnderTest } from './database-contract.ts';
import { accountAt, giveRights, makeThings, rightsOf, type Flavour } from './mysql-rights.ts';

export interface MysqlUnderTest extends DatabaseUnderTest {
  readonly admin: Credential;
}

export const startFlavour = (flavour: Flavour, options: StartMysqlOptions): Promise<LocalMysql> =>
  flavour === 'mysql' ? startMysql(options) : startMariadb(options);

export const openDatabase = (flavour: Flavour, server: LocalMysql, options: Partial<SessionOptions> = {}): Database => {
  const complete: SessionOptions = {
    trust: trustIn([server.ca]),
    deadline: { remainingMs: () => 60_000 },
    connectTimeoutMs: 30_000,
    ...options,
  };
  return flavour === 'mysql' ? mysqlDatabase(complete) : mariadbDatabase(complete);
};

export const addressOf = ({ host, port }: Pick<LocalMysql, 'host' | 'port'>): DatabaseAddress => ({
  host,
  port,
  dbname: 'public',
  tls: { mode: 'verify-full' },
});

/** What RDS gives its master user of the privileges that count here. */
const masterPrivileges =
  'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, SHOW DATABASES, CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, CREATE USER, EVENT, TRIGGER';

export const addAdmin = async (server: LocalMysql, flavour: Flavour, admin: Credential): Promise<void> => {
  const name = accountAt(admin.username);
  await server.query(`CREATE USER ${name} IDENTIFIED BY ?`, { values: [admin.password] });
  await server.query(`GRANT ${masterPrivileges} ON *.* TO ${name} WITH GRANT OPTION`);
  // Only the user who made the server can grant this.
  for (const username of ['admin', admin.username]) {
    await server.query(
      "REPLACE INTO mysql.proxies_priv (Host, User, Proxied_host, Proxied_user, With_grant) VALUES ('%', ?, '', '', 1)",
      { values: [username] },
    );
  }
  await server.query('FLUSH PRIVILEGES');
  if (flavour === 'mysql') {
    await server.query(
      `GRANT CONNECTION_ADMIN, ROLE_ADMIN, XA_RECOVER_ADMIN, BACKUP_ADMIN ON *.* TO ${name} WITH GRANT OPTION`,
    );
  } else {
    await server.query(`GRANT CONNECTION ADMIN, DELETE HISTORY ON *.* TO ${name}`);
    for (const role of ['reader', '`odd ``writer```']) await server.query(`GRANT ${role} TO ${name} WITH ADMIN OPTION`);
  }
};

const ours = ['admin', 'mysql.sys', 'mysql.session', 'mysql.infoschema', 'mariadb.sys', 'PUBLIC'];

/** Empties the server, then makes an admin and a set of things to have rights on. */
export const prepareMysql = async (flavour: Flavour, server: LocalMysql): Promise<MysqlUnderTest> => {
  await empty(server, flavour);
  await server.query('CREATE DATABASE `public`');
  await makeThings(server);
  const admin = { username: "ma'ster", password: 'password of the master' };
  await addAdmin(server, flavour, admin);
  return {
    database: openDatabase(flavour, server),
    address: addressOf(server),
    admin,
    addUser: async ({ username, password }) => {
      await server.query(`CREATE USER ${accountAt(username)} IDENTIFIED BY ?`, { values: [password] });
    },
    userExists: async (username) => {
      const rows = await server.query('SELECT 1 FROM mysql.user WHERE User = ?', { values: [username] });
      return rows.length > 0;
    },
    disable: async (username) => {
      await server.query(`ALTER USER ${accountAt(username)} ACCOUNT LOCK`);
    },
    provisioning: {
      addSchema: async (name) => {
        await server.query('CREATE DATABASE ??', { values: [name] });
      },
      grantsOf: (username) => grantsOf(server, username),
    },
    rights: {
      give: (username, set) => giveRights(server, flavour, username, set),
      of: (username) => rightsOf(server, username),
    },
    openSession: (credential) => openSession(server, credential),
  };
};

export const connectAs = (server: LocalMysql, { username, password }: Credential): Promise<Connection> =>
  createConnection({
    host: server.host,
    port: server.port,
    user: username,
    password,
    ssl: { ca: server.ca },
    connectTimeout: 10_000,
  });

const empty = async (server: LocalMysql, flavour: Flavour): Promise<void> => {
  const databases = await server.query(
    "SELECT SCHEMA_NAME AS name FROM information_schema.SCHEMATA WHERE SCHEMA_NAME NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')",
  );
  for (const { name } of databases) await server.query('DROP DATABASE ??', { values: [name] });
  const isRole = flavour === 'mysql' ? "'N'" : 'is_role';
  const users = await server.query(
    `SELECT User AS name, Host AS host, ${isRole} AS role FROM mysql.user WHERE User NOT IN (?)`,
    { values: [ours] },
  );
  for (const { name, host, role } of users) {
    await server.query(role === 'Y' ? 'DROP ROLE ??' : 'DROP USER ?@?', { values: [name, host] });
  }
};

/** From the table itself: what the user may do everywhere in a database, and that it may do nothing elsewhere. */
const grantsOf = async (server: LocalMysql, username: string): Promise<string> => {
  const rows = await server.query(
    'SELECT Db AS db, Select_priv AS s, Insert_priv AS i, Update_priv AS u, Delete_priv AS d FROM mysql.db WHERE User = ? ORDER BY 1',
    { values: [username] },
  );
  return rows
    .map(({ db, ...may }) => {
      const privileges = ['s', 'i', 'u', 'd'].map((key) => String(may[key])).join('');
      const known: Readonly<Record<string, string>> = { YNNN: 'read-only', YYYY: 'read-write' };
      return `${String(db)}=${known[privileges] ?? privileges}`;
    })
    .join(' ');
};

const openSession = async (server: LocalMysql, credential: Credential): Promise<SessionUnderTest> => {
  const connection = await connectAs(server, credential);
  let lost = false;
  connection.on('error', () => {
    lost = true;
  });
  return {
    ended: async () => {
      if (lost) return true;
      try {
        await connection.query('SELECT 1');
        return false;
      } catch {
        return true;
      }
    },
    close: () => {
      connection.destroy();
      return Promise.resolve();
    },
  };
};
