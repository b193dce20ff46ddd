import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RevokedRight } from '../../../lambdas/databases/port.ts';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { yes } from '../../_helpers/database-contract.ts';
import {
  literal,
  openPostgres,
  preparePostgres,
  quote,
  type PostgresUnderTest,
} from '../../_helpers/postgres-under-test.ts';

const tables = 20_000;
/** Thousands of changes on a busy machine. */
const patienceMs = 600_000;

const app = { username: 'app', password: 'password of the app' };
/** Have SELECT on each table by name. */
const clerk = { username: 'clerk', password: 'password of the clerk' };
const auditor = { username: 'auditor', password: 'password of the auditor' };

describe('20,000 tables of PostgreSQL, within the server’s table of locks,', { timeout: patienceMs }, () => {
  let postgres: LocalPostgres;
  let under: PostgresUnderTest;

  beforeAll(async () => {
    postgres = await startPostgres({
      certificates: await createLocalCertificates(),
      version: 18,
      settings: ['log_statement=none', 'autovacuum=off', 'max_locks_per_transaction=64'],
    });
    under = await preparePostgres(postgres);
    for (const user of [app, clerk, auditor]) await under.addUser(user);
    await under.sql(`
      CREATE PROCEDURE public.make(count int) LANGUAGE plpgsql AS $$
        BEGIN
          FOR number IN 1..count LOOP
            EXECUTE format('CREATE TABLE shop.t%s (id int)', number);
            EXECUTE format('GRANT SELECT ON shop.t%s TO clerk, auditor', number);
            IF number % 500 = 0 THEN COMMIT; END IF;
          END LOOP;
        END $$`);
    await under.as(app, `CALL public.make(${tables})`);
    await under.sql(`
      GRANT ${quote(app.username)} TO ${quote(under.admin.username)} WITH INHERIT TRUE;
      GRANT USAGE ON SCHEMA shop TO clerk, auditor`);
  }, patienceMs);
  afterAll(async () => {
    await postgres.stop();
  });

  const open = () => openPostgres(postgres, { statementTimeoutMs: 60_000 });

  it('come to belong to both users together who take turns', async () => {
    const twin = { username: 'app_clone', password: 'password of the twin' };
    const database = open();
    const task = { username: app.username, strategy: 'alternating-users' } as const;

    const notices = await database.checkAdmin(under.address, under.admin, task);
    expect(notices.map(({ code }) => code)).toContain('many-objects');

    const clone = () =>
      database.cloneUser!(
        under.address,
        under.admin,
        { from: app.username, to: twin.username, password: twin.password },
        yes,
      );
    expect(await clone()).toBe('created');

    const [owned] = await under.sql(`
    SELECT count(*) FILTER (WHERE relowner = ${literal('app_owner')}::regrole)::int AS owned, count(*)::int AS all
      FROM pg_class WHERE relname ~ '^t[0-9]+$' AND relnamespace = 'shop'::regnamespace`);
    expect(owned).toEqual({ owned: tables, all: tables });
    for (const user of [app, twin])
      await under.as(user, `ALTER TABLE shop.t${tables} ADD COLUMN ${quote(`by ${user.username}`)} int`);
    expect(await clone()).toBe('reset');
  });

  it('are all granted to a user by the catalog', async () => {
    const grants = { shop: 'read-write' } as const;
    const reader = { username: 'reader', password: 'password of the reader' };
    expect(
      await open().changeUser(
        under.address,
        under.admin,
        { ...reader, resetPassword: true, version: 'v', grants },
        yes,
      ),
    ).toBe('created');
    await under.as(reader, `INSERT INTO shop.t1 VALUES (1); SELECT * FROM shop.t${tables}`);
  });

  describe('each granted by name to a user,', () => {
    const twin = { username: 'clerk_clone', password: 'password of the second clerk' };
    const granted = async (username: string) => {
      const [row] = await under.sql(`
        SELECT count(*)::int AS count FROM pg_class c, aclexplode(c.relacl) a
         WHERE c.relname ~ '^t[0-9]+$' AND a.grantee = ${literal(quote(username))}::regrole`);
      return row?.['count'];
    };
    const clone = (database = open(), onRevoked?: (right: RevokedRight) => void) =>
      database.cloneUser!(
        under.address,
        under.admin,
        { from: clerk.username, to: twin.username, password: twin.password, ...(onRevoked && { onRevoked }) },
        yes,
      );

    it('need no more locks in a rehearsal, which changes nothing', async () => {
      const before = await granted(clerk.username);
      const notices = await open().checkAdmin(under.address, under.admin, {
        username: clerk.username,
        strategy: 'alternating-users',
      });
      expect(notices.map(({ code }) => code)).toEqual(['many-objects']);
      expect(await granted(clerk.username)).toBe(before);
      expect(await under.userExists(twin.username)).toBe(false);
    });

    it('and a rehearsal finds the one that the admin may not grant', async () => {
      await under.sql(`CREATE SCHEMA hidden; CREATE TABLE hidden.one (id int); GRANT SELECT ON hidden.one TO clerk`);
      const task = { username: clerk.username, strategy: 'alternating-users' } as const;
      await expect(open().checkAdmin(under.address, under.admin, task)).rejects.toMatchObject({
        code: 'database-privilege',
        message: expect.stringContaining('hidden') as string,
      });
      await under.sql('DROP SCHEMA hidden CASCADE');
    });

    it('come to the second user in several tries, which can’t log in before it has them all', async () => {
      // The time of one call is over after some lots.
      let asked = 0;
      const hurried = openPostgres(postgres, {
        statementTimeoutMs: 60_000,
        deadline: { remainingMs: () => (++asked > 20 ? 0 : 60_000) },
      });
      await expect(clone(hurried)).rejects.toMatchObject({
        retryable: true,
        message: expect.stringMatching(/[1-9]\d* of \d+ lots are done/) as string,
      });
      expect(await granted('clerk_owner')).not.toBe(0);
      expect(await granted(twin.username)).not.toBe(tables);
      const [half] = await under.sql(`SELECT rolcanlogin AS login FROM pg_roles WHERE rolname = 'clerk_clone'`);
      expect(half).toEqual({ login: false });
      await expect(open().login(under.address, twin)).rejects.toBeInstanceOf(DatabaseError);

      expect(await clone()).toBe('reset');

      expect(await granted(twin.username)).toBe(tables);
      expect(await granted('clerk_owner')).toBe(tables);
      await under.as(twin, `SELECT * FROM shop.t1, shop.t${tables}`);
      await expect(under.as(twin, 'INSERT INTO shop.t1 VALUES (1)')).rejects.toThrow('permission denied');
      expect(await clone()).toBe('reset');
    });

    it('stay, and say so, where somebody else granted them and the admin can’t take them', async () => {
      const some = 200;
      await under.sql(`
        CREATE ROLE dealer;
        DO $$ BEGIN
          FOR number IN 1..${some} LOOP
            EXECUTE format('GRANT INSERT ON shop.t%s TO dealer WITH GRANT OPTION', number);
            SET LOCAL ROLE dealer;
            EXECUTE format('GRANT INSERT ON shop.t%s TO clerk_clone', number);
            RESET ROLE;
          END LOOP;
        END $$;`);
      await under.sql('GRANT USAGE ON SCHEMA shop TO dealer');
      const task = { username: clerk.username, strategy: 'alternating-users' } as const;
      const refusal = {
        code: 'database-privilege',
        message: expect.stringContaining('still has what "clerk" has not: INSERT on table shop.t') as string,
      };
      await expect(open().checkAdmin(under.address, under.admin, task)).rejects.toMatchObject(refusal);
      await expect(clone()).rejects.toMatchObject(refusal);
      await under.sql('DROP OWNED BY dealer CASCADE; DROP ROLE dealer');
    });

    it('are taken where the catalog does not grant them, from both users', async () => {
      const grants = { public: 'read-only' } as const;
      const task = { username: clerk.username, strategy: 'alternating-users', grants } as const;
      const lost = (rights: readonly { readonly message: string }[]) =>
        rights.filter(({ message }) => /will take SELECT on table shop\.t\d+ /.test(message)).length;
      expect(lost(await open().checkAdmin(under.address, under.admin, task))).toBe(2 * tables);

      const revoked: RevokedRight[] = [];
      const onRevoked = (right: RevokedRight) => revoked.push(right);
      const change = { ...clerk, resetPassword: false, version: 'v', grants, onRevoked };
      expect(await open().changeUser(under.address, under.admin, change, yes)).toBe('unchanged');
      expect(await granted(clerk.username)).toBe(0);
      expect(await clone(open(), onRevoked)).toBe('reset');

      expect(await granted(twin.username)).toBe(0);
      expect(await granted('clerk_owner')).toBe(0);
      const taken = (username: string) =>
        revoked.filter((right) => right.username === username && /^table shop\.t\d+$/.test(right.object)).length;
      expect([taken(clerk.username), taken(twin.username)]).toEqual([tables, tables]);
    });

    it('come to a second user that had them as a member of the first', async () => {
      const second = { username: 'auditor_clone', password: 'password of the second auditor' };
      await under.addUser(second);
      await under.sql(`SET ROLE ${quote(under.admin.username)}; GRANT auditor TO auditor_clone`);
      const task = { username: auditor.username, strategy: 'alternating-users' } as const;
      const notices = await open().checkAdmin(under.address, under.admin, task);
      expect(notices.map(({ code }) => code)).toEqual(['many-objects']);

      const users = { from: auditor.username, to: second.username, password: second.password };
      expect(await open().cloneUser!(under.address, under.admin, users, yes)).toBe('reset');

      expect([await granted(auditor.username), await granted(second.username)]).toEqual([tables, tables]);
      const [row] = await under.sql(`SELECT pg_has_role('auditor_clone', 'auditor', 'MEMBER') AS member`);
      expect(row).toEqual({ member: false });
    });

    it('come to the heir that had them as a member of the user that is dropped', async () => {
      const heir = { username: 'inspector', password: 'password of the inspector' };
      await under.addUser(heir);
      await under.sql(`SET ROLE ${quote(under.admin.username)}; GRANT auditor TO inspector`);
      expect(
        await open().revokeUser!(
          under.address,
          under.admin,
          { username: auditor.username, then: 'drop', heir: heir.username },
          yes,
        ),
      ).toBe('revoked');
      expect(await under.userExists(auditor.username)).toBe(false);
      expect(await granted(heir.username)).toBe(tables);
    });
  });
});
