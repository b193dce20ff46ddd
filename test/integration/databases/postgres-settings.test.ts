import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lambdas/databases/port.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { literal, preparePostgres, quote, type PostgresUnderTest } from '../../_helpers/postgres-under-test.ts';

/** What a session inherits, and what would go wrong with it. */
const inherited: readonly (readonly [setting: string, value: string])[] = [
  ['default_transaction_read_only', 'on'],
  ['default_transaction_isolation', "'serializable'"],
  ['default_transaction_deferrable', 'on'],
  ['search_path', 'hostile, pg_catalog'],
  ['statement_timeout', '1'],
  ['lock_timeout', '1'],
  ['idle_in_transaction_session_timeout', '1'],
  ['row_security', 'off'],
  ['client_encoding', "'latin1'"],
  ['standard_conforming_strings', 'off'],
  ['quote_all_identifiers', 'on'],
  ['client_min_messages', "'error'"],
  ['password_encryption', "'md5'"],
  ['datestyle', "'German'"],
  ['synchronous_commit', 'off'],
  ['exit_on_error', 'on'],
  ['transform_null_equals', 'on'],
];

describe.each([15, 18] as const)('settings that a session inherits on PostgreSQL %i', (version) => {
  let postgres: LocalPostgres;
  let under: PostgresUnderTest;
  let app: Credential;
  let twin: Credential;
  let victim: Credential;
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
    app = { username: `äpp ${sequence}`, password: 'password of the app' };
    twin = { username: `äpp ${sequence}_clone`, password: 'password of the twin' };
    victim = { username: `victim ${sequence}`, password: 'password of the victim' };
    for (const user of [app, victim]) await under.addUser(user);
    // Functions and operators that answer wrongly, or show that they were called.
    await under.sql(`
      CREATE SCHEMA hostile;
      GRANT USAGE ON SCHEMA hostile TO PUBLIC;
      CREATE FUNCTION hostile.wrong(text, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
      CREATE FUNCTION hostile.wrong(name, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
      CREATE OPERATOR hostile.= (FUNCTION = hostile.wrong, LEFTARG = name, RIGHTARG = text);
      CREATE OPERATOR hostile.= (FUNCTION = hostile.wrong, LEFTARG = text, RIGHTARG = text);
      CREATE FUNCTION hostile.hashtextextended(text, int) RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
      CREATE FUNCTION hostile.set_config(text, text, boolean) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
      CREATE FUNCTION hostile.pg_backend_pid() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'called'; END $$;
      CREATE VIEW hostile.pg_roles AS SELECT 1 AS oid, 'nobody'::text AS rolname WHERE false;
      CREATE VIEW hostile.pg_settings AS SELECT 'role'::text AS name WHERE false`);
  });

  const scopes = {
    'for a role': (name: string) => `ROLE ${quote(name)} SET`,
    'for a database': () => `DATABASE ${quote(under.address.dbname)} SET`,
    'for a role in a database': (name: string) => `ROLE ${quote(name)} IN DATABASE ${quote(under.address.dbname)} SET`,
  } as const;

  const accepts = (credential: Credential) =>
    under.database.login(under.address, credential).then(
      () => true,
      () => false,
    );

  /** One of every kind of change, by the user itself and by the admin. */
  const changeEverything = async () => {
    const { database, address, admin } = under;
    const second = { ...app, password: 'second password' };
    const third = { ...app, password: 'third password' };
    expect(await database.changeOwnPassword(address, app, second.password, yes)).toBe('changed');
    expect(await accepts(app)).toBe(false);
    expect(await accepts(second)).toBe(true);
    const change = { ...third, resetPassword: true, version: 'v', grants: { public: 'read-write' } } as const;
    await database.checkAdmin(address, admin, { ...third, strategy: 'alternating-users' });
    expect(await database.changeUser(address, admin, change, yes)).toBe('reset');
    expect(
      await database.cloneUser!(
        address,
        admin,
        { from: app.username, to: twin.username, password: twin.password },
        yes,
      ),
    ).toBe('created');
    expect(await accepts(third)).toBe(true);
    expect(await accepts(twin)).toBe(true);
    expect(
      await database.revokeUser!(address, admin, { username: twin.username, then: 'drop', heir: app.username }, yes),
    ).toBe('revoked');
    expect(await accepts(victim)).toBe(true);
  };

  it.each(Object.keys(scopes) as (keyof typeof scopes)[])(
    'change nothing of what the engine does: all of them at once, %s',
    async (scope) => {
      for (const [setting, value] of inherited) {
        for (const name of new Set([app.username, under.admin.username])) {
          await postgres.query(`ALTER ${scopes[scope](name)} ${setting} = ${value}`);
        }
      }

      await changeEverything();
    },
  );

  it.each(['for a role', 'for a role in a database'] as const)(
    'do not have another role changed by a "role" that is set %s',
    async (scope) => {
      await under.sql(`GRANT ${quote(victim.username)} TO ${quote(app.username)}, ${quote(under.admin.username)}`);
      for (const name of [app.username, under.admin.username]) {
        await postgres.query(`ALTER ${scopes[scope](name)} role = ${literal(victim.username)}`);
      }

      await changeEverything();
      const [row] = await under.as({ ...app, password: 'third password' }, 'SELECT current_user AS name');
      expect(row).toEqual({ name: victim.username });
    },
  );

  it('change nothing where ALTER SYSTEM sets them', async () => {
    const settings = [
      'default_transaction_read_only',
      'default_transaction_isolation',
      'search_path',
      'row_security',
      'idle_in_transaction_session_timeout',
    ];
    for (const [setting, value] of inherited) {
      if (settings.includes(setting)) await postgres.query(`ALTER SYSTEM SET ${setting} = ${value}`);
    }
    await postgres.query('SELECT pg_reload_conf()');
    try {
      await changeEverything();
    } finally {
      await postgres.query('ALTER SYSTEM RESET ALL');
      await postgres.query('SELECT pg_reload_conf()');
    }
  });

  if (version === 18) {
    it('give the admin no membership in a role that it creates', async () => {
      await under.sql(`ALTER ROLE ${quote(under.admin.username)} SET createrole_self_grant = 'set, inherit'`);
      const { database, address, admin } = under;
      await database.cloneUser!(
        address,
        admin,
        { from: app.username, to: twin.username, password: twin.password },
        yes,
      );

      const rows = await under.sql(
        `SELECT FROM pg_auth_members m WHERE m.member = '${quote(admin.username)}'::regrole AND m.roleid = '${quote(twin.username)}'::regrole AND (m.inherit_option OR m.set_option)`,
      );
      expect(rows).toEqual([]);
    });

    it('of a login trigger do not count either', async () => {
      await under.sql(
        `
        GRANT ${quote(victim.username)} TO PUBLIC_PLACEHOLDER`.replace(
          'PUBLIC_PLACEHOLDER',
          `${quote(app.username)}, ${quote(under.admin.username)}`,
        ),
      );
      await under.sql(`
        CREATE FUNCTION hostile.at_login() RETURNS event_trigger LANGUAGE plpgsql AS $$
          BEGIN
            PERFORM pg_catalog.set_config('search_path', 'hostile, pg_catalog', false);
            IF session_user <> 'postgres' AND pg_catalog.pg_has_role(${literal(victim.username)}, 'SET') THEN
              PERFORM pg_catalog.set_config('role', ${literal(victim.username)}, false);
            END IF;
          END $$;
        CREATE EVENT TRIGGER at_login ON login EXECUTE FUNCTION hostile.at_login();
        ALTER EVENT TRIGGER at_login ENABLE ALWAYS`);
      try {
        await changeEverything();
      } finally {
        await under.sql('DROP EVENT TRIGGER at_login');
      }
    });
  }
});
