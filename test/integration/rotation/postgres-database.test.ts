import { createSecureContext, type SecureContext } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresDatabase } from '../../../lambdas/adapters/postgres/database.ts';
import type { DatabaseAddress } from '../../../lambdas/rotation/ports.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { describeDatabase } from '../../_helpers/database-contract.ts';
import { grantsOf } from '../../_helpers/postgres-grants.ts';
import { startTcpProxy } from '../../_helpers/tcp-proxy.ts';

const certificates = await createLocalCertificates();
const trust = createSecureContext({ ca: certificates.ca });
const deadline = { remainingMs: () => 60_000 };
const quote = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

let postgres: LocalPostgres;
let address: DatabaseAddress;
let sequence = 0;

beforeAll(async () => {
  postgres = await startPostgres({ certificates });
});
afterAll(async () => {
  await postgres.stop();
});

/** A database of its own for each test, on the one server. */
const createDatabase = async (): Promise<DatabaseAddress> => {
  const dbname = `test ${(sequence += 1)}`;
  await postgres.query(`CREATE DATABASE ${quote(dbname)}`);
  return { host: postgres.host, port: postgres.port, dbname, tls: { mode: 'verify-full' } };
};

/** As on RDS: no superuser, but one who may create roles and owns the database. */
const createAdmin = async (dbname: string) => {
  const admin = { username: `admin ${sequence}`, password: 'admin password' };
  await postgres.query(`CREATE ROLE ${quote(admin.username)} LOGIN CREATEROLE PASSWORD ${literal(admin.password)}`);
  await postgres.query(`ALTER DATABASE ${quote(dbname)} OWNER TO ${quote(admin.username)}`);
  return admin;
};

const open = (context: SecureContext = trust) =>
  postgresDatabase({ trust: context, deadline, connectTimeoutMs: 2_000 });
const yes = () => Promise.resolve(true);

describeDatabase('PostgreSQL', async () => {
  address = await createDatabase();
  const admin = await createAdmin(address.dbname);
  return {
    database: open(),
    address,
    admin,
    addUser: async ({ username, password }) => {
      await postgres.query(`CREATE ROLE ${quote(username)} LOGIN PASSWORD ${literal(password)}`);
      await postgres.query(`GRANT ${quote(username)} TO ${quote(admin.username)} WITH ADMIN OPTION`);
    },
    addSchema: async (name) => {
      await postgres.query(`CREATE SCHEMA ${quote(name)} AUTHORIZATION ${quote(admin.username)}`, {
        database: address.dbname,
      });
    },
    grantsOf: (username) => grantsOf(postgres, address.dbname, username),
  };
});

describe('PostgreSQL refusing', () => {
  const failure = async (promise: Promise<unknown>): Promise<unknown> =>
    promise.then(
      () => undefined,
      (error: unknown) => error,
    );
  const login = (database = open(), at: Partial<DatabaseAddress> = {}) =>
    failure(
      database.login(
        { ...address, dbname: 'postgres', ...at },
        { username: postgres.adminUser, password: postgres.adminPassword },
      ),
    );

  beforeAll(async () => {
    address = await createDatabase();
  });

  it('is "network" where nobody listens', async () => {
    await postgres.suspend();
    const error = await login();
    await postgres.restart();
    expect(error).toMatchObject({ code: 'database-network', retryable: true });
  });

  it('is "tls" where the authority is not trusted', async () => {
    const other = await createLocalCertificates();
    const error = await login(open(createSecureContext({ ca: other.ca })));
    expect(error).toMatchObject({ code: 'database-tls', retryable: false });
  });

  it('is "tls" where the certificate is for another name, and none where that name is given', async () => {
    const wrong = { tls: { mode: 'verify-full', servername: 'db.internal' } } as const;
    const right = { tls: { mode: 'verify-full', servername: 'localhost' } } as const;

    expect(await login(open(), wrong)).toMatchObject({ code: 'database-tls' });
    expect(await login(open(), right)).toBeUndefined();
  });

  it('is "tls" where the server has no TLS, and the password is not sent', async () => {
    const plain = await startPostgres({ certificates, tls: false });
    try {
      const error = await login(open(), { port: plain.port });
      expect(error).toMatchObject({ code: 'database-tls', retryable: false });
      expect((error as Error).message).toContain('no falling back to plaintext');
      expect(await plain.readLog()).not.toContain('password authentication failed');
    } finally {
      await plain.stop();
    }
  });

  it('logs in without TLS only where the address says so', async () => {
    const plain = await startPostgres({ certificates, tls: false });
    try {
      const credential = { username: plain.adminUser, password: plain.adminPassword };
      await open().login({ host: plain.host, port: plain.port, dbname: 'postgres', tls: { mode: 'off' } }, credential);
    } finally {
      await plain.stop();
    }
  });

  it('is "auth" for a wrong password, which is tried once', async () => {
    const before = (await postgres.readLog()).split('password authentication failed').length;
    const error = await failure(open().login(address, { username: postgres.adminUser, password: 'wrong' }));
    const after = (await postgres.readLog()).split('password authentication failed').length;

    expect(error).toMatchObject({ code: 'database-auth', retryable: false });
    expect(after - before).toBe(1);
  });

  it('is "locked" for a user who may not log in', async () => {
    await postgres.query("CREATE ROLE locked NOLOGIN PASSWORD 'right'");
    const error = await failure(open().login(address, { username: 'locked', password: 'right' }));
    expect(error).toMatchObject({ code: 'database-locked' });
  });

  it('is "network" and retryable where there are too many connections', async () => {
    await postgres.query("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0 PASSWORD 'right'");
    const error = await failure(open().login(address, { username: 'crowded', password: 'right' }));
    expect(error).toMatchObject({ code: 'database-network', retryable: true });
  });

  it('is "unknown" where the database does not exist', async () => {
    expect(await login(open(), { dbname: 'nowhere' })).toMatchObject({ code: 'database-unknown', retryable: false });
  });

  it('is "privilege" where the admin may not grant on a table that it does not own, and nothing is created', async () => {
    const admin = await createAdmin(address.dbname);
    await postgres.query('CREATE TABLE public.foreign_table (id int)', { database: address.dbname });
    const change = { username: 'half', password: 'x', resetPassword: true, grants: { public: 'read-only' } } as const;

    const error = await failure(open().changeUser(address, admin, change, yes));

    expect(error).toMatchObject({ code: 'database-privilege', retryable: false });
    expect(await postgres.query("SELECT FROM pg_roles WHERE rolname = 'half'")).toHaveLength(0);
  });

  it('gives up at the deadline', async () => {
    const late = postgresDatabase({ trust, deadline: { remainingMs: () => 0 } });
    expect(await login(late)).toMatchObject({ code: 'database-network', retryable: true });
  });

  it('does not wait for another worker’s lock longer than a statement may take', async () => {
    const impatient = postgresDatabase({ trust, deadline, statementTimeoutMs: 200 });
    const admin = { username: postgres.adminUser, password: postgres.adminPassword };
    await postgres.query("CREATE ROLE contended LOGIN PASSWORD 'old'");
    const change = { username: 'contended', password: 'new', resetPassword: true };
    let inner: unknown;

    await open().changeUser(address, admin, change, async () => {
      inner = await failure(impatient.changeUser(address, admin, change, yes));
      return true;
    });

    expect(inner).toMatchObject({ code: 'database-unknown', retryable: true });
  });

  it('is certain of what did not happen where the connection breaks before the commit', async () => {
    await postgres.query("CREATE ROLE interrupted LOGIN PASSWORD 'old'");
    const error = await failure(
      open().changeOwnPassword(address, { username: 'interrupted', password: 'old' }, 'new', async () => {
        await postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'interrupted'");
        return true;
      }),
    );
    expect(error).toMatchObject({ code: 'database-network', retryable: true, uncertain: false });
    await open().login(address, { username: 'interrupted', password: 'old' });
  });

  it('says that a change is uncertain where the answer to its commit is lost', async () => {
    await postgres.query("CREATE ROLE unlucky LOGIN PASSWORD 'old'");
    const proxy = await startTcpProxy(postgres);
    try {
      const error = await failure(
        open().changeOwnPassword(
          { ...address, port: proxy.port },
          { username: 'unlucky', password: 'old' },
          'new',
          () => {
            // What the client sends next is ALTER ROLE, then COMMIT.
            proxy.cutAfterWrites(2);
            return Promise.resolve(true);
          },
        ),
      );
      expect(error).toMatchObject({ code: 'database-network', retryable: true, uncertain: true });
      await open().login(address, { username: 'unlucky', password: 'new' });
    } finally {
      await proxy.stop();
    }
  });
});

describe('a password on PostgreSQL', () => {
  it.each([
    ['a ligature, which SASLprep takes apart', '\uFB01sh'],
    ['a soft hyphen, which it drops', 'pass\u00ADword'],
    ['a space that is not ASCII', 'pass\u00A0word'],
    ['a character that it refuses', 'p\u00FCss\u0007word'],
    ['quotes and backslashes', `a'b"c\\d`],
  ])('logs in with %s', async (_what, password) => {
    const at = await createDatabase();
    const admin = { username: postgres.adminUser, password: postgres.adminPassword };
    const username = `speller ${sequence}`;

    await open().changeUser(at, admin, { username, password, resetPassword: true, grants: {} }, yes);

    await open().login(at, { username, password });
  });
});

describe('grants on PostgreSQL', () => {
  it('reach tables and sequences that are there and those to come, of whoever makes them', async () => {
    const at = await createDatabase();
    const admin = { username: postgres.adminUser, password: postgres.adminPassword };
    await postgres.query('CREATE ROLE migrations');
    const sql = (text: string) => postgres.query(text, { database: at.dbname });
    await sql('GRANT CREATE ON SCHEMA public TO migrations');
    await sql('SET ROLE migrations; CREATE TABLE orders (id serial); CREATE VIEW recent AS SELECT * FROM orders');

    const change = {
      username: 'reader',
      password: 'x',
      resetPassword: true,
      grants: { public: 'read-write' },
    } as const;
    await open().changeUser(at, admin, change, yes);
    await sql('SET ROLE migrations; CREATE TABLE later (id serial)');
    await sql('CREATE TABLE by_admin (id int)');

    const as = (role: string, text: string) => sql(`SET ROLE ${role}; ${text}`);
    await as('reader', 'INSERT INTO orders DEFAULT VALUES');
    await as('reader', 'INSERT INTO later DEFAULT VALUES');
    await as('reader', 'UPDATE by_admin SET id = 2; DELETE FROM by_admin; SELECT * FROM recent');
    await expect(as('reader', 'DROP TABLE orders')).rejects.toThrow('must be owner');

    await open().changeUser(at, admin, { ...change, grants: { public: 'read-only' } }, yes);
    await sql('SET ROLE migrations; CREATE TABLE last (id serial)');

    await as('reader', 'SELECT * FROM last');
    await expect(as('reader', 'INSERT INTO last DEFAULT VALUES')).rejects.toThrow('permission denied');
    await expect(as('reader', 'INSERT INTO orders DEFAULT VALUES')).rejects.toThrow('permission denied');

    await open().changeUser(at, admin, { ...change, grants: {} }, yes);
    await expect(as('reader', 'SELECT * FROM orders')).rejects.toThrow('permission denied');
  });

  it('are revoked in schemas that bear the name of something every object has', async () => {
    const at = await createDatabase();
    const admin = { username: postgres.adminUser, password: postgres.adminPassword };
    const sql = (text: string) => postgres.query(text, { database: at.dbname });
    const change = { username: 'curious', password: 'x', resetPassword: true, grants: {} };
    await open().changeUser(at, admin, change, yes);
    await sql('CREATE SCHEMA constructor; CREATE TABLE constructor.plans (id int)');
    await sql('GRANT USAGE ON SCHEMA constructor TO curious; GRANT SELECT ON constructor.plans TO curious');

    await open().changeUser(at, admin, change, yes);

    await expect(sql('SET ROLE curious; SELECT * FROM constructor.plans')).rejects.toThrow(
      'permission denied for schema constructor',
    );
  });

  it('leave alone what the user owns', async () => {
    const at = await createDatabase();
    const admin = { username: postgres.adminUser, password: postgres.adminPassword };
    const sql = (text: string) => postgres.query(text, { database: at.dbname });
    await postgres.query("CREATE ROLE owner LOGIN PASSWORD 'x'");
    await sql('CREATE SCHEMA own AUTHORIZATION owner');
    await sql('SET ROLE owner; CREATE TABLE own.things (id int); GRANT SELECT ON own.things TO owner');

    const change = { username: 'owner', password: 'x', resetPassword: false, grants: { public: 'read-only' } } as const;
    await open().changeUser(at, admin, change, yes);

    await sql('SET ROLE owner; SELECT * FROM own.things');
  });
});
