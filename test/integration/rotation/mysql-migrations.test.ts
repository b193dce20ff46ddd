import { describe, expect, it } from 'vitest';
import type { Credential } from '../../../lambdas/databases/port.ts';
import type { Grants } from '../../../lib/contract/index.ts';
import { app, MysqlBench, yes } from '../../_helpers/mysql-bench.ts';
import { rightsOf } from '../../_helpers/mysql-rights.ts';
import { connectAs } from '../../_helpers/mysql-under-test.ts';

describe.each(['mysql', 'mariadb'] as const)('a user of migrations on a real %s', (flavour) => {
  const bench = new MysqlBench(flavour);
  const migrator: Credential = { username: 'schema_app', password: 'of migrations' };
  const twin: Credential = { username: 'schema_app_clone', password: 'of the twin' };
  const migrate = { public: 'migrate' } as const;

  const provision = (user: Credential, grants: Grants, onRevoked?: (right: { privilege: string }) => void) =>
    bench.under.database.changeUser(
      bench.address,
      bench.under.admin,
      { ...user, resetPassword: true, version: user.password, grants, ...(onRevoked && { onRevoked }) },
      yes,
    );
  const takeTurn = (from: Credential, to: Credential) =>
    bench.under.database.cloneUser!(
      bench.address,
      bench.under.admin,
      { from: from.username, to: to.username, password: to.password, grants: migrate },
      yes,
    );
  const run = async (user: Credential, ...statements: string[]): Promise<void> => {
    const connection = await connectAs(bench.server, user);
    try {
      await connection.query('USE `public`');
      for (const statement of statements) await connection.query(statement);
    } finally {
      await connection.end();
    }
  };
  const use = (table: string) =>
    run(app, `INSERT INTO ${table} (id) VALUES (1)`, `SELECT * FROM ${table}`, `DELETE FROM ${table}`);

  it('migrates with the password of each rotation, and the application uses what it made', async () => {
    await provision(app, { public: 'read-write' });
    await provision(migrator, migrate);
    await run(
      migrator,
      'CREATE TABLE orders (id int PRIMARY KEY)',
      'CREATE TABLE items (id int PRIMARY KEY, order_id int, FOREIGN KEY (order_id) REFERENCES orders (id))',
      'CREATE VIEW seen AS SELECT id FROM orders',
      'CREATE PROCEDURE fill() INSERT INTO orders (id) VALUES (7)',
      'CREATE TRIGGER before_orders BEFORE INSERT ON orders FOR EACH ROW SET NEW.id = NEW.id + 1',
    );
    await use('orders');
    await expect(run(app, 'ALTER TABLE orders ADD COLUMN note text')).rejects.toThrow(/denied/);

    const second = { ...migrator, password: 'second' };
    await provision(second, migrate);
    await run(
      second,
      'ALTER TABLE orders ADD COLUMN note int',
      'CREATE INDEX by_note ON orders (note)',
      'CALL fill()',
      'DROP TRIGGER before_orders',
      'DROP PROCEDURE fill',
      'SHOW CREATE VIEW seen',
      'DROP VIEW seen',
    );
    await use('items');
    await run(second, 'DROP TABLE items', 'DROP TABLE orders');
  });

  it('takes turns with its equal, and each changes what the other made', async () => {
    await provision(app, { public: 'read-write' });
    await provision(migrator, migrate);
    await run(migrator, 'CREATE TABLE first (id int)');

    await takeTurn(migrator, twin);
    await run(twin, 'ALTER TABLE first ADD COLUMN note text', 'CREATE TABLE second (id int)');
    await use('first');
    await use('second');

    await takeTurn(twin, migrator);
    await run(migrator, 'ALTER TABLE second ADD COLUMN note text', 'DROP TABLE first', 'DROP TABLE second');
  });

  it('changes tables of its schema alone, and no users', async () => {
    await provision(migrator, migrate);

    for (const statement of [
      'CREATE TABLE shop_eu.mine (id int)',
      'SELECT * FROM shop_eu.orders',
      'DROP TABLE shop_eu.orders',
      'CREATE USER other',
      'CREATE DATABASE other',
      'GRANT SELECT ON `public`.* TO app',
    ]) {
      await expect(run(migrator, statement), statement).rejects.toThrow(/denied|not allowed/);
    }
  });

  it('loses what the catalog no longer gives', async () => {
    await provision(migrator, migrate);
    const revoked: string[] = [];

    await provision(migrator, { public: 'read-write' }, ({ privilege }) => revoked.push(privilege));

    expect(revoked).toEqual(expect.arrayContaining(['CREATE', 'ALTER', 'DROP', 'TRIGGER', 'EXECUTE']));
    await expect(run(migrator, 'CREATE TABLE mine (id int)')).rejects.toThrow(/denied/);
    expect((await rightsOf(bench.server, migrator.username)).filter((line) => line.includes('public'))).toEqual([
      '%: GRANT SELECT, INSERT, UPDATE, DELETE ON `public`.* TO <user>@`%`',
    ]);
  });
});
