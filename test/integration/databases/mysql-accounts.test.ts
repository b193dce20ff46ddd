import { beforeEach, describe, expect, it } from 'vitest';
import { accountAt } from '../../_helpers/mysql-rights.ts';
import { app, clone, MysqlBench, yes } from '../../_helpers/mysql-bench.ts';
import { failureOf } from '../../_helpers/coded-failure.ts';

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

    it.each([
      ['sees that', 'GRANT SELECT ON mysql.*', /10\.%/],
      ['sees their hosts', 'GRANT SELECT (User, Host) ON mysql.user', /10\.%/],
      ['does not see that', 'GRANT USAGE ON *.*', /may not see/],
    ])('lets a user who %s, and may not change the others, change none', async (_, grant, reason) => {
      const own = { ...app, password: 'of the loopback' };
      await bench.server.query(`${grant} TO 'app'@'127.0.0.1'`);

      const failure = await failureOf(bench.under.database.changeOwnPassword(bench.address, own, 'second', yes));

      expect(failure.code).toBe('database-privilege');
      expect(failure.message).toMatch(reason);
      expect(failure.message).toContain('Declare an admin');
      expect(await bench.answer(own)).toBe('accepted');
    });

    it('says what a user for every host can not see, in a check and as it changes itself', async () => {
      await bench.server.query("DROP USER 'app'@'127.0.0.1'");
      const told: string[] = [];
      const { database } = bench.under;
      const onNotice = ({ code, message }: { readonly code: string; readonly message: string }) =>
        void told.push(`${code}: ${message}`);

      await database.checkOwnPassword!(bench.address, app, onNotice);
      await database.changeOwnPassword(bench.address, app, 'second', yes, onNotice);

      expect(told).toHaveLength(2);
      for (const one of told) expect(one).toMatch(/^accounts-apart: .*changes 'app'@'%' alone/);
    });

    it('lets a user change the one account that it has, where it sees that', async () => {
      await bench.server.query("DROP USER 'app'@'%', 'app'@'10.%'");
      await bench.server.query("GRANT SELECT (User, Host) ON mysql.user TO 'app'@'127.0.0.1'");
      const own = { ...app, password: 'of the loopback' };

      await bench.under.database.changeOwnPassword(bench.address, own, 'second', yes);

      expect(await bench.answer({ ...own, password: 'second' })).toBe('accepted');
    });

    if (flavour === 'mariadb') {
      it('changes none where the server refuses one of them', async () => {
        // Its plugin is not there: the statement goes on with the others.
        await bench.server.query(
          "UPDATE mysql.global_priv SET Priv = JSON_SET(Priv, '$.plugin', 'ed25519') WHERE User = 'app' AND Host = '10.%'",
        );
        await bench.server.query('FLUSH PRIVILEGES');
        const stored = () => bench.server.query("SELECT Host, Priv FROM mysql.global_priv WHERE User = 'app'");
        const hashes = async () => (await stored()).map(({ Priv }) => /\*\w{40}/.exec(String(Priv))?.[0]);
        const before = await hashes();

        const failure = await failureOf(bench.reset('second'));

        expect(failure.message).toContain("'app'@'10.%'");
        expect(await hashes()).toEqual(before);
        expect(await bench.answer({ ...app, password: 'of the loopback' })).toBe('accepted');
      });
    }

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

    it('says "locked" where it is, and names the account that somebody locked', async () => {
      await bench.server.query("ALTER USER 'app'@'%' ACCOUNT LOCK");

      const attempts = [() => bench.reset('second'), () => bench.cloneApp(), () => bench.check('single-user')];
      for (const attempt of attempts) {
        const failure = await failureOf(attempt());
        expect(failure.code).toBe('user-disabled');
        expect(failure.message).toContain("'app'@'%'");
      }

      expect(await bench.answer(app)).toBe('locked');
      expect(await bench.answer({ ...app, password: 'second' })).not.toBe('accepted');
      expect(await bench.hostsOf(clone.username)).toEqual([]);
    });

    it('leaves one of several locked, in a clone too, where it is not the one that logs in here', async () => {
      await bench.server.query("CREATE USER 'app'@'10.%' IDENTIFIED BY 'x' ACCOUNT LOCK");

      await bench.reset('second');
      await bench.cloneApp();
      await bench.cloneApp();

      expect(await bench.answer({ ...app, password: 'second' })).toBe('accepted');
      expect(await bench.answer(clone)).toBe('accepted');
      for (const username of ['app', clone.username]) {
        const [row] = await bench.server.query(`SHOW CREATE USER ${accountAt(username, '10.%')}`);
        expect(String(Object.values(row!)[0])).toContain('ACCOUNT LOCK');
      }
    });

    it('unlocks no account of a clone that somebody locked', async () => {
      await bench.server.query("CREATE USER 'app'@'10.%' IDENTIFIED BY 'x'");
      await bench.cloneApp();
      await bench.server.query(`ALTER USER ${accountAt(clone.username, '10.%')} ACCOUNT LOCK`);

      await bench.cloneApp();

      const [row] = await bench.server.query(`SHOW CREATE USER ${accountAt(clone.username, '10.%')}`);
      expect(String(Object.values(row!)[0])).toContain('ACCOUNT LOCK');
    });

    it('says "locked" where the password has expired, and another password mends that', async () => {
      await bench.server.query("ALTER USER 'app'@'%' PASSWORD EXPIRE");
      expect(await bench.answer(app)).toBe('locked');

      await bench.reset('second');
      expect(await bench.answer({ ...app, password: 'second' })).toBe('accepted');
    });
  });
});
