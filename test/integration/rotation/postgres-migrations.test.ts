import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lambdas/databases/port.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import type { Grants } from '../../../lib/contract/index.ts';
import { yes } from '../../_helpers/database-contract.ts';
import { preparePostgres, quote, type PostgresUnderTest } from '../../_helpers/postgres-under-test.ts';

describe.each([15, 18] as const)('a user of migrations on PostgreSQL %i', (version) => {
  let postgres: LocalPostgres;
  let under: PostgresUnderTest;
  let app: Credential;
  let migrator: Credential;
  let twin: Credential;
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
    app = { username: `reader ${sequence}`, password: 'password of the app' };
    migrator = { username: `schema ${sequence}`, password: 'password of migrations' };
    twin = { username: `schema ${sequence}_clone`, password: 'password of the twin' };
    await under.provisioning?.addSchema('audit');
  });

  const provision = (user: Credential, grants: Grants) =>
    under.database.changeUser(under.address, under.admin, { ...user, resetPassword: true, version: 'v', grants }, yes);
  const takeTurn = (from: Credential, to: Credential, grants: Grants) =>
    under.database.cloneUser!(
      under.address,
      under.admin,
      { from: from.username, to: to.username, password: to.password, grants },
      yes,
    );
  const migrate = { public: 'migrate' } as const;
  const readWrite = { public: 'read-write' } as const;
  const use = (table: string, user = app) =>
    under.as(
      user,
      `INSERT INTO ${table} DEFAULT VALUES; SELECT * FROM ${table}; UPDATE ${table} SET id = 9; DELETE FROM ${table}`,
    );

  it.each(['before', 'after'] as const)(
    'opens its tables to the application, provisioned %s its user',
    async (order) => {
      const both = [() => provision(app, readWrite), () => provision(migrator, migrate)];
      for (const one of order === 'after' ? both : both.reverse()) await one();

      await under.as(migrator, 'CREATE TABLE orders (id serial PRIMARY KEY)');
      await use('orders');
      await expect(under.as(app, 'ALTER TABLE orders ADD COLUMN note text')).rejects.toThrow('must be owner');
      await expect(under.as(app, 'CREATE TABLE mine (id int)')).rejects.toThrow('permission denied');

      await provision({ ...migrator, password: 'second' }, migrate);
      const second = { ...migrator, password: 'second' };
      await under.as(second, 'ALTER TABLE orders ADD COLUMN note text; CREATE INDEX ON orders (note)');
      await under.as(
        second,
        'CREATE TABLE lines (id serial, of int REFERENCES orders); CREATE VIEW seen AS SELECT * FROM orders',
      );
      await use('lines');
      await under.as(app, 'SELECT * FROM seen');
      await under.as(second, 'DROP VIEW seen; DROP TABLE lines, orders');
    },
  );

  it('opens to an application’s user what it made before that user existed', async () => {
    await provision(migrator, migrate);
    await under.as(migrator, 'CREATE TABLE orders (id serial)');

    await provision(app, readWrite);
    await use('orders');

    await provision(app, { public: 'read-only' });
    await under.as(migrator, 'CREATE TABLE later (id serial)');
    await under.as(app, 'SELECT * FROM orders; SELECT * FROM later');
    await expect(use('orders')).rejects.toThrow('permission denied');
    await expect(use('later')).rejects.toThrow('permission denied');

    await provision(app, {});
    await expect(under.as(app, 'SELECT * FROM later')).rejects.toThrow('permission denied');
  });

  it.each(['first', 'last'] as const)(
    'takes turns with its equal, the application’s user provisioned %s',
    async (when) => {
      if (when === 'first') await provision(app, readWrite);
      await provision(migrator, migrate);
      await under.as(migrator, 'CREATE TABLE first (id serial PRIMARY KEY)');

      await takeTurn(migrator, twin, migrate);
      if (when === 'last') await provision(app, readWrite);
      await under.as(twin, 'ALTER TABLE first ADD COLUMN note text; CREATE TABLE second (id serial)');
      await use('first');
      await use('second');

      await takeTurn(twin, migrator, migrate);
      await under.as(migrator, 'ALTER TABLE second ADD COLUMN of int REFERENCES first; CREATE TABLE third (id serial)');
      await use('second');
      await use('third');
      await under.as(migrator, 'DROP TABLE second, first, third');
      await under.as(twin, 'CREATE TABLE fourth (id serial)');
      await use('fourth');
    },
  );

  it('opens its tables to both of two users of the application that take turns', async () => {
    const equal = { username: `${app.username}_clone`, password: 'password of the equal' };
    await provision(migrator, migrate);
    await provision(app, readWrite);
    await under.as(migrator, 'CREATE TABLE orders (id serial)');

    await takeTurn(app, equal, readWrite);
    await under.as(migrator, 'CREATE TABLE later (id serial)');

    for (const user of [app, equal]) for (const table of ['orders', 'later']) await use(table, user);
    await under.database.revokeUser!(
      under.address,
      under.admin,
      { username: equal.username, then: 'drop', heir: app.username },
      yes,
    );
    expect(await under.userExists(equal.username)).toBe(false);
  });

  it('opens its tables where both are provisioned at once', async () => {
    await Promise.all([provision(app, readWrite), provision(migrator, migrate)]);

    await under.as(migrator, 'CREATE TABLE orders (id serial)');
    await use('orders');
  });

  it('changes tables of its schema alone, and no users', async () => {
    await under.sql(
      `SET ROLE ${quote(under.admin.username)}; CREATE TABLE audit.log (id int); CREATE TABLE public.kept (id int)`,
    );
    await provision(migrator, migrate);

    for (const statement of [
      'CREATE TABLE audit.mine (id int)',
      'SELECT * FROM audit.log',
      'DROP TABLE public.kept',
      'CREATE ROLE other',
      'CREATE SCHEMA other',
      `GRANT ${quote(under.admin.username)} TO CURRENT_USER`,
      'CREATE FUNCTION of_trigger() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$; CREATE TRIGGER t BEFORE INSERT ON public.kept EXECUTE FUNCTION of_trigger()',
    ]) {
      await expect(under.as(migrator, statement), statement).rejects.toThrow(
        /permission denied|must be owner|must have admin option/,
      );
    }
    await under.as(migrator, 'INSERT INTO kept VALUES (1)');
    // The admin is a member of the user while it rotates it, and no longer.
    const members = await under.sql(
      `SELECT bool_or(pg_has_role('${under.admin.username}', oid, 'USAGE')) AS any FROM pg_roles WHERE rolname LIKE 'schema %'`,
    );
    expect(members).toEqual([{ any: false }]);
  });

  it('loses what the catalog no longer gives', async () => {
    await provision(migrator, migrate);
    const revoked: string[] = [];

    await under.database.changeUser(
      under.address,
      under.admin,
      {
        ...migrator,
        resetPassword: false,
        version: 'v',
        grants: readWrite,
        onRevoked: ({ privilege, object }) => revoked.push(`${privilege} on ${object}`),
      },
      yes,
    );

    expect(revoked).toContain('CREATE on schema public');
    expect(revoked).toContain(`REFERENCES on tables in schema public that ${under.admin.username} will make`);
    await expect(under.as(migrator, 'CREATE TABLE mine (id int)')).rejects.toThrow('permission denied');
    await provision(app, readWrite);
  });

  it('is found out before the first rotation: the check of the admin does it all and undoes it', async () => {
    const task = { username: migrator.username, strategy: 'alternating-users', grants: migrate } as const;

    expect(await under.database.checkAdmin(under.address, under.admin, task)).toEqual([]);

    expect(await under.userExists(migrator.username)).toBe(false);
  });
});
