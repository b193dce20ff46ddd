import { beforeEach, describe, expect, it } from 'vitest';
import { accountAt } from '../../_helpers/mysql-rights.ts';
import { app, clone, failureOf, MysqlBench, yes } from '../../_helpers/mysql-bench.ts';

describe.each(['mysql', 'mariadb'] as const)('users of a real %s', (flavour) => {
  const bench = new MysqlBench(flavour);

  it('quotes the same whatever the server takes quotes for', async () => {
    await bench.set('sql_mode', "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PIPES_AS_CONCAT'");
    const odd = { username: `a"b'c\\\`d`, password: `1"2'3\\4\`5` };
    await bench.addApp();
    const change = { ...odd, resetPassword: true, version: 'v', grants: { public: 'read-only' } } as const;
    const next = `${odd.password}\\'"`;

    expect(await bench.under.database.changeUser(bench.address, bench.under.admin, change, yes)).toBe('created');
    expect(await bench.under.database.changeUser(bench.address, bench.under.admin, change, yes)).toBe('reset');
    expect(await bench.answer(odd)).toBe('accepted');
    expect(await bench.under.database.changeOwnPassword(bench.address, odd, next, yes)).toBe('changed');
    expect(await bench.answer({ ...odd, password: next })).toBe('accepted');
    expect(await bench.answer(app)).toBe('accepted');
  });

  describe('with several accounts of one name', () => {
    beforeEach(async () => {
      await bench.addApp();
      await bench.server.query(
        "CREATE USER 'app'@'127.0.0.1' IDENTIFIED BY 'of the loopback', 'app'@'10.%' IDENTIFIED BY 'x'",
      );
    });

    it('changes all of them in one statement, and keeps their hosts', async () => {
      const marker = (await bench.server.readLog()).length;

      await bench.reset('second');

      expect(await bench.answer({ ...app, password: 'second' })).toBe('accepted');
      await bench.server.query("DROP USER 'app'@'127.0.0.1'");
      expect(await bench.answer({ ...app, password: 'second' })).toBe('accepted');
      expect(await bench.hostsOf('app')).toEqual(['%', '10.%']);
      const changes = (await bench.server.readLog()).slice(marker).match(/Query\s+ALTER USER .*IDENTIFIED/g) ?? [];
      expect(changes).toHaveLength(1);
    });

    it('clones all of them, and drops the clones of those that are gone', async () => {
      await bench.cloneApp();
      expect(await bench.hostsOf(clone.username)).toEqual(['%', '10.%', '127.0.0.1']);
      expect(await bench.answer(clone)).toBe('accepted');

      await bench.server.query("DROP USER 'app'@'127.0.0.1'");
      await bench.cloneApp();

      expect(await bench.hostsOf(clone.username)).toEqual(['%', '10.%']);
      expect(await bench.answer(clone)).toBe('accepted');
    });

    it('revokes all of them', async () => {
      expect(await bench.revokeApp('drop')).toBe('revoked');
      expect(await bench.hostsOf('app')).toEqual([]);
    });

    it('lets a user who sees that, and may not change the others, change none', async () => {
      const own = { ...app, password: 'of the loopback' };
      await bench.server.query("GRANT SELECT ON mysql.* TO 'app'@'127.0.0.1'");

      const failure = await failureOf(bench.under.database.changeOwnPassword(bench.address, own, 'second', yes));

      expect(failure.code).toBe('database-privilege');
      expect(await bench.answer(own)).toBe('accepted');
    });

    it('lets an admin change all of its own', async () => {
      await bench.server.query(`CREATE USER ${accountAt(bench.under.admin.username, '10.%')} IDENTIFIED BY 'x'`);

      await bench.under.database.changeOwnPassword(bench.address, bench.under.admin, 'second', yes);

      expect(await bench.answer({ ...bench.under.admin, password: 'second' })).toBe('accepted');
      const stored = await bench.server.query('SELECT authentication_string AS hash FROM mysql.user WHERE User = ?', {
        values: [bench.under.admin.username],
      });
      expect(stored).toHaveLength(2);
      if (flavour === 'mariadb') expect(new Set(stored.map(({ hash }) => hash)).size).toBe(1);
    });
  });

  describe('with an account that takes no password now', () => {
    beforeEach(() => bench.addApp());

    it('says "locked" where it is, and a rotation does not unlock it', async () => {
      await bench.server.query("ALTER USER 'app'@'%' ACCOUNT LOCK");
      await bench.reset('second');
      await bench.cloneApp();

      expect(await bench.answer({ ...app, password: 'second' })).toBe('locked');
      expect(await bench.answer(clone)).toBe('locked');
    });

    it('says "locked" where the password has expired, and another password mends that', async () => {
      await bench.server.query("ALTER USER 'app'@'%' PASSWORD EXPIRE");
      expect(await bench.answer(app)).toBe('locked');

      await bench.reset('second');
      expect(await bench.answer({ ...app, password: 'second' })).toBe('accepted');
    });
  });
});
