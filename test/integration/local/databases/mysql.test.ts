import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startMysql, type LocalMysql } from '../../../../local/databases/mysql.ts';
import { createLocalCertificates } from '../../../../local/tls.ts';
import { describeLocalServer, itGoesWithItsOwner } from './local-server-contract.ts';
import { mysqlSubject } from './mysql-login.ts';

describeLocalServer('MySQL', {
  ...mysqlSubject,
  start: startMysql,
  wrongSetting: ['no_such_setting=1', "unknown variable 'no_such_setting=1'"],
});

describe('a local MySQL', () => {
  let mysql: LocalMysql;
  beforeAll(async () => {
    mysql = await startMysql({ certificates: await createLocalCertificates(), databases: ['orders'] });
  });
  afterAll(() => mysql.stop());

  it('has the databases that were asked for, and nobody with a password but the administrator', async () => {
    expect(await mysql.query('SELECT DATABASE() AS name', { database: 'orders' })).toEqual([{ name: 'orders' }]);
    expect(await mysql.query("SELECT user FROM mysql.user WHERE account_locked = 'N'")).toEqual([{ user: 'admin' }]);
  });

  it('keeps a retained password valid beside the new one, as MySQL 8 does', async () => {
    await mysql.query("CREATE USER 'dual'@'%' IDENTIFIED BY 'first'");
    await mysql.query("ALTER USER 'dual'@'%' IDENTIFIED BY 'second' RETAIN CURRENT PASSWORD");
    await mysqlSubject.login(mysql, { user: 'dual', password: 'first' });
    await mysqlSubject.login(mysql, { user: 'dual', password: 'second' });

    await mysql.query("ALTER USER 'dual'@'%' DISCARD OLD PASSWORD");

    await expect(mysqlSubject.login(mysql, { user: 'dual', password: 'first' })).rejects.toThrow('Access denied');
    await mysqlSubject.login(mysql, { user: 'dual', password: 'second' });
  });

  it('logs statements in its own words', async () => {
    const connection = await createConnection({
      host: mysql.host,
      port: mysql.port,
      user: mysql.adminUser,
      password: mysql.adminPassword,
      ssl: { ca: mysql.ca },
    });
    await connection.query("CREATE USER 'quiet'@'%' IDENTIFIED BY 'never-in-a-log'");
    await connection.end();
    const log = await mysql.readLog();
    expect(log).toContain("CREATE USER 'quiet'@'%'");
    expect(log).not.toContain('never-in-a-log');
  });

  itGoesWithItsOwner('mysql', ['SIGKILL']);
});
