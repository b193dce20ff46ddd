import { describe, expect, it, onTestFinished } from 'vitest';
import { createLocalCertificates } from '../../../local/tls.ts';
import { app, clone, MysqlBench, yes } from '../../_helpers/mysql-bench.ts';
import { rightsOf } from '../../_helpers/mysql-rights.ts';
import { connectAs, prepareMysql, startFlavour } from '../../_helpers/mysql-under-test.ts';
import { failureOf } from '../../_helpers/coded-failure.ts';

describe.each(['mysql', 'mariadb'] as const)('grants of a real %s', (flavour) => {
  const bench = new MysqlBench(flavour);

  describe('reconciling grants', () => {
    const provision = (grants: Record<string, 'read-only' | 'read-write'>) =>
      bench.under.database.changeUser(
        bench.address,
        bench.under.admin,
        { ...app, resetPassword: false, version: 'v', grants },
        yes,
      );

    it('gives rights on the database that is named, and not on those whose names are like it', async () => {
      await bench.server.query('CREATE DATABASE my_app');
      await bench.server.query('CREATE DATABASE myXapp');
      await bench.server.query('CREATE TABLE myXapp.secrets (id int)');

      await provision({ my_app: 'read-only' });

      const connection = await connectAs(bench.server, app);
      await expect(connection.query('SELECT * FROM myXapp.secrets')).rejects.toThrow(/denied/);
      await expect(connection.query('USE my_app')).resolves.toBeDefined();
      await connection.end();
    });

    it('takes away what is wider than what the catalog names: everywhere, in other databases, by a role', async () => {
      await bench.addApp();
      await bench.server.query("GRANT PROCESS ON *.* TO 'app'@'%'");
      await bench.server.query("GRANT ALL PRIVILEGES ON shop_eu.* TO 'app'@'%' WITH GRANT OPTION");
      await bench.server.query("GRANT reader TO 'app'@'%'");

      await provision({ public: 'read-only' });

      expect((await rightsOf(bench.server, 'app')).filter((line) => line.includes('GRANT'))).toEqual([
        '%: GRANT SELECT ON `public`.* TO <user>@`%`',
        '%: GRANT USAGE ON *.* TO <user>@`%`',
      ]);
    });

    it('passes over rights on a table that was dropped', async () => {
      await bench.addApp();
      await bench.server.query("GRANT SELECT ON shop_eu.refunds TO 'app'@'%'");
      await bench.server.query("GRANT SELECT ON shop_eu.orders TO 'app'@'%'");
      await bench.server.query('DROP TABLE shop_eu.refunds');

      expect(await bench.cloneApp()).toBe('created');

      expect((await rightsOf(bench.server, clone.username)).join()).toContain('GRANT SELECT ON `shop_eu`.`orders`');
      expect(await bench.answer(clone)).toBe('accepted');
    });

    it('names the right that the admin may not pass on, and the clone logs in nowhere', async () => {
      await bench.addApp();
      await bench.server.query("GRANT SHUTDOWN ON *.* TO 'app'@'%'");

      const failure = await failureOf(bench.cloneApp());

      expect(failure.code).toBe('database-privilege');
      expect(failure.message).toContain('GRANT SHUTDOWN ON *.*');
      expect(await bench.answer(clone)).toBe('auth');
      await bench.server.query("REVOKE SHUTDOWN ON *.* FROM 'app'@'%'");
      await bench.cloneApp();
      expect(await bench.answer(clone)).toBe('accepted');
    });

    it('refuses users who could become the admin', async () => {
      await bench.addApp();
      await bench.server.query("GRANT CREATE USER ON *.* TO 'app'@'%'");

      expect((await failureOf(bench.reset('second'))).code).toBe('user-reserved');
      expect((await failureOf(bench.cloneApp())).code).toBe('user-reserved');
    });
  });

  if (flavour === 'mysql') {
    it('clones rights that are taken back in a part, and takes names literally then', async () => {
      const partial = await startFlavour('mysql', {
        certificates: await createLocalCertificates(),
        settings: ['partial-revokes=ON'],
      });
      onTestFinished(() => partial.stop());
      const there = await prepareMysql('mysql', partial);
      const change = { ...app, resetPassword: false, version: 'v', grants: { shop_eu: 'read-only' } } as const;
      await there.database.changeUser(there.address, there.admin, change, yes);
      const connection = await connectAs(partial, app);
      await expect(connection.query('SELECT * FROM shop_eu.orders')).resolves.toBeDefined();
      await connection.end();

      await partial.query("GRANT SELECT, INSERT ON *.* TO 'app'@'%'");
      await partial.query("REVOKE INSERT ON shop_eu.* FROM 'app'@'%'");
      const wanted = { from: 'app', to: clone.username, password: clone.password };
      await there.database.cloneUser!(there.address, there.admin, wanted, yes);
      expect(await rightsOf(partial, clone.username)).toEqual(await rightsOf(partial, 'app'));
      expect((await rightsOf(partial, 'app')).join()).toContain('REVOKE INSERT ON `shop_eu`.*');

      await partial.query("GRANT INSERT ON shop_eu.* TO 'app'@'%'");
      await there.database.cloneUser!(there.address, there.admin, wanted, yes);
      expect(await rightsOf(partial, clone.username)).toEqual(await rightsOf(partial, 'app'));
      expect((await rightsOf(partial, 'app')).join()).not.toContain('REVOKE');
    });
  }
});
