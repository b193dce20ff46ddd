import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lambdas/databases/port.ts';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import type { Grants, CodedError } from '../../../lib/contract/index.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { openPostgres, preparePostgres, quote, type PostgresUnderTest } from '../../_helpers/postgres-under-test.ts';
import { startTcpProxy } from '../../_helpers/tcp-proxy.ts';
import { failure } from '../../_helpers/coded-failure.ts';

/** Dozens of times as long as a single try, on a machine with other work. */
const exhaustiveMs = 400_000;

describe.each([15, 18] as const)('two users that take turns on PostgreSQL %i', (version) => {
  let postgres: LocalPostgres;
  let under: PostgresUnderTest;
  let app: Credential;
  let twin: Credential;
  let owner: string;
  let sequence = 0;

  beforeAll(async () => {
    postgres = await startPostgres({ certificates: await createLocalCertificates(), version });
  });
  afterAll(async () => {
    await postgres.stop();
  });
  beforeEach(async () => {
    under = await preparePostgres(postgres);
    sequence += 1;
    app = { username: `app ${sequence}`, password: 'password of the app' };
    twin = { username: `app ${sequence}_clone`, password: 'password of the twin' };
    owner = `app ${sequence}_owner`;
    await under.addUser(app);
  });

  const openFor = (at: typeof under.address) =>
    openPostgres(postgres, {
      statementTimeoutMs: 4_000,
      // A proxy that has cut a connection leaves the next one without an answer.
      ...(at !== under.address && { connectTimeoutMs: 3_000 }),
    });
  const clone = (
    { from = app.username, to = twin, grants }: { from?: string; to?: Credential; grants?: Grants } = {},
    at = under.address,
  ) =>
    openFor(at).cloneUser!(
      at,
      under.admin,
      { from, to: to.username, password: to.password, ...(grants && { grants }) },
      yes,
    );
  const drop = (at = under.address) =>
    (at === under.address ? under.database : openFor(at)).revokeUser!(
      at,
      under.admin,
      { username: twin.username, then: 'drop', heir: app.username },
      yes,
    );
  const asAdmin = (text: string) => under.sql(`SET ROLE ${quote(under.admin.username)}; ${text}`);
  const exists = async (...names: string[]) => {
    const found = await Promise.all(names.map((name) => under.userExists(name)));
    return found.some(Boolean);
  };

  describe('own together', () => {
    it('what either makes: the other uses it at once', async () => {
      await clone();

      for (const [maker, user, table] of [
        [app, twin, 'by_app'],
        [twin, app, 'by_twin'],
      ] as const) {
        await under.as(maker, `CREATE TABLE shop.${table} (id serial, note text)`);
        await under.as(maker, `CREATE FUNCTION shop.of_${table}() RETURNS int LANGUAGE sql AS 'SELECT 1'`);
        await under.as(maker, `REVOKE EXECUTE ON FUNCTION shop.of_${table} FROM PUBLIC`);

        await under.as(user, `INSERT INTO shop.${table} (note) VALUES ('x'); SELECT * FROM shop.${table}`);
        await under.as(user, `UPDATE shop.${table} SET note = 'y'; DELETE FROM shop.${table}`);
        await under.as(user, `SELECT shop.of_${table}()`);
      }
    });

    it('everything that one owned before, of every kind', async () => {
      await asAdmin(`GRANT CREATE ON DATABASE ${quote(under.address.dbname)} TO ${quote(app.username)}`);
      await under.as(
        app,
        `CREATE SCHEMA mine;
         CREATE TABLE mine.things (id serial PRIMARY KEY, at int);
         CREATE VIEW mine.seen AS SELECT * FROM mine.things;
         CREATE MATERIALIZED VIEW mine.kept AS SELECT * FROM mine.things;
         CREATE TYPE mine.pair AS (a int, b int);
         CREATE DOMAIN mine.small AS int CHECK (VALUE < 10);
         CREATE FUNCTION mine.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE AGGREGATE mine.sum_of (int) (SFUNC = int4pl, STYPE = int);
         CREATE OPERATOR mine.@@@ (FUNCTION = int4pl, LEFTARG = int, RIGHTARG = int);
         CREATE STATISTICS mine.together ON id, at FROM mine.things;
         CREATE TEXT SEARCH CONFIGURATION mine.words (COPY = pg_catalog.simple);
         SELECT lo_create(0);
         CREATE TABLE shop.among_others (id int);
         CREATE FUNCTION shop.among_others() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
      );
      // Functions can change hands only where their new owner may make some, which nobody may any more.
      await asAdmin('REVOKE CREATE ON SCHEMA shop FROM PUBLIC');

      await clone();

      expect(await owned(app.username)).toEqual([]);
      expect(await owned(twin.username)).toEqual([]);
      for (const user of [app, twin]) {
        const column = quote(`by ${user.username}`);
        await under.as(
          user,
          `ALTER TABLE mine.things ADD COLUMN ${column} int;
           REFRESH MATERIALIZED VIEW mine.kept;
           CREATE OR REPLACE FUNCTION mine.one() RETURNS int LANGUAGE sql AS 'SELECT 2';
           ALTER FUNCTION shop.among_others COST 2;
           ALTER TYPE mine.pair ADD ATTRIBUTE ${column} int;
           ALTER DOMAIN mine.small SET DEFAULT 1`,
        );
      }
      const [row] = await under.sql(`SELECT has_schema_privilege('${owner}', 'shop', 'CREATE') AS lent`);
      expect(row).toEqual({ lent: false });
    });

    it('views and functions that act with the rights of who made them, and go on doing so', async () => {
      await asAdmin(`
        INSERT INTO shop.orders VALUES (1, 'x');
        GRANT USAGE ON SCHEMA shop TO ${quote(app.username)};
        GRANT SELECT ON shop.orders TO ${quote(app.username)};
        ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO ${quote(app.username)}`);
      await under.as(
        app,
        `CREATE VIEW shop.mine AS SELECT id FROM shop.orders;
         CREATE FUNCTION shop.count_orders() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM shop.orders'`,
      );

      await clone();

      for (const user of [app, twin]) {
        expect(await under.as(user, 'SELECT id FROM shop.mine')).toEqual([{ id: 1 }]);
        expect(await under.as(user, 'SELECT shop.count_orders() AS count')).toEqual([{ count: '1' }]);
      }
      // And they lose them together.
      await asAdmin(`REVOKE SELECT ON shop.orders FROM ${quote(app.username)}`);
      await clone();
      await expect(under.as(twin, 'SELECT id FROM shop.mine')).rejects.toThrow('permission denied');
      await expect(under.as(app, 'SELECT shop.count_orders()')).rejects.toThrow('permission denied');
    });

    it('what the one going made since, as soon as it is settled', async () => {
      const settle = () =>
        under.database.settleOwnership!(under.address, under.admin, { users: [app.username, twin.username] }, yes);
      expect(await settle()).toBe('nothing');
      await clone();
      await under.as(app, 'CREATE TABLE shop.late (id serial)');
      await expect(under.as(twin, 'ALTER TABLE shop.late ADD COLUMN more int')).rejects.toThrow('must be owner');

      expect(await settle()).toBe('settled');
      expect(await settle()).toBe('settled');

      await under.as(twin, 'ALTER TABLE shop.late ADD COLUMN more int');
      await under.as(app, 'ALTER TABLE shop.late ADD COLUMN other int');
    });

    it('the database itself', async () => {
      await under.sql(`ALTER DATABASE ${quote(under.address.dbname)} OWNER TO ${quote(app.username)}`);
      await under.sql(`GRANT CREATE ON DATABASE ${quote(under.address.dbname)} TO ${quote(under.admin.username)}`);

      await clone();

      await under.as(twin, 'CREATE SCHEMA made_by_an_owner; CREATE TABLE public.too (id int)');
    });
  });

  it('are equal under row security', async () => {
    await asAdmin(`
      INSERT INTO shop.ledger VALUES (1, 10), (2, -10);
      GRANT USAGE ON SCHEMA shop TO ${quote(app.username)};
      GRANT SELECT ON shop.ledger TO ${quote(app.username)};
      CREATE POLICY debts ON shop.ledger FOR SELECT TO ${quote(app.username)} USING (amount < 0)`);

    await clone();

    for (const user of [app, twin]) expect(await under.as(user, 'SELECT id FROM shop.ledger')).toEqual([{ id: 2 }]);
  });

  it('log in under the same settings', async () => {
    await under.sql(`
      ALTER ROLE ${quote(app.username)} SET search_path = shop, "$user", "odd, ""name""";
      ALTER ROLE ${quote(app.username)} IN DATABASE ${quote(under.address.dbname)} SET work_mem = '7MB';
      ALTER ROLE ${quote(app.username)} SET "app.tenant" = 'o''ne = 1'`);
    const ask = (user: Credential) =>
      under.as(
        user,
        "SELECT current_setting('search_path') AS path, current_setting('work_mem') AS memory, current_setting('app.tenant') AS tenant",
      );

    await clone();

    expect(await ask(twin)).toEqual([{ path: 'shop, "$user", "odd, ""name"""', memory: '7MB', tenant: "o'ne = 1" }]);
    expect(await ask(twin)).toEqual(await ask(app));
  });

  it('have nobody join them: the admin is a member of none afterwards', async () => {
    await clone();
    await drop();
    await clone();

    const [row] = await under.sql(
      `SELECT bool_or(pg_has_role('${under.admin.username}', rolname, 'USAGE')) AS uses, count(*)::int AS roles
         FROM pg_roles WHERE rolname IN ('${app.username}', '${twin.username}', '${owner}')`,
    );
    expect(row).toEqual({ uses: false, roles: 3 });
  });

  it('leave an admin who was a member of one what it was', async () => {
    await asAdmin(`GRANT ${quote(app.username)} TO CURRENT_USER`);
    const membership = () =>
      under.sql(`SELECT to_jsonb(m) AS m FROM pg_auth_members m WHERE m.member = '${quote(under.admin.username)}'::regrole
                    AND m.roleid = '${quote(app.username)}'::regrole ORDER BY m::text`);
    const before = await membership();

    await clone();

    expect(await membership()).toEqual(before);
  });

  describe('are refused, and nothing has happened,', () => {
    const expectRefusal = async (attempt: Promise<unknown>, code: string, ...words: (string | RegExp)[]) => {
      const error = await failure(attempt);
      expect(error).toMatchObject({ code, retryable: false });
      for (const word of words) expect(error?.message).toMatch(word);
      expect(await exists(twin.username, owner)).toBe(false);
    };

    it('where the admin may not grant what one has', async () => {
      await under.sql(`CREATE SCHEMA hidden; CREATE TABLE hidden.things (id int);
                       GRANT USAGE ON SCHEMA hidden TO ${quote(app.username)}`);
      await expectRefusal(clone(), 'database-privilege', 'hidden', 'make the admin a member of the owner');
    });

    it('where the admin may not have a schema of one change hands', async () => {
      await under.sql(`CREATE SCHEMA mine AUTHORIZATION ${quote(app.username)};
                       ALTER DATABASE ${quote(under.address.dbname)} OWNER TO CURRENT_USER`);
      await expectRefusal(clone(), 'database-privilege', 'permission denied for database', 'give the admin CREATE');
    });

    it('where the admin may not set what is set for one', async () => {
      await under.sql(`ALTER ROLE ${quote(app.username)} SET log_statement = 'none'`);
      await expectRefusal(clone(), 'database-privilege', 'log_statement');
    });

    it('where a policy of a table that is not the admin’s is for one', async () => {
      await under.sql(`CREATE SCHEMA hidden; CREATE TABLE hidden.things (id int);
                       CREATE POLICY special ON hidden.things TO ${quote(app.username)} USING (true)`);
      await expectRefusal(clone(), 'database-privilege', 'policy "special" on hidden.things', 'member of it');
    });

    it('where the owner role’s name is somebody else’s, who could adopt it', async () => {
      await asAdmin(`CREATE ROLE ${quote(owner)} NOLOGIN`);
      const error = await failure(clone());

      expect(error).toMatchObject({ code: 'strategy-impossible', retryable: false });
      expect(await exists(twin.username)).toBe(false);
      const statement = /COMMENT ON ROLE .*$/.exec(error?.message ?? '')?.[0] ?? '';
      await asAdmin(statement);
      expect(await clone()).toBe('created');
    });

    it('where one has to do with another database', async () => {
      const other = `other of ${under.address.dbname}`;
      await postgres.query(`CREATE DATABASE ${quote(other)}`);
      await postgres.query(`CREATE TABLE elsewhere (id int); GRANT SELECT ON elsewhere TO ${quote(app.username)}`, {
        database: other,
      });
      await expectRefusal(clone(), 'database-privilege', /in database "other of/);
    });

    it('where one has a user mapping, which has a password', async () => {
      await under.sql(`CREATE FOREIGN DATA WRAPPER wrapper; CREATE SERVER ledgers FOREIGN DATA WRAPPER wrapper;
                       CREATE USER MAPPING FOR ${quote(app.username)} SERVER ledgers OPTIONS (password 'canary')`);
      await expectRefusal(clone(), 'strategy-impossible', 'foreign server "ledgers"', /^((?!canary).)*$/);
    });

    it('where the second name is longer than the server takes, in bytes', async () => {
      const from = { ...app, username: 'ü'.repeat(29) };
      await under.addUser(from);
      const to = { ...twin, username: `${from.username}_clone` };

      await expectRefusal(clone({ from: from.username, to }), 'strategy-impossible', 'has 64 bytes');
      await under.sql(`DROP ROLE ${quote(from.username)}`);
    });

    it('where one may do what the admin may', async () => {
      const boss = `boss ${sequence}`;
      await under.sql(`CREATE ROLE ${quote(boss)} LOGIN; GRANT ${quote(under.admin.username)} TO ${quote(boss)}`);
      await expectRefusal(clone({ from: boss }), 'user-reserved', `User "${boss}"`);
    });

    it('where one may pass policies by, and the admin may not', async () => {
      await under.sql(`ALTER ROLE ${quote(app.username)} BYPASSRLS`);
      await expectRefusal(clone(), 'database-privilege', /bypassrls/i);
    });

    if (version === 18) {
      it('where the admin did not make one and has no ADMIN OPTION for it', async () => {
        await under.sql(`REVOKE ${quote(app.username)} FROM ${quote(under.admin.username)}`);
        const statement = `GRANT "${app.username}" TO "${under.admin.username}" WITH ADMIN OPTION`;
        await expectRefusal(clone(), 'database-privilege', statement);
        await under.sql(statement);
        expect(await clone()).toBe('created');
      });

      it('where one is a member of a role that the admin may not grant', async () => {
        await under.sql(`GRANT pg_read_all_data TO ${quote(app.username)}`);
        await expectRefusal(clone(), 'database-privilege', 'pg_read_all_data');
      });
    }

    if (version === 15) {
      it('where one is NOINHERIT, and so could not use what they own together', async () => {
        await under.sql(`ALTER ROLE ${quote(app.username)} NOINHERIT`);
        await expectRefusal(clone(), 'strategy-impossible', 'NOINHERIT');
      });
    }

    it('and checkAdmin finds each of these out before', async () => {
      await under.sql(`CREATE SCHEMA hidden; GRANT USAGE ON SCHEMA hidden TO ${quote(app.username)}`);
      const task = { username: app.username, strategy: 'alternating-users' } as const;
      await expectRefusal(under.database.checkAdmin(under.address, under.admin, task), 'database-privilege', 'hidden');
    });
  });

  if (version === 18) {
    it('may be NOINHERIT, for what they own together is granted with INHERIT', async () => {
      await under.as(app, 'CREATE TABLE shop.things (id int)');
      await asAdmin(`ALTER ROLE ${quote(app.username)} NOINHERIT`);

      await clone();

      for (const user of [app, twin]) await under.as(user, 'INSERT INTO shop.things VALUES (1)');
    });

    it('may pass policies by where the admin may', async () => {
      await under.sql(
        `ALTER ROLE ${quote(app.username)} BYPASSRLS; ALTER ROLE ${quote(under.admin.username)} BYPASSRLS`,
      );
      expect(await clone()).toBe('created');
      expect(await under.rights!.of(twin.username)).toEqual(await under.rights!.of(app.username));
    });

    it('keep a membership that the admin may not take, and the rotation says whose it is', async () => {
      await clone();
      await under.sql(`GRANT pg_read_all_data TO ${quote(twin.username)}`);

      const error = await failure(clone());

      expect(error).toMatchObject({ code: 'database-privilege' });
      expect(error?.message).toContain('permission denied to revoke role "pg_read_all_data"');
    });
  }

  it('wait no longer than two seconds for a table in use, so that nobody queues behind them, and succeed later', async () => {
    await under.as(app, 'CREATE TABLE shop.busy (id int)');
    let error: CodedError | undefined;
    const session = await under.openSession!(app);
    await under.sql(`SELECT 1`);
    try {
      error = await whileLocked('shop.busy', () => failure(clone()));
    } finally {
      await session.close();
    }

    expect(error).toMatchObject({ code: 'database-unknown', retryable: true });
    expect(await exists(twin.username, owner)).toBe(false);
    expect(await clone()).toBe('created');
  });

  describe('parted', () => {
    it('wait for sessions that do not end, and say so', async () => {
      await clone();
      const session = await under.openSession!(twin);
      const [row] = await under.sql(`SELECT pid FROM pg_stat_activity WHERE usename = '${twin.username}'`);
      const pid = Number(row?.['pid']);
      process.kill(pid, 'SIGSTOP');
      try {
        expect(await failure(drop())).toMatchObject({ code: 'sessions-remain', retryable: true });
        await expect(under.database.login(under.address, twin)).rejects.toMatchObject({ code: 'database-locked' });
      } finally {
        process.kill(pid, 'SIGCONT');
        await session.close();
      }
      expect(await drop()).toBe('revoked');
    });

    it('leave nothing of the one behind in policies and default privileges', async () => {
      await under.rights!.give(app.username, 'first');
      await clone();
      await drop();

      const [row] = await under.sql(
        `SELECT count(*)::int AS left FROM pg_shdepend WHERE refclassid = 'pg_authid'::regclass
            AND refobjid NOT IN (SELECT oid FROM pg_authid)`,
      );
      expect(row).toEqual({ left: 0 });
    });

    it('stay, blocked, where the one has to do with another database', async () => {
      await clone();
      const other = `second of ${under.address.dbname}`;
      await postgres.query(`CREATE DATABASE ${quote(other)}`);
      await postgres.query(`CREATE TABLE elsewhere (id int); GRANT SELECT ON elsewhere TO ${quote(twin.username)}`, {
        database: other,
      });

      const error = await failure(drop());

      expect(error).toMatchObject({ code: 'database-privilege' });
      expect(error?.message).toContain(`in database "${other}"`);
      await expect(under.database.login(under.address, twin)).rejects.toBeInstanceOf(DatabaseError);
      await postgres.query(`DROP OWNED BY ${quote(twin.username)}`, { database: other });
      expect(await drop()).toBe('revoked');
    });

    it('hand things to the heir itself where there is no owner role', async () => {
      await under.addUser(twin);
      await under.as(twin, 'CREATE TABLE shop.legacy (id int)');

      await drop();

      await under.as(app, 'ALTER TABLE shop.legacy ADD COLUMN more int');
    });
  });

  // What is sent hardly differs between the versions, and this tries every packet of it.
  if (version === 18) {
    describe('whose connection breaks at any packet', () => {
      it('are made wholly or not at all', { timeout: exhaustiveMs }, async () => {
        await under.rights!.give(app.username, 'first');
        await under.as(app, 'CREATE TABLE shop.mine (id serial)');
        const outcomes: boolean[] = [];
        for (let writes = 1; !outcomes.includes(true); writes++) {
          await cutAfter(writes, (at) => clone({}, at));
          const made = await exists(twin.username);
          expect(await exists(owner)).toBe(made);
          outcomes.push(made);
        }
        await under.database.login(under.address, app);
        expect(outcomes.length).toBeGreaterThan(10);
        expect(await clone()).toBe('reset');
        expect(await under.rights!.of(twin.username)).toEqual(await under.rights!.of(app.username));
      });

      it('are parted in the end, and lose nothing', { timeout: exhaustiveMs }, async () => {
        await under.rights!.give(app.username, 'first');
        let interrupted = 0;
        for (let writes = 1, done = false; !done; writes++) {
          await clone();
          await under.as(twin, `CREATE TABLE shop.${quote(`kept ${writes}`)} (id serial)`);
          const error = await cutAfter(writes, drop);

          done = error === undefined;
          interrupted += done ? 0 : 1;
          const remains = await under.userExists(twin.username);
          expect(await drop()).toBe(remains ? 'revoked' : 'absent');
          expect(await exists(twin.username)).toBe(false);
          await under.as(app, `ALTER TABLE shop.${quote(`kept ${writes}`)} ADD COLUMN more int`);
        }
        expect(interrupted).toBeGreaterThan(10);
      });
    });
  }

  /** Names of what a user owns itself in the test's database. */
  const owned = (username: string) =>
    under.sql(`
      SELECT pg_describe_object(classid, objid, objsubid) AS what FROM pg_shdepend
       WHERE refclassid = 'pg_authid'::regclass AND refobjid = '${quote(username)}'::regrole AND deptype = 'o'
         AND classid <> 'pg_default_acl'::regclass
         AND dbid = (SELECT oid FROM pg_database WHERE datname = current_database())`);

  const whileLocked = async <Result>(table: string, work: () => Promise<Result>): Promise<Result> => {
    const holding = under.sql(`BEGIN; LOCK TABLE ${table} IN ACCESS SHARE MODE; SELECT pg_sleep(3600)`);
    const released = holding.catch((error: unknown) => String(error));
    const holder = `SELECT pid FROM pg_locks WHERE relation = '${table}'::regclass AND granted`;
    while ((await under.sql(holder)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    try {
      return await work();
    } finally {
      await under.sql(`SELECT pg_terminate_backend(pid) FROM (${holder}) held`);
      expect(await released).toContain('terminating connection');
    }
  };

  /** Breaks the connection after so many packets; the failure, or `undefined` where the work was done by then. */
  const cutAfter = async (writes: number, work: (at: typeof under.address) => Promise<unknown>) => {
    const proxy = await startTcpProxy(postgres);
    proxy.cutAfterWrites(writes);
    try {
      return await failure(work({ ...under.address, port: proxy.port }));
    } finally {
      await proxy.stop();
    }
  };
});
