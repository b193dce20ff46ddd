import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Credential, RevokedRight } from '../../../lambdas/databases/port.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import type { Grants } from '../../../lib/contract/index.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { preparePostgres, quote, type PostgresUnderTest } from '../../_helpers/postgres-under-test.ts';
import { failure } from '../../_helpers/coded-failure.ts';

describe('a check of PostgreSQL', () => {
  let postgres: LocalPostgres;
  let under: PostgresUnderTest;
  let app: Credential;
  let twin: Credential;
  let owner: string;
  let sequence = 0;

  beforeAll(async () => {
    postgres = await startPostgres({
      certificates: await createLocalCertificates(),
      version: 18,
      settings: ['max_prepared_transactions=5'],
    });
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
    await under.sql(`GRANT USAGE, CREATE ON SCHEMA public TO ${quote(app.username)}`);
  });

  const check = (grants?: Grants) =>
    under.database.checkAdmin(under.address, under.admin, {
      username: app.username,
      strategy: 'alternating-users',
      twin: twin.username,
      ...(grants && { grants }),
    });
  const clone = async (grants?: Grants) => {
    const revoked: RevokedRight[] = [];
    const onRevoked = (right: RevokedRight) => revoked.push(right);
    const wanted = { from: app.username, to: twin.username, password: twin.password, onRevoked };
    await under.database.cloneUser!(under.address, under.admin, { ...wanted, ...(grants && { grants }) }, yes);
    return revoked;
  };
  it('says nothing of users without anything special, and their rotation takes nothing', async () => {
    expect(await check()).toEqual([]);
    expect(await clone()).toEqual([]);
  });

  it('tells each right that the rotation then takes, and no other', async () => {
    await clone();
    await under.sql(`
      GRANT SELECT ON shop.orders TO ${quote(twin.username)};
      GRANT UPDATE (amount) ON shop.ledger TO ${quote(twin.username)};
      ALTER ROLE ${quote(twin.username)} SET app.tenant = 'canary'`);

    const told = (await check()).map(({ code, message }) => `${code}: ${message}`).join('\n');
    const revoked = await clone();

    expect(revoked.map(({ privilege, object }) => `${privilege} on ${object}`).sort()).toEqual([
      'SELECT on table shop.orders',
      'UPDATE (amount) on table shop.ledger',
      'setting on "app"."tenant"',
    ]);
    for (const { privilege, object } of revoked)
      expect(told).toContain(`right-revoked: The rotation will take ${privilege} on ${object}`);
    expect(told.split('\n')).toHaveLength(revoked.length);
    expect(told).not.toContain('canary');
    expect(await check()).toEqual([]);
  });

  it('tells what the catalog’s grants will take', async () => {
    await under.sql(`GRANT SELECT ON shop.orders TO ${quote(app.username)}`);

    const told = await check({ public: 'read-only' });
    const revoked = await clone({ public: 'read-only' });

    expect(revoked).toContainEqual({ username: app.username, privilege: 'SELECT', object: 'table shop.orders' });
    expect(told.map(({ message }) => message).join('\n')).toContain('take SELECT on table shop.orders');
  });

  it('honours what is granted to the owner role, for both users and every rotation', async () => {
    await clone();
    await under.sql(`GRANT USAGE ON SCHEMA shop TO ${quote(owner)}; GRANT SELECT ON shop.orders TO ${quote(owner)}`);

    expect(await check()).toEqual([]);
    expect(await clone()).toEqual([]);
    expect(await clone()).toEqual([]);

    for (const user of [app, twin]) await under.as(user, 'SELECT * FROM shop.orders');
  });

  it('takes no lock on a table: it passes where the rotation itself would wait', async () => {
    await under.as(app, 'CREATE TABLE public.busy (id int)');
    const holding = under
      .sql('BEGIN; LOCK TABLE public.busy IN ACCESS SHARE MODE; SELECT pg_sleep(3600)')
      .catch(String);
    const holder = "SELECT pid FROM pg_locks WHERE relation = 'public.busy'::regclass AND granted";
    while ((await under.sql(holder)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    try {
      expect(await check()).toEqual([]);
      expect(await failure(clone())).toMatchObject({ code: 'database-unknown', retryable: true });
    } finally {
      await under.sql(`SELECT pg_terminate_backend(pid) FROM (${holder}) held`);
      await holding;
    }
  });

  describe('finds what is bound to who the user is:', () => {
    it.each([
      [
        'a policy that goes by the current user',
        'CREATE TABLE public.notes (owner name DEFAULT current_user); ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON public.notes USING (owner = current_user)',
        ['policy own on public.notes', 'the default of column owner'],
      ],
      [
        'a function that runs with its owner’s rights',
        "CREATE FUNCTION public.total() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
        ['SECURITY DEFINER', 'current_user in it is that role'],
      ],
      [
        'a prepared transaction',
        "BEGIN; CREATE TABLE public.half (id int); PREPARE TRANSACTION 'half'",
        ["prepared transaction 'half'"],
      ],
    ])('%s', async (_what, make, words) => {
      await under.as(app, make);
      const told = (await check()).map(({ code, message }) => `${code}: ${message}`).join('\n');
      if (make.includes('PREPARE')) await under.as(app, "ROLLBACK PREPARED 'half'");

      for (const word of words) expect(told).toContain(word);
      expect(told).toContain('bound-to-user');
    });

    it('no policy that goes by a role of both', async () => {
      await under.as(
        app,
        "CREATE TABLE public.notes (owner name); ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY; CREATE POLICY own ON public.notes USING (pg_has_role(current_user, owner, 'MEMBER'))",
      );
      expect(await check()).toEqual([]);
    });

    it('a user that bypasses row security, as its owner role will not', async () => {
      await under.sql(
        `ALTER ROLE ${quote(app.username)} BYPASSRLS; ALTER ROLE ${quote(under.admin.username)} BYPASSRLS`,
      );
      expect((await check()).map(({ code }) => code)).toEqual(['bypasses-row-security']);
    });

    it('a publication, and who must own it where it can’t change hands', async () => {
      await under.sql(`GRANT CREATE ON DATABASE ${quote(under.address.dbname)} TO ${quote(app.username)}`);
      await under.as(app, 'CREATE TABLE public.sold (id int); CREATE PUBLICATION sales FOR TABLE public.sold');
      expect((await check()).map(({ message }) => message).join()).toContain('publication sales');
      await clone();
      await under.as(twin, 'ALTER PUBLICATION sales SET (publish_via_partition_root = true)');
    });

    it('an event trigger: the check fails as the rotation would', async () => {
      await under.sql(`
        CREATE FUNCTION public.noted() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$;
        ALTER ROLE ${quote(app.username)} SUPERUSER`);
      await under.as(app, 'CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION public.noted()');
      await under.sql(`ALTER ROLE ${quote(app.username)} NOSUPERUSER`);
      const [checked, cloned] = [await failure(check()), await failure(clone())];
      expect(checked).toMatchObject({ code: 'database-privilege' });
      expect(checked?.message).toContain('event trigger');
      expect(checked?.message).toContain('give it to one');
      expect(cloned?.code).toBe(checked?.code);
    });

    it('a login that would be refused by its database: the check fails', async () => {
      await under.sql(`REVOKE CONNECT ON DATABASE ${quote(under.address.dbname)} FROM PUBLIC`);
      const error = await failure(check());
      expect(error).toMatchObject({ code: 'database-privilege' });
      expect(error?.message).toContain('may not connect to database');
      expect(await failure(check({ public: 'read-only' }))).toBeUndefined();
    });
  });

  describe('and the rotation pass over what nobody can administer:', () => {
    it('temporary tables of sessions, also those in use', async () => {
      await under.as(app, 'CREATE TABLE public.kept (id int)');
      const holding = under
        .as(
          app,
          `CREATE TEMPORARY TABLE scratch (id serial); GRANT SELECT ON scratch TO ${quote(under.admin.username)}; BEGIN; LOCK TABLE scratch; SELECT pg_sleep(3600)`,
        )
        .catch(String);
      const holder = "SELECT pid FROM pg_stat_activity WHERE query LIKE '%scratch%' AND wait_event = 'PgSleep'";
      while ((await under.sql(holder)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      try {
        expect(await check()).toEqual([]);
        expect(await clone()).toEqual([]);
      } finally {
        await under.sql(`SELECT pg_terminate_backend(pid) FROM (${holder}) held`);
        await holding;
      }
      await under.as(twin, 'ALTER TABLE public.kept ADD COLUMN more int');
    });

    it('objects of the provider’s superuser, with a word', async () => {
      await under.sql(`
        DROP ROLE IF EXISTS rdsadmin;
        CREATE ROLE rdsadmin SUPERUSER;
        SET ROLE rdsadmin;
        CREATE TABLE public.theirs (id int);
        GRANT INSERT ON public.theirs TO ${quote(app.username)};
        RESET ROLE`);
      try {
        expect((await check({ public: 'read-write' })).map(({ code }) => code)).toContain('object-skipped');
        await clone({ public: 'read-write' });
        await clone();
        await under.database.login(under.address, twin);
      } finally {
        await under.sql('DROP OWNED BY rdsadmin; DROP ROLE rdsadmin');
      }
    });
  });
});
