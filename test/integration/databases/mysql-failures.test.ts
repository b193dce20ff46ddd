import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { app, MysqlBench, yes } from '../../_helpers/mysql-bench.ts';
import { accountAt } from '../../_helpers/mysql-rights.ts';
import { openDatabase } from '../../_helpers/mysql-under-test.ts';
import { startTcpProxy } from '../../_helpers/tcp-proxy.ts';
import { failureOf } from '../../_helpers/coded-failure.ts';

describe.each(['mysql', 'mariadb'] as const)('a real %s that is in the way', (flavour) => {
  const bench = new MysqlBench(flavour);

  describe('revoking', () => {
    beforeEach(() => bench.addApp());

    const weaken = async (...privileges: string[]): Promise<void> => {
      for (const privilege of privileges) {
        await bench.server.query(`REVOKE ${privilege} ON *.* FROM ${accountAt(bench.under.admin.username)}`);
      }
    };
    const kill = flavour === 'mysql' ? 'CONNECTION_ADMIN' : 'CONNECTION ADMIN';

    it('ends sessions by the procedure of RDS where the admin may not kill', async () => {
      await weaken(kill);
      await bench.server.query(
        'CREATE DEFINER = CURRENT_USER PROCEDURE mysql.rds_kill(IN id BIGINT) SQL SECURITY DEFINER KILL id',
      );
      onTestFinished(async () => {
        await bench.server.query('DROP PROCEDURE mysql.rds_kill');
      });
      const session = await bench.under.openSession!(app);

      expect(await bench.revokeApp('block')).toBe('revoked');

      expect(await session.ended()).toBe(true);
      await session.close();
    });

    it.each([
      ['to kill', kill, kill],
      ['to see the sessions of others', 'PROCESS', 'PROCESS'],
    ])('changes nothing where the admin lacks the privilege %s', async (_, privilege, named) => {
      await weaken(privilege);

      const failure = await failureOf(bench.revokeApp('block'));
      const check = await failureOf(
        bench.under.database.checkAdmin(bench.address, bench.under.admin, {
          username: 'app',
          strategy: 'alternating-users',
        }),
      );

      for (const { code, message } of [failure, check]) {
        expect(code).toBe('database-privilege');
        expect(message).toContain(named);
      }
      expect(await bench.answer(app)).toBe('accepted');
    });

    it('does not drop the definer of what would stop working, but lets it in no more', async () => {
      await bench.server.query("CREATE DEFINER = 'app'@'%' SQL SECURITY DEFINER VIEW public.totals AS SELECT 1 AS one");
      await bench.server.query("CREATE DEFINER = 'app'@'%' PROCEDURE public.count_up() SELECT 1");

      const failure = await failureOf(bench.revokeApp('drop'));

      expect(failure.code).toBe('strategy-impossible');
      expect(failure.message).toContain('procedure public.count_up, view public.totals');
      expect(await bench.answer(app)).toBe('auth');
      await bench.server.query('DROP VIEW public.totals');
      await bench.server.query('DROP PROCEDURE public.count_up');
      expect(await bench.revokeApp('drop')).toBe('revoked');
    });
  });

  it('is no writer where it may only be read', async () => {
    await bench.addApp();
    await bench.set(flavour === 'mysql' ? 'super_read_only' : 'read_only', 'ON');
    if (flavour === 'mysql') {
      onTestFinished(async () => {
        await bench.server.query('SET GLOBAL read_only = OFF');
      });
    }

    const failure = await failureOf(bench.reset('second'));

    expect(failure.code).toBe('database-unknown');
    expect(failure.retryable).toBe(true);
    expect(failure.message).toMatch(/1290|1836/);
  });

  it('leaves it uncertain whether a change happened whose answer is lost, and nothing else', async () => {
    await bench.addApp();
    const proxy = await startTcpProxy(bench.server);
    onTestFinished(() => proxy.stop());
    const through = { ...bench.address, port: proxy.port };
    const changeAfter = (writes: number) =>
      failureOf(
        bench.under.database.changeUser(
          through,
          bench.under.admin,
          { username: 'app', password: 'second', resetPassword: true, version: 'v' },
          () => {
            proxy.cutAfterWrites(writes);
            return Promise.resolve(true);
          },
        ),
      );
    // Accounts and grants are read before, in MySQL default roles too, in MariaDB what checks passwords.
    const reads = 3;

    const reading = await changeAfter(reads);
    expect(reading).toMatchObject({ code: 'database-network', uncertain: false });
    expect(await bench.answer(app)).toBe('accepted');

    proxy.cutAfterWrites(Infinity);
    const changing = await changeAfter(reads + 1);
    expect(changing).toMatchObject({ code: 'database-network', uncertain: true });
    expect(await bench.answer({ ...app, password: 'second' })).toBe('accepted');
  });

  it('is called by the name of the engine that it is', async () => {
    await bench.addApp();
    const other = openDatabase(flavour === 'mysql' ? 'mariadb' : 'mysql', bench.server);

    const failure = await failureOf(other.changeOwnPassword(bench.address, app, 'second', yes));

    expect(failure.code).toBe('engine-mismatch');
    expect(await bench.answer(app)).toBe('accepted');
  });
});
