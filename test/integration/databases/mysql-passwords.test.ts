import { beforeEach, describe, expect, it } from 'vitest';
import { app, MysqlBench, yes } from '../../_helpers/mysql-bench.ts';
import { failureOf } from '../../_helpers/coded-failure.ts';

describe.each(['mysql', 'mariadb'] as const)('passwords of a real %s', (flavour) => {
  const bench = new MysqlBench(flavour);

  if (flavour === 'mysql') {
    describe('with two passwords', () => {
      beforeEach(() => bench.addApp());

      it('keeps the one in use, also where an earlier rotation left a third behind', async () => {
        await bench.reset('abandoned', app.password);

        expect(await bench.reset('second', app.password)).toBe('reset');

        expect(await bench.answer(app)).toBe('accepted');
        expect(await bench.answer({ ...app, password: 'second' })).toBe('accepted');
        expect(await bench.answer({ ...app, password: 'abandoned' })).toBe('auth');
      });

      it('discards one that was never promoted', async () => {
        await bench.reset('abandoned', app.password);

        await bench.under.database.discardPassword!(
          bench.address,
          bench.under.admin,
          { username: 'app', keep: app.password },
          yes,
        );

        expect(await bench.answer(app)).toBe('accepted');
        expect(await bench.answer({ ...app, password: 'abandoned' })).toBe('auth');
      });

      it('has one alone after a reset that keeps none, and in a clone', async () => {
        await bench.reset('second', app.password);
        await bench.reset('third');
        expect(await bench.answer(app)).toBe('auth');
        expect(await bench.answer({ ...app, password: 'second' })).toBe('auth');
        expect(await bench.answer({ ...app, password: 'third' })).toBe('accepted');
      });
    });

    it('refuses to send a password to a server that logs statements as they come', async () => {
      await bench.addApp();
      await bench.set('log_raw', 'ON');

      const failure = await failureOf(
        bench.under.database.changeOwnPassword(bench.address, app, 'a canary in clear', yes),
      );

      expect(failure.code).toBe('database-privilege');
      expect(failure.message).toContain('log_raw');
      expect(await bench.reset('a canary through the admin')).toBe('reset');
      const log = await bench.server.readLog();
      expect(log).not.toContain('a canary in clear');
      expect(log).not.toContain('a canary through the admin');
    });

    it('tells the current password where the account wants that', async () => {
      await bench.addApp();
      await bench.server.query("ALTER USER 'app'@'%' PASSWORD REQUIRE CURRENT");

      await bench.under.database.changeOwnPassword(bench.address, app, 'a second canary', yes);

      expect(await bench.answer({ ...app, password: 'a second canary' })).toBe('accepted');
      const log = await bench.server.readLog();
      expect(log).toContain('REPLACE <secret>');
      expect(log).not.toContain('a second canary');
    });

    it('changes an account of the older method by that method', async () => {
      await bench.server.query("CREATE USER 'app'@'%' IDENTIFIED WITH sha256_password BY 'first'");

      await bench.reset('second');

      expect(await bench.answer({ ...app, password: 'second' })).toBe('accepted');
      const [row] = await bench.server.query("SELECT plugin FROM mysql.user WHERE User = 'app'");
      expect(row?.['plugin']).toBe('sha256_password');
    });
  } else {
    it('leaves the other ways into an account as they are, and refuses one that knows no password', async () => {
      await bench.server.query(
        "CREATE USER 'app'@'%' IDENTIFIED VIA unix_socket OR mysql_native_password USING PASSWORD('first')",
      );
      await bench.reset('second');
      expect(await bench.answer({ ...app, password: 'second' })).toBe('accepted');
      const [row] = await bench.server.query("SHOW CREATE USER 'app'@'%'");
      expect(String(Object.values(row!)[0])).toMatch(/IDENTIFIED VIA unix_socket OR mysql_native_password USING/);

      await bench.server.query("ALTER USER 'app'@'%' IDENTIFIED VIA unix_socket");
      const failure = await failureOf(bench.reset('third'));
      expect(failure.code).toBe('database-locked');
      expect(failure.message).toContain('unix_socket');
    });
  }
});
