import { beforeEach, describe, expect, it } from 'vitest';
import { app, MysqlBench } from '../../_helpers/mysql-bench.ts';
import { accountAt } from '../../_helpers/mysql-rights.ts';

/** Each cause of a refused login: how it comes about, how the server words the refusal, and what an admin sees of it. */
const barriers = [
  ["ALTER USER 'app'@'%' ACCOUNT LOCK", 'locked', 'disabled', /locked/],
  ["ALTER USER 'app'@'%' PASSWORD EXPIRE", 'locked', 'expired', /expired/],
  ["ALTER USER 'app'@'%' REQUIRE X509", 'auth', 'certificate', /REQUIRE X509/],
  ["ALTER USER 'app'@'%' REQUIRE SUBJECT '/CN=app'", 'auth', 'certificate', /SUBJECT/],
  ["RENAME USER 'app'@'%' TO 'app'@'10.%'", 'auth', 'host', /'app'@'10\.%' takes logins from 127\.0\.0\.1/],
  ["RENAME USER 'app'@'%' TO 'app'@'10.0.0.0/255.0.0.0'", 'auth', 'host', /takes logins from 127\.0\.0\.1/],
  ["CREATE USER 'app'@'127.%' IDENTIFIED BY 'another'", 'auth', 'host', /'app'@'%' has this password.*'app'@'127\.%'/],
] as const;

describe.each(['mysql', 'mariadb'] as const)('why a real %s refuses a login', (flavour) => {
  const bench = new MysqlBench(flavour);
  beforeEach(() => bench.addApp());

  it.each(barriers)('is seen after %s', async (statement, answer, kind, detail) => {
    await bench.server.query(statement);

    expect(await bench.answer(app)).toBe(answer);

    const seen = await bench.inspect(app.password);
    expect(seen.password).toBe('matches');
    expect(seen.barrier?.kind).toBe(kind);
    expect(seen.barrier?.detail).toMatch(detail);
    expect((await bench.inspect('another one')).password).toBe('differs');
  });

  it('is seen where the user has as many sessions as it may', async () => {
    await bench.server.query("ALTER USER 'app'@'%' WITH MAX_USER_CONNECTIONS 1");
    const session = await bench.under.openSession!(app);

    expect(await bench.answer(app)).toBe('network');
    expect((await bench.inspect(app.password)).barrier?.kind).toBe('limit');
    await session.close();
  });

  it('is no barrier where another password ends it', async () => {
    await bench.server.query("ALTER USER 'app'@'%' PASSWORD EXPIRE");
    expect(await bench.inspect('the next one')).toEqual({ password: 'differs' });
  });

  it('is found past the lifetime of a password', async () => {
    await bench.server.query("ALTER USER 'app'@'%' PASSWORD EXPIRE INTERVAL 30 DAY");
    expect(await bench.inspect(app.password)).toEqual({ password: 'matches' });
    await bench.server.query(
      flavour === 'mysql'
        ? "UPDATE mysql.user SET password_last_changed = NOW() - INTERVAL 31 DAY WHERE User = 'app'"
        : "UPDATE mysql.global_priv SET Priv = JSON_SET(Priv, '$.password_last_changed', UNIX_TIMESTAMP() - 31 * 86400) WHERE User = 'app'",
    );
    await bench.server.query('FLUSH PRIVILEGES');

    expect((await bench.inspect(app.password)).barrier?.kind).toBe('expired');
  });

  it('is not told to an admin who may not read the accounts, and that is said', async () => {
    const { username } = bench.under.admin;
    await bench.server.query(`REVOKE SELECT ON *.* FROM ${accountAt(username)}`);

    expect(await bench.inspect(app.password)).toEqual({ password: 'unreadable' });
  });

  if (flavour === 'mysql') {
    it('takes the second of two passwords for one of the user', async () => {
      await bench.reset('second', app.password);
      expect(await bench.inspect(app.password)).toEqual({ password: 'matches' });
      expect(await bench.inspect('second')).toEqual({ password: 'matches' });
    });
  }
});
