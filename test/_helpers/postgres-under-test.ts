/** A real PostgreSQL as the contract of a `Database` wants it: under an admin like the master user of RDS. */
import pg from 'pg';
import { trustIn } from '../../lambdas/databases/database-trust.ts';
import { postgresDatabase } from '../../lambdas/databases/postgres/database.ts';
import type { Deadline } from '../../lambdas/runtime/deadline.ts';
import type { Credential, Database, DatabaseAddress } from '../../lambdas/databases/port.ts';
import type { LocalPostgres } from '../../local/databases/postgres.ts';
import type { DatabaseUnderTest, SessionUnderTest } from './database-contract.ts';
import { grantsOf } from './postgres-grants.ts';
import { giveRights, makeThings, rightsOf } from './postgres-rights.ts';

export const quote = (name: string): string => pg.escapeIdentifier(name);
export const literal = (text: string): string => pg.escapeLiteral(text);

export interface PostgresUnderTest extends DatabaseUnderTest {
  readonly admin: Credential;
  readonly address: DatabaseAddress;
  /** As the superuser, in the test's own database. */
  sql(text: string): Promise<Record<string, unknown>[]>;
  /** As a user: what it may do counts, not what somebody says that it may. */
  as(credential: Credential, text: string): Promise<Record<string, unknown>[]>;
}

export const openPostgres = (
  postgres: LocalPostgres,
  options: { connectTimeoutMs?: number; statementTimeoutMs?: number; deadline?: Deadline } = {},
): Database =>
  postgresDatabase({
    trust: trustIn([postgres.ca]),
    deadline: { remainingMs: () => 60_000 },
    connectTimeoutMs: 30_000,
    ...options,
  });

let sequence = 0;

/** A database, an admin and a set of things to have rights on, new for each test, on the one server. */
export const preparePostgres = async (postgres: LocalPostgres): Promise<PostgresUnderTest> => {
  sequence += 1;
  const dbname = `test "${sequence}"`;
  const admin = { username: `master ${sequence}`, password: 'password of the master' };
  await postgres.query(
    `CREATE ROLE ${quote(admin.username)} LOGIN CREATEROLE CREATEDB PASSWORD ${literal(admin.password)}`,
  );
  await postgres.query(`CREATE DATABASE ${quote(dbname)} OWNER ${quote(admin.username)}`);
  const address: DatabaseAddress = { host: postgres.host, port: postgres.port, dbname, tls: { mode: 'verify-full' } };
  const sql = (text: string) => postgres.query(text, { database: dbname });
  const as = async (credential: Credential, text: string) => {
    const client = await connect(postgres, address, credential);
    try {
      const results: pg.QueryResult | pg.QueryResult[] = await client.query(text);
      return (Array.isArray(results) ? results : [results]).flatMap(({ rows }) => rows as Record<string, unknown>[]);
    } finally {
      await client.end();
    }
  };
  // As on a server of one's own; on RDS no admin may read hashes.
  await sql(`GRANT SELECT ON pg_authid TO ${quote(admin.username)}`);
  const things = await makeThings(sql, admin.username, sequence);
  return {
    database: openPostgres(postgres),
    address,
    admin,
    sql,
    as,
    addUser: async ({ username, password }) => {
      await sql(
        `SET ROLE ${quote(admin.username)}; CREATE ROLE ${quote(username)} LOGIN PASSWORD ${literal(password)}`,
      );
    },
    userExists: async (username) => (await sql(`SELECT FROM pg_roles WHERE rolname = ${literal(username)}`)).length > 0,
    disable: async (username) => {
      await sql(`ALTER ROLE ${quote(username)} NOLOGIN`);
    },
    provisioning: {
      addSchema: async (name) => {
        await sql(`CREATE SCHEMA ${quote(name)} AUTHORIZATION ${quote(admin.username)}`);
      },
      grantsOf: (username) => grantsOf(postgres, dbname, username),
    },
    rights: {
      give: (username, set) => giveRights(sql, things, username, set),
      of: (username) => rightsOf(sql, username),
    },
    openSession: (credential) => openSession(postgres, address, credential),
    ownership: {
      make: async (credential, object) => {
        await as(credential, `CREATE TABLE shop.${quote(object)} (id serial)`);
      },
      alter: async (credential, object) => {
        await as(credential, `ALTER TABLE shop.${quote(object)} ADD COLUMN ${quote(`by ${credential.username}`)} int`);
        await as(credential, `ALTER TABLE shop.${quote(object)} DROP COLUMN ${quote(`by ${credential.username}`)}`);
      },
      exists: async (object) => (await sql(`SELECT FROM pg_class WHERE relname = ${literal(object)}`)).length > 0,
    },
  };
};

const openSession = async (
  postgres: LocalPostgres,
  address: DatabaseAddress,
  credential: Credential,
): Promise<SessionUnderTest> => {
  const client = await connect(postgres, address, credential);
  let ended = false;
  client.on('end', () => {
    ended = true;
  });
  client.on('error', () => undefined);
  return {
    ended: async () => {
      if (!ended) await client.query('SELECT 1').catch(() => undefined);
      return ended;
    },
    close: () => client.end(),
  };
};

const connect = async (
  { ca }: LocalPostgres,
  { host, port, dbname }: DatabaseAddress,
  { username, password }: Credential,
): Promise<pg.Client> => {
  const client = new pg.Client({ host, port, database: dbname, user: username, password, ssl: { ca } });
  await client.connect();
  return client;
};
