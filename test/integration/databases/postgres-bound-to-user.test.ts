/** What goes on working, or is foreseen, where users of PostgreSQL are more than a login: jobs, subscriptions, mappings. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lambdas/databases/port.ts';
import { startPostgres, type LocalPostgres, type StartPostgresOptions } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { literal, preparePostgres, quote, type PostgresUnderTest } from '../../_helpers/postgres-under-test.ts';
import { failure } from '../../_helpers/coded-failure.ts';

const until = async (what: string, done: () => Promise<boolean>): Promise<void> => {
  const deadline = Date.now() + 120_000;
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error(`In two minutes there is no sign of ${what}`);
    await sleep(50);
  }
};

let postgres: LocalPostgres;
let under: PostgresUnderTest;
let app: Credential;
let twin: Credential;
let sequence = 0;

const start = async (options: Pick<StartPostgresOptions, 'version' | 'settings'>): Promise<void> => {
  postgres = await startPostgres({ certificates: await createLocalCertificates(), ...options });
};
const check = (admin: Credential = under.admin) =>
  under.database.checkAdmin(under.address, admin, {
    username: app.username,
    strategy: 'alternating-users',
    twin: twin.username,
  });
const told = async (admin?: Credential): Promise<string> =>
  (await check(admin)).map(({ code, message }) => `${code}: ${message}`).join('\n');
const clone = () =>
  under.database.cloneUser!(
    under.address,
    under.admin,
    { from: app.username, to: twin.username, password: twin.password },
    yes,
  );
const fresh = async (): Promise<void> => {
  under = await preparePostgres(postgres);
  sequence += 1;
  app = { username: `app_${sequence}`, password: 'password of the app' };
  twin = { username: `app_${sequence}_clone`, password: 'password of the twin' };
  await under.addUser(app);
  await under.sql(`GRANT USAGE, CREATE ON SCHEMA public TO ${app.username}`);
};

describe('jobs of pg_cron', () => {
  beforeAll(async () => {
    await start({ version: '15 with pg_cron', settings: ["shared_preload_libraries='pg_cron'"] });
    await fresh();
    await postgres.query(`ALTER SYSTEM SET cron.database_name = ${literal(under.address.dbname)}`);
    await postgres.restart();
    await under.sql(`CREATE EXTENSION pg_cron; GRANT USAGE ON SCHEMA cron TO ${app.username}`);
    await under.as(app, "SELECT cron.schedule('nightly', '0 3 * * *', 'SELECT 1')");
  });
  afterAll(async () => {
    await postgres.stop();
  });

  it('are named where the admin sees those of everyone', async () => {
    const admin = { username: postgres.adminUser, password: postgres.adminPassword };
    const message = await told(admin);
    expect(message).toContain(`bound-to-user: the scheduled job 1 of "${app.username}" runs as this user`);
  });

  it('are not passed over in silence where their rows are hidden from the admin', async () => {
    await under.sql(`REVOKE USAGE ON SCHEMA cron FROM ${quote(under.admin.username)}`);
    expect(await told()).toContain('bound-to-user: pg_cron shows each user its own jobs only');
    await under.sql(`GRANT USAGE ON SCHEMA cron TO ${quote(under.admin.username)}`);
    expect(await told()).toContain(`look as a superuser whether one runs as "${app.username}" or "${twin.username}"`);

    await under.sql(`ALTER ROLE ${quote(under.admin.username)} BYPASSRLS`);
    expect(await told()).toContain(`the scheduled job 1 of "${app.username}"`);
    await under.sql(`ALTER ROLE ${quote(under.admin.username)} NOBYPASSRLS`);
  });

  it('outlive a rotation as they are', async () => {
    await clone();
    expect(await under.sql('SELECT jobname, username FROM cron.job')).toEqual([
      { jobname: 'nightly', username: app.username },
    ]);
    await under.database.login(under.address, twin);
  });
});

describe('what belongs to one user of PostgreSQL 18', () => {
  beforeAll(async () => {
    await start({ version: 18, settings: ['wal_level=logical'] });
  });
  afterAll(async () => {
    await postgres.stop();
  });
  beforeEach(fresh);

  it('a subscription stops the rotation, as it would stop itself, and goes on; one of another user does not', async () => {
    await postgres.query('CREATE DATABASE shop');
    const atShop = (sql: string) => postgres.query(sql, { database: 'shop' });
    await atShop('CREATE TABLE sold (id int PRIMARY KEY); CREATE PUBLICATION sales FOR TABLE sold');
    await atShop("SELECT pg_create_logical_replication_slot('sales', 'pgoutput')");
    await postgres.query("CREATE ROLE replicator LOGIN REPLICATION PASSWORD 'password of the replicator'");
    await atShop('GRANT SELECT ON sold TO replicator');
    await under.sql(
      `
      GRANT pg_create_subscription TO ${app.username};
      GRANT pg_create_subscription TO ${quote(under.admin.username)} WITH ADMIN OPTION;
      GRANT CREATE ON DATABASE ${quote(under.address.dbname)} TO ${app.username}`,
    );
    const source = `host=${postgres.host} port=${postgres.port} dbname=shop user=replicator password='password of the replicator' sslmode=require`;
    await under.as(app, 'CREATE TABLE public.sold (id int PRIMARY KEY)');
    await under.as(
      app,
      `CREATE SUBSCRIPTION sales CONNECTION ${literal(source)} PUBLICATION sales WITH (create_slot = false)`,
    );
    const arrives = async (id: number) => {
      await atShop(`INSERT INTO sold VALUES (${id})`);
      await until(`row ${id}`, async () => (await under.sql(`SELECT FROM public.sold WHERE id = ${id}`)).length === 1);
    };
    try {
      await arrives(1);

      for (const verdict of [await failure(check()), await failure(clone())]) {
        expect(verdict).toMatchObject({ code: 'database-privilege', retryable: false });
        expect(verdict?.message).toContain('Subscription "sales"');
        expect(verdict?.message).not.toContain('password of the replicator');
      }
      expect(await under.userExists(twin.username)).toBe(false);
      await arrives(2);

      await under.sql(`ALTER SUBSCRIPTION sales OWNER TO ${quote(postgres.adminUser)}`);
      expect(await check()).toEqual([]);
      await clone();
      await arrives(3);
      await clone();
      await arrives(4);
    } finally {
      await under.sql('ALTER SUBSCRIPTION sales DISABLE; ALTER SUBSCRIPTION sales SET (slot_name = NONE)');
      await under.sql('DROP SUBSCRIPTION sales');
    }
  });

  it('a user mapping of one of the two: the check fails as the rotation does, and passes with one for each', async () => {
    await under.sql(`
      CREATE EXTENSION postgres_fdw;
      CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw;
      GRANT USAGE ON FOREIGN SERVER other TO ${quote(under.admin.username)} WITH GRANT OPTION;
      SET ROLE ${quote(under.admin.username)};
      GRANT USAGE ON FOREIGN SERVER other TO ${app.username};
      RESET ROLE;
      CREATE USER MAPPING FOR ${app.username} SERVER other OPTIONS (user 'x', password 'Canary')`);
    const [checked, cloned] = [await failure(told()), await failure(clone())];
    expect(cloned?.code).toBe(checked?.code);
    if (checked) expect(checked.message).toContain('other');
    else expect(await told()).toContain(`the user mapping of "${app.username}" for server "other"`);
    expect(`${checked?.message} ${cloned?.message}`).not.toContain('Canary');

    await under.sql(`DROP USER MAPPING FOR ${app.username} SERVER other`);
    expect(await failure(clone())).toBeUndefined();
    expect(await told()).not.toContain('mapping');
  });

  it('relations of an extension stay where they are, and are told where the other user will not have them', async () => {
    await under.sql(`
      GRANT CREATE ON DATABASE ${quote(under.address.dbname)} TO ${app.username};
      CREATE EXTENSION pg_stat_statements;
      GRANT SELECT ON pg_stat_statements_info TO ${app.username}`);
    // Trusted: any user may install it, and the superuser owns what is in it.
    await under.as(app, 'CREATE EXTENSION pg_trgm; CREATE TABLE public.own (id int)');

    const message = await told();
    expect(await failure(clone())).toBeUndefined();
    expect(await failure(clone())).toBeUndefined();

    expect(message).toContain(
      `object-skipped: "${twin.username}" will not get SELECT on table public.pg_stat_statements_info`,
    );
    await under.as(twin, "ALTER TABLE public.own ADD COLUMN more int; SELECT show_trgm('word')");
    const [kept] = await under.sql(`
      SELECT relowner::regrole::text AS owner, has_table_privilege('${app.username}', oid, 'SELECT') AS first
        FROM pg_class WHERE relname = 'pg_stat_statements_info'`);
    expect(kept).toEqual({ owner: 'postgres', first: true });
  });

  it('an extension that a user installed comes to belong to the owner role, or the check says why not', async () => {
    await under.sql(`GRANT CREATE ON DATABASE ${quote(under.address.dbname)} TO ${app.username}`);
    await under.as(app, 'CREATE EXTENSION hstore');

    const [checked, cloned] = [await failure(check()), await failure(clone())];

    expect(cloned?.code).toBe(checked?.code);
    expect(checked).toBeUndefined();
  });
});
