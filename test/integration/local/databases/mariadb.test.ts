import { describe, expect, it } from 'vitest';
import { startMariadb } from '../../../../local/databases/mariadb.ts';
import { createLocalCertificates } from '../../../../local/tls.ts';
import { describeLocalServer, itGoesWithItsOwner } from './local-server-contract.ts';
import { mysqlSubject } from './mysql-login.ts';

describeLocalServer('MariaDB', {
  ...mysqlSubject,
  start: startMariadb,
  // Its own words for a login without TLS.
  refusesPlain: /Access denied for user 'orders'/,
  wrongSetting: ['no_such_setting=1', "unknown variable 'no_such_setting=1'"],
});

describe('a local MariaDB', () => {
  it('has the databases that were asked for, and no user with an empty password', async () => {
    const mariadb = await startMariadb({ certificates: await createLocalCertificates(), databases: ['orders'] });
    try {
      expect(await mariadb.query('SELECT DATABASE() AS name', { database: 'orders' })).toEqual([{ name: 'orders' }]);
      const users = await mariadb.query(
        `SELECT User AS user FROM mysql.global_priv
          WHERE NOT JSON_EXISTS(Priv, '$.account_locked') OR NOT JSON_VALUE(Priv, '$.account_locked')`,
      );
      expect(users).toEqual([{ user: 'admin' }]);
      expect(await mariadb.readLog()).toContain('CREATE DATABASE `orders`');
    } finally {
      await mariadb.stop();
    }
  });

  itGoesWithItsOwner('mariadb', ['SIGKILL']);
});
