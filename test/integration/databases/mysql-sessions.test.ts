/** What a session inherits from the server and the admin's roles changes nothing of what a rotation does. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Credential } from '../../../lambdas/databases/port.ts';
import { app, clone, MysqlBench, yes } from '../../_helpers/mysql-bench.ts';
import { accountAt } from '../../_helpers/mysql-rights.ts';
import { failureOf } from '../../_helpers/coded-failure.ts';

const master =
  'SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, RELOAD, PROCESS, REFERENCES, INDEX, ALTER, EXECUTE, CREATE USER';

describe.each(['mysql', 'mariadb'] as const)('a session on a real %s', (flavour) => {
  const bench = new MysqlBench(flavour);
  beforeEach(() => bench.addApp());

  const everything = async (admin: Credential = bench.under.admin): Promise<void> => {
    const { database, address } = bench.under;
    const task = { username: app.username, strategy: 'alternating-users', grants: { public: 'read-write' } } as const;
    await database.checkAdmin(address, admin, task);
    const wanted = { from: app.username, to: clone.username, password: clone.password, grants: task.grants };
    expect(await database.cloneUser!(address, admin, wanted, yes)).toBe('created');
    const { provisioning } = bench.under;
    expect(await provisioning?.grantsOf(clone.username)).toBe(await provisioning?.grantsOf(app.username));
    const change = { ...app, password: 'second', resetPassword: true, version: 'v' };
    expect(await database.changeUser(address, admin, change, yes)).toBe('reset');
    const credential = { ...app, password: 'second' };
    expect(await database.changeOwnPassword(address, credential, 'third', yes)).toBe('changed');
    expect(await bench.answer({ ...app, password: 'third' })).toBe('accepted');
    expect(await bench.answer(clone)).toBe('accepted');
    const seen = await database.inspectUser!(address, admin, { ...app, password: 'third' });
    expect(seen).toEqual({ password: 'matches' });
    const gone = { username: clone.username, then: 'drop', heir: app.username } as const;
    expect(await database.revokeUser!(address, admin, gone, yes)).toBe('revoked');
    expect(await bench.hostsOf(clone.username)).toEqual([]);
  };

  const settings: readonly (readonly [string, string])[] = [
    ['sql_mode', "'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH'"],
    ['sql_mode', "'ORACLE'"],
    ['init_connect', "'SET SESSION sql_safe_updates = 1, sql_select_limit = 1, autocommit = 0'"],
    ['init_connect', "'SET ROLE NONE'"],
    ...(flavour === 'mysql' ? ([['max_execution_time', '1']] as const) : []),
    [flavour === 'mysql' ? 'transaction_read_only' : 'tx_read_only', '1'],
    ['lock_wait_timeout', '1'],
    ['sql_quote_show_create', '0'],
    ...(flavour === 'mariadb' ? ([['old_passwords', '1']] as const) : []),
  ];
  const possible = settings.filter(([, value]) => flavour === 'mariadb' || value !== "'ORACLE'");

  it.each(possible)('does all of a rotation with %s = %s', async (variable, value) => {
    await bench.set(variable, value);
    await everything();
  });

  if (flavour === 'mariadb') {
    it('does all of a rotation where the statements of both have no time', async () => {
      for (const { username } of [bench.under.admin, app]) {
        await bench.server.query(`GRANT USAGE ON *.* TO ${accountAt(username)} WITH MAX_STATEMENT_TIME 0.000001`);
      }
      await everything();
    });
  }

  describe('of an admin who has its privileges through a role', () => {
    const roled: Credential = { username: 'roled', password: 'password of the roled' };
    const role = async (name: string): Promise<void> => {
      await bench.server.query(`CREATE ROLE ${name}`);
      await bench.server.query(`GRANT ${master} ON *.* TO ${name} WITH GRANT OPTION`);
      await bench.server.query(
        `GRANT ${flavour === 'mysql' ? 'CONNECTION_ADMIN' : 'CONNECTION ADMIN'} ON *.* TO ${name}`,
      );
      await bench.server.query(`GRANT ${name} TO ${accountAt(roled.username)}`);
    };
    beforeEach(() => bench.under.addUser(roled));

    it('does all of a rotation where the role is not active by default', async () => {
      await role('boss');
      await everything(roled);
    });

    if (flavour === 'mysql') {
      it('does all of a rotation where every user has the role', async () => {
        await role('boss');
        await bench.server.query(`REVOKE boss FROM ${accountAt(roled.username)}`);
        await bench.server.query('CREATE ROLE everybody');
        await bench.server.query('GRANT SELECT ON public.* TO everybody');
        await bench.set('mandatory_roles', "'everybody'");
        await bench.server.query(`GRANT boss TO ${accountAt(roled.username)}`);
        await everything(roled);
      });
    } else {
      it('says which roles are not active where it can activate one only', async () => {
        await role('boss');
        await bench.server.query('CREATE ROLE clerk');
        await bench.server.query(`GRANT clerk TO ${accountAt(roled.username)}`);
        const { database, address } = bench.under;
        const task = { username: app.username, strategy: 'single-user' } as const;

        const failure = await failureOf(database.checkAdmin(address, roled, task));

        expect(failure.code).toBe('database-privilege');
        expect(failure.message).toContain('has roles that are not active (`boss`, `clerk`)');
        await bench.server.query(`SET DEFAULT ROLE boss FOR ${accountAt(roled.username)}`);
        await everything(roled);
      });
    }
  });
});

describe('a real mariadb that takes the names of databases in lower case', () => {
  const bench = new MysqlBench('mariadb', ['lower_case_table_names=1']);

  it('grants what the catalog writes in upper case once, and takes nothing away again', async () => {
    await bench.addApp();
    const { database, address, admin } = bench.under;
    const lost: unknown[] = [];
    const change = { ...app, resetPassword: false, version: 'v', grants: { PUBLIC: 'read-write' } } as const;

    for (let time = 1; time <= 2; time++) {
      await database.changeUser(address, admin, { ...change, onRevoked: (right) => lost.push(right) }, yes);
    }

    expect(lost).toEqual([]);
    expect(await bench.under.provisioning?.grantsOf(app.username)).toBe('public=read-write');
  });
});
