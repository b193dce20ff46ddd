/** How the contract of local servers logs in to MySQL and MariaDB. */
import { createConnection } from 'mysql2/promise';
import type { LocalMysql } from '../../../../local/databases/mysql.ts';
import type { Login, LocalServerSubject } from './local-server-contract.ts';

export const mysqlSubject: Omit<LocalServerSubject<LocalMysql>, 'start' | 'wrongSetting'> = {
  async login(server: LocalMysql, { user, password, tls = true }: Login) {
    const connection = await createConnection({
      host: server.host,
      port: server.port,
      user,
      password,
      ...(tls && { ssl: { ca: server.ca, verifyIdentity: true } }),
    });
    await connection.query('SELECT 1');
    await connection.end();
  },
  async createUser(server, user, password) {
    await server.query("CREATE USER ?@'%' IDENTIFIED BY ?", { values: [user, password] });
  },
  refusesPlain: /insecure transport/,
  refusesPassword: /Access denied for user 'orders'/,
  logsRefusal: /Access denied for user 'orders'@'127\.0\.0\.1' \(using password: YES\)/,
  readLogins: (server) => server.readErrorLog(),
};
