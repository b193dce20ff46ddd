import { afterAll, beforeAll, expect, it } from 'vitest';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { literal, openPostgres, preparePostgres, quote } from '../../_helpers/postgres-under-test.ts';

const tables = 20_000;
/** Thousands of changes on a busy machine. */
const patienceMs = 600_000;

let postgres: LocalPostgres;

beforeAll(async () => {
  postgres = await startPostgres({
    certificates: await createLocalCertificates(),
    version: 18,
    settings: ['log_statement=none', 'autovacuum=off'],
  });
});
afterAll(async () => {
  await postgres.stop();
});

it(
  'two users of PostgreSQL who own 20,000 tables come to own them together, within the server’s table of locks',
  { timeout: patienceMs },
  async () => {
    const under = await preparePostgres(postgres);
    const app = { username: 'app', password: 'password of the app' };
    const twin = { username: 'app_clone', password: 'password of the twin' };
    await under.addUser(app);
    await under.sql(`
    CREATE PROCEDURE public.make(name text, count int) LANGUAGE plpgsql AS $$
      BEGIN
        FOR number IN 1..count LOOP
          EXECUTE format('CREATE TABLE shop.t%s (id int)', number);
          IF number % 500 = 0 THEN COMMIT; END IF;
        END LOOP;
      END $$`);
    await under.as(app, `CALL public.make('app', ${tables})`);
    const database = openPostgres(postgres, { statementTimeoutMs: 60_000 });
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

    // The same number, of someone else, in grants.
    const grants = { shop: 'read-write' } as const;
    const reader = { username: 'reader', password: 'password of the reader' };
    await under.sql(`GRANT app_owner TO ${quote(under.admin.username)} WITH INHERIT TRUE`);
    expect(
      await database.changeUser(
        under.address,
        under.admin,
        { ...reader, resetPassword: true, version: 'v', grants },
        yes,
      ),
    ).toBe('created');
    await under.as(reader, `INSERT INTO shop.t1 VALUES (1); SELECT * FROM shop.t${tables}`);
  },
);
