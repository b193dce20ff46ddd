import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import type { Grants } from '../../../lib/contract/index.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { preparePostgres, quote, type PostgresUnderTest } from '../../_helpers/postgres-under-test.ts';

let postgres: LocalPostgres;
let under: PostgresUnderTest;
let user: { username: string; password: string };
let sequence = 0;

beforeAll(async () => {
  postgres = await startPostgres({ certificates: await createLocalCertificates(), version: 18 });
});
afterAll(async () => {
  await postgres.stop();
});
beforeEach(async () => {
  under = await preparePostgres(postgres);
  user = { username: `app ${(sequence += 1)}`, password: 'password of the app' };
});

const provision = (grants: Grants, password = user.password) =>
  under.database.changeUser(
    under.address,
    { username: postgres.adminUser, password: postgres.adminPassword },
    { username: user.username, password, resetPassword: true, version: 'v', grants },
    yes,
  );

describe('a password on PostgreSQL', () => {
  it.each([
    ['a ligature, which SASLprep takes apart', '\uFB01sh'],
    ['a soft hyphen, which it drops', 'pass\u00ADword'],
    ['a space that is not ASCII', 'pass\u00A0word'],
    ['a character that it refuses', 'p\u00FCss\u0007word'],
    ['quotes and backslashes', `a'b"c\\d`],
  ])('logs in with %s', async (_what, password) => {
    await provision({}, password);
    await under.database.login(under.address, { username: user.username, password });
  });
});

describe('grants on PostgreSQL', () => {
  it('reach tables and sequences that are there and those to come, of whoever makes them', async () => {
    const creator = `migrations ${sequence}`;
    const asCreator = (text: string) => under.sql(`SET ROLE ${quote(creator)}; ${text}`);
    await under.sql(`CREATE ROLE ${quote(creator)}; GRANT CREATE ON SCHEMA public TO ${quote(creator)}`);
    await asCreator('CREATE TABLE orders (id serial); CREATE VIEW recent AS SELECT * FROM orders');

    await provision({ public: 'read-write' });
    await asCreator('CREATE TABLE later (id serial)');
    await under.sql('CREATE TABLE by_admin (id int)');

    await under.as(user, 'INSERT INTO orders DEFAULT VALUES; INSERT INTO later DEFAULT VALUES');
    await under.as(user, 'UPDATE by_admin SET id = 2; DELETE FROM by_admin; SELECT * FROM recent');
    await expect(under.as(user, 'DROP TABLE orders')).rejects.toThrow('must be owner');

    await provision({ public: 'read-only' });
    await asCreator('CREATE TABLE last (id serial)');

    await under.as(user, 'SELECT * FROM last');
    await expect(under.as(user, 'INSERT INTO last DEFAULT VALUES')).rejects.toThrow('permission denied');
    await expect(under.as(user, 'INSERT INTO orders DEFAULT VALUES')).rejects.toThrow('permission denied');

    await provision({});
    await expect(under.as(user, 'SELECT * FROM orders')).rejects.toThrow('permission denied');
  });

  it('are revoked in schemas that bear the name of something every object has', async () => {
    await provision({});
    await under.sql('CREATE SCHEMA constructor; CREATE TABLE constructor.plans (id int)');
    const to = quote(user.username);
    await under.sql(`GRANT USAGE ON SCHEMA constructor TO ${to}; GRANT SELECT ON constructor.plans TO ${to}`);

    await provision({});

    await expect(under.as(user, 'SELECT * FROM constructor.plans')).rejects.toThrow(
      'permission denied for schema constructor',
    );
  });

  it('leave alone what the user owns', async () => {
    await under.addUser(user);
    await under.sql(`CREATE SCHEMA own AUTHORIZATION ${quote(user.username)}`);
    await under.as(user, 'CREATE TABLE own.things (id int); GRANT SELECT ON own.things TO CURRENT_USER');

    await provision({ public: 'read-only' });

    await under.as(user, 'SELECT * FROM own.things');
  });
});

describe('an admin’s session on PostgreSQL', () => {
  it('calls no function that somebody put where the server’s own would be found', async () => {
    const usurper = `usurper ${sequence}`;
    await under.sql(`CREATE ROLE ${quote(usurper)}; GRANT CREATE ON SCHEMA public TO ${quote(usurper)}`);
    await under.sql(`
      SET ROLE ${quote(usurper)};
      CREATE FUNCTION public.hashtextextended(text, int) RETURNS bigint LANGUAGE plpgsql
        AS $$ BEGIN RAISE EXCEPTION 'called as %', current_user; END $$`);
    await expect(under.sql("SELECT hashtextextended('x', 0)")).rejects.toThrow('called as postgres');

    expect(await provision({ public: 'read-only' })).toBe('created');
  });
});
