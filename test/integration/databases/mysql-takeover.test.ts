/** Users as AWS's own rotation functions leave them, and servers as they are found. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { RevokedRight } from '../../../lambdas/databases/port.ts';
import { app, clone, MysqlBench, yes } from '../../_helpers/mysql-bench.ts';
import { accountAt, rightsOf } from '../../_helpers/mysql-rights.ts';
import { failureOf } from '../../_helpers/coded-failure.ts';

describe.each(['mysql', 'mariadb'] as const)('a real %s that AWS’s functions rotated', (flavour) => {
  const bench = new MysqlBench(flavour);
  beforeEach(() => bench.addApp());

  /**
   * What SecretsManagerRDSMySQLRotationMultiUser and SecretsManagerRDSMariaDBRotationMultiUser do: each line of SHOW
   * GRANTS, up to its TO, for a second user.
   */
  const awsMultiUser = async (): Promise<void> => {
    await bench.under.addUser(clone);
    for (const row of await bench.server.query(`SHOW GRANTS FOR ${accountAt('app')}`)) {
      const [grant] = String(Object.values(row)[0]).split(' TO ');
      if (grant?.startsWith('GRANT ')) await bench.server.query(`${grant} TO ${accountAt(clone.username)}`);
    }
  };
  const takeOver = async (from: string, to: string): Promise<readonly RevokedRight[]> => {
    const lost: RevokedRight[] = [];
    const { database, admin } = bench.under;
    const wanted = { from, to, password: clone.password, onRevoked: (right: RevokedRight) => void lost.push(right) };
    await database.cloneUser!(bench.address, admin, wanted, yes);
    return lost;
  };

  it('has two users with equal rights after the first rotation, and none lost', async () => {
    await bench.under.rights?.give('app', 'first');
    const before = await rightsOf(bench.server, 'app');
    await awsMultiUser();

    expect(await takeOver('app', clone.username)).toEqual([]);

    expect(await rightsOf(bench.server, 'app')).toEqual(before);
    expect(await rightsOf(bench.server, clone.username)).toEqual(before);
  });

  it('has told before and after what the first user loses that AWS’s function did not copy', async () => {
    await bench.under.rights?.give('app', 'first');
    await awsMultiUser();
    const task = { username: clone.username, strategy: 'alternating-users', twin: 'app' } as const;

    const notices = await bench.under.database.checkAdmin(bench.address, bench.under.admin, task);
    const lost = await takeOver(clone.username, 'app');

    expect(lost.map(({ privilege }) => privilege)).toContain('GRANT OPTION');
    expect(lost.map(({ privilege }) => privilege)).toContain('default role');
    expect(lost.map(({ privilege, object }) => `${privilege} ${object}`).join()).toMatch(/role passing on `reader`/);
    expect(lost.every(({ username }) => username === 'app')).toBe(true);
    const told = notices.filter(({ code }) => code === 'right-revoked').map(({ message }) => message);
    expect(told).toHaveLength(lost.length);
    for (const { privilege, object } of lost) expect(told.join('\n')).toContain(`${privilege} on ${object}`);
  });

  it('goes on with the one user of the single-user function', async () => {
    await bench.under.rights?.give('app', 'first');
    const before = await rightsOf(bench.server, 'app');
    await bench.server.query(
      flavour === 'mysql'
        ? "ALTER USER 'app'@'%' IDENTIFIED BY 'set by AWS'"
        : "SET PASSWORD FOR 'app'@'%' = PASSWORD('set by AWS')",
    );
    const own = { ...app, password: 'set by AWS' };

    expect(await bench.under.database.changeOwnPassword(bench.address, own, 'second', yes)).toBe('changed');

    expect(await bench.answer({ ...app, password: 'second' })).toBe('accepted');
    expect(await rightsOf(bench.server, 'app')).toEqual(before);
  });
});

describe.each(['mysql', 'mariadb'] as const)('a real %s with settings of its own', (flavour) => {
  const bench = new MysqlBench(flavour);
  beforeEach(() => bench.addApp());

  it('has all accounts changed whatever a session inherits', async () => {
    const odd = { username: 'äpp', password: 'first' };
    await bench.server.query("CREATE USER 'äpp'@'%' IDENTIFIED BY 'first', 'äpp'@'10.%' IDENTIFIED BY 'first'");
    await bench.set(
      'init_connect',
      flavour === 'mysql'
        ? "'SET NAMES latin1, sql_select_limit = 1, autocommit = 0, transaction_read_only = 1, sql_safe_updates = 1'"
        : "'SET NAMES latin1, sql_select_limit = 1, autocommit = 0, tx_read_only = 1, sql_safe_updates = 1'",
    );
    await bench.set('sql_mode', "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'");
    const { database, admin } = bench.under;
    const change = { username: odd.username, password: 'sécond', resetPassword: true, version: 'v' };

    expect(await database.changeUser(bench.address, admin, change, yes)).toBe('reset');

    const inspect = (password: string) => database.inspectUser!(bench.address, admin, { ...odd, password });
    expect(await inspect('sécond')).toEqual({ password: 'matches' });
    expect(await inspect('first')).toEqual({ password: 'differs' });
    expect(await database.changeOwnPassword(bench.address, admin, 'of the ädmin', yes)).toBe('changed');
    expect(await bench.answer({ ...admin, password: 'of the ädmin' })).toBe('accepted');
  });

  it('tells before two users take turns what goes by one of them, and of second passwords', async () => {
    await bench.server.query("CREATE DEFINER = 'app'@'%' SQL SECURITY DEFINER VIEW public.totals AS SELECT 1 AS one");
    await bench.server.query("CREATE DEFINER = 'app'@'%' EVENT public.nightly ON SCHEDULE EVERY 1 DAY DO SELECT 1");
    await bench.server.query("ALTER USER 'app'@'%' WITH MAX_USER_CONNECTIONS 5");
    if (flavour === 'mysql') {
      await bench.server.query("ALTER USER 'app'@'%' IDENTIFIED BY 'second' RETAIN CURRENT PASSWORD");
    }

    const notices = await bench.check('alternating-users');

    const bound = notices.find(({ code }) => code === 'bound-to-user');
    expect(bound?.message).toContain('event public.nightly, view public.totals');
    const restricted = notices.filter(({ code }) => code === 'login-restricted').map(({ message }) => message);
    expect(restricted.join('\n')).toContain('at most 5 sessions');
    if (flavour === 'mysql') {
      expect(notices).toContainEqual(expect.objectContaining({ code: 'second-password' }));
    }
    expect(await bench.check('single-user')).not.toContainEqual(expect.objectContaining({ code: 'bound-to-user' }));
  });
});

describe('a proxy in the place of the server', () => {
  const bench = new MysqlBench('mariadb', ['version=10.11.6-MariaDB-MaxScale']);

  it('is refused before anything is changed', async () => {
    await bench.addApp();
    const { database } = bench.under;

    for (const attempt of [
      () => database.changeOwnPassword(bench.address, app, 'second', yes),
      () => bench.reset('second'),
      () => bench.check('single-user'),
    ]) {
      expect(await failureOf(attempt())).toMatchObject({ code: 'proxy-endpoint', retryable: false });
    }

    expect(await bench.answer(app)).toBe('accepted');
  });
});
