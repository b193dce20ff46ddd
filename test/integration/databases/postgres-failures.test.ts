import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trustIn } from '../../../lambdas/databases/database-trust.ts';
import { postgresDatabase } from '../../../lambdas/databases/postgres/database.ts';
import type { Credential, Database, DatabaseAddress } from '../../../lambdas/databases/port.ts';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';
import { startPostgres, startPostgresReplica, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { openPostgres, preparePostgres, quote } from '../../_helpers/postgres-under-test.ts';
import { startTcpProxy } from '../../_helpers/tcp-proxy.ts';

const certificates = await createLocalCertificates();

/** The `DatabaseError` with which something fails, or `undefined`. */
const failure = async (promise: Promise<unknown>): Promise<DatabaseError | undefined> => {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (error instanceof DatabaseError) return error;
    throw error;
  }
};

const start = () => startPostgres({ certificates, version: 18 });
const addressOf = ({ host, port }: LocalPostgres, at: Partial<DatabaseAddress> = {}): DatabaseAddress => ({
  host,
  port,
  dbname: 'postgres',
  tls: { mode: 'verify-full' },
  ...at,
});
const superuserOf = ({ adminUser, adminPassword }: LocalPostgres): Credential => ({
  username: adminUser,
  password: adminPassword,
});
const reset = (username: string, password = 'new') => ({ username, password, resetPassword: true, version: 'v' });

describe('PostgreSQL refusing', () => {
  let postgres: LocalPostgres;

  beforeAll(async () => {
    postgres = await start();
  });
  afterAll(async () => {
    await postgres.stop();
  });

  const login = (database: Database = openPostgres(postgres), at: Partial<DatabaseAddress> = {}) =>
    failure(database.login(addressOf(postgres, at), superuserOf(postgres)));

  it('is "network" where nobody listens', async () => {
    await postgres.suspend();
    const error = await login();
    await postgres.restart();
    expect(error).toMatchObject({ code: 'database-network', retryable: true });
  });

  it('is "network" where the host has no address', async () => {
    expect(await login(openPostgres(postgres), { host: 'nowhere.invalid' })).toMatchObject({
      code: 'database-network',
    });
  });

  it('is "tls" where the authority is not trusted', async () => {
    const { ca } = await createLocalCertificates();
    const suspicious = postgresDatabase({ trust: trustIn([ca]), deadline: { remainingMs: () => 60_000 } });

    expect(await login(suspicious)).toMatchObject({ code: 'database-tls', retryable: false });
  });

  it('is none where the secret brings the authority', async () => {
    const alone = postgresDatabase({ trust: trustIn([]), deadline: { remainingMs: () => 60_000 } });

    expect(await login(alone, { tls: { mode: 'verify-full', ca: postgres.ca } })).toBeUndefined();
    expect(await login(alone)).toMatchObject({ code: 'database-tls' });
  });

  it('is "tls" where the certificate is for another name, and none where that name is given', async () => {
    const named = (servername: string) => login(openPostgres(postgres), { tls: { mode: 'verify-full', servername } });

    expect(await named('db.internal')).toMatchObject({ code: 'database-tls', retryable: false });
    expect(await named('localhost')).toBeUndefined();
  });

  it('is "tls" where the server has no TLS, and the password is not sent', async () => {
    const plain = await startPostgres({ certificates, version: 18, tls: false });
    try {
      const error = await login(openPostgres(plain), { port: plain.port });

      expect(error).toMatchObject({ code: 'database-tls', retryable: false });
      expect(error?.message).toContain('no falling back to plaintext');
      expect(await plain.readLog()).not.toContain('password authentication failed');

      const off = addressOf(plain, { tls: { mode: 'off' } });
      await openPostgres(plain).login(off, superuserOf(plain));
    } finally {
      await plain.stop();
    }
  });

  it('is "locked" where the server takes nobody without TLS', async () => {
    expect(await login(openPostgres(postgres), { tls: { mode: 'off' } })).toMatchObject({ code: 'database-locked' });
  });

  it('is "auth" for a wrong password, which is tried once', async () => {
    const refusals = async () => (await postgres.readLog()).split('password authentication failed').length;
    const before = await refusals();

    const error = await failure(
      openPostgres(postgres).login(addressOf(postgres), { username: postgres.adminUser, password: 'wrong' }),
    );

    expect(error).toMatchObject({ code: 'database-auth', retryable: false });
    expect((await refusals()) - before).toBe(1);
  });

  it('is "auth" for a password that has expired', async () => {
    await postgres.query("CREATE ROLE late LOGIN PASSWORD 'right' VALID UNTIL '2000-01-01'");
    const error = await failure(
      openPostgres(postgres).login(addressOf(postgres), { username: 'late', password: 'right' }),
    );
    expect(error).toMatchObject({ code: 'database-auth' });
  });

  it('is "locked" for a user who may not log in', async () => {
    await postgres.query("CREATE ROLE locked NOLOGIN PASSWORD 'right'");
    const error = await failure(
      openPostgres(postgres).login(addressOf(postgres), { username: 'locked', password: 'right' }),
    );
    expect(error).toMatchObject({ code: 'database-locked', retryable: false });
  });

  it('is "network" and retryable where the server or the user has too many connections', async () => {
    await postgres.query("CREATE ROLE crowded LOGIN CONNECTION LIMIT 0 PASSWORD 'right'");
    const error = await failure(
      openPostgres(postgres).login(addressOf(postgres), { username: 'crowded', password: 'right' }),
    );
    expect(error).toMatchObject({ code: 'database-network', retryable: true });
    expect(error?.message).toContain('takes no more connections');
  });

  it('is "unknown" where the database does not exist', async () => {
    expect(await login(openPostgres(postgres), { dbname: 'nowhere' })).toMatchObject({
      code: 'database-unknown',
      retryable: false,
    });
  });

  it('is "network" at the deadline', async () => {
    const late = postgresDatabase({ trust: trustIn([postgres.ca]), deadline: { remainingMs: () => 0 } });
    expect(await login(late)).toMatchObject({ code: 'database-network', retryable: true });
  });

  it('is "network" where a server that accepts connections says nothing', async () => {
    const proxy = await startTcpProxy(postgres);
    try {
      proxy.cutAfterWrites(0);
      const hasty = postgresDatabase({
        trust: trustIn([postgres.ca]),
        deadline: { remainingMs: () => 60_000 },
        connectTimeoutMs: 200,
      });
      expect(await login(hasty, { port: proxy.port })).toMatchObject({ code: 'database-network', retryable: true });
    } finally {
      await proxy.stop();
    }
  });

  it('is "privilege" where the admin may not grant on a table that it does not own, and nothing is created', async () => {
    const { database, address, admin, ...under } = await preparePostgres(postgres);
    await under.sql('CREATE TABLE public.foreign_table (id int)');

    const error = await failure(
      database.changeUser(address, admin, { ...reset('half'), grants: { public: 'read-only' } }, yes),
    );

    expect(error).toMatchObject({ code: 'database-privilege', retryable: false });
    expect(await under.sql("SELECT FROM pg_roles WHERE rolname = 'half'")).toEqual([]);
  });

  it('is "unknown" and retryable where another worker holds the lock for longer than a statement may take', async () => {
    await postgres.query("CREATE ROLE contended LOGIN PASSWORD 'old'");
    const impatient = openPostgres(postgres, { statementTimeoutMs: 200 });
    const change = (database: Database, confirm = yes) =>
      database.changeUser(addressOf(postgres), superuserOf(postgres), reset('contended'), confirm);
    let inner: unknown;

    await change(openPostgres(postgres), async () => {
      inner = await failure(change(impatient));
      return true;
    });

    expect(inner).toMatchObject({ code: 'database-unknown', retryable: true });
  });
});

describe('PostgreSQL ending in the middle', () => {
  let postgres: LocalPostgres;

  beforeAll(async () => {
    postgres = await start();
  });
  afterAll(async () => {
    await postgres.stop();
  });

  const changeOwn = async (username: string, confirm: () => Promise<boolean>, port = postgres.port) => {
    await postgres.query(`CREATE ROLE ${quote(username)} LOGIN PASSWORD 'old'`);
    return failure(
      openPostgres(postgres).changeOwnPassword(
        addressOf(postgres, { port }),
        { username, password: 'old' },
        'new',
        confirm,
      ),
    );
  };

  it('is certain of what did not happen where the connection breaks before the commit', async () => {
    const error = await changeOwn('interrupted', async () => {
      await postgres.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'interrupted'");
      return true;
    });

    expect(error).toMatchObject({ code: 'database-network', retryable: true, uncertain: false });
    await openPostgres(postgres).login(addressOf(postgres), { username: 'interrupted', password: 'old' });
  });

  it('says that a change is uncertain where the answer to its commit is lost', async () => {
    const proxy = await startTcpProxy(postgres);
    try {
      const error = await changeOwn(
        'unlucky',
        () => {
          // What the client sends next is ALTER ROLE, then COMMIT.
          proxy.cutAfterWrites(2);
          return Promise.resolve(true);
        },
        proxy.port,
      );

      expect(error).toMatchObject({ code: 'database-network', retryable: true, uncertain: true });
      await openPostgres(postgres).login(addressOf(postgres), { username: 'unlucky', password: 'new' });
    } finally {
      await proxy.stop();
    }
  });

  it('has changed nothing where the server is killed before the commit', async () => {
    const error = await changeOwn('killed', async () => {
      await postgres.kill();
      return true;
    });
    await postgres.restart();

    expect(error).toMatchObject({ code: 'database-network', retryable: true, uncertain: false });
    await openPostgres(postgres).login(addressOf(postgres), { username: 'killed', password: 'old' });
  });

  it('says that a change is uncertain where the disk is full at its commit; here it did not happen', async () => {
    const error = await changeOwn('squeezed', async () => {
      await postgres.fillDisk();
      return true;
    });
    await postgres.freeDisk();
    await postgres.restart();

    expect(error).toMatchObject({ retryable: true, uncertain: true });
    expect(error?.message).toContain('run out of a resource');
    await openPostgres(postgres).login(addressOf(postgres), { username: 'squeezed', password: 'old' });
  });
});

describe('a replica of PostgreSQL', () => {
  it('lets users in, and refuses changes as a server that is not the writer, until it is one', async () => {
    const primary = await start();
    const replica = await startPostgresReplica(primary);
    try {
      const { username, password } = { username: 'app', password: 'old' };
      await primary.query("CREATE ROLE app LOGIN PASSWORD 'old'");
      await replica.catchUp();
      const database = openPostgres(primary);
      const change = () => failure(database.changeOwnPassword(addressOf(replica), { username, password }, 'new', yes));

      await database.login(addressOf(replica), { username, password });
      const error = await change();

      expect(error).toMatchObject({ code: 'database-network', retryable: true });
      expect(error?.message).toContain('read-only');
      await replica.promote();
      expect(await change()).toBeUndefined();
    } finally {
      await replica.stop();
      await primary.stop();
    }
  });
});
