/** A real MySQL for one run: TLS only, every statement logged, failed logins in its error log, ended with its owner. */
import { join } from 'node:path';
import { startMysqlServer, type LocalMysql, type StartMysqlOptions } from './mysql-server.ts';
import { findPrograms } from './server-programs.ts';

export type { LocalMysql, StartMysqlOptions } from './mysql-server.ts';

/**
 * Starts MySQL with its default login, `caching_sha2_password`. If the calling process dies without `stop()`, a
 * watchdog ends the server and removes the data.
 *
 * @throws Error with the end of the server's log if it does not start, or that says what to install.
 */
export const startMysql = async (options: StartMysqlOptions): Promise<LocalMysql> => {
  const { path, root } = await findMysql(options.onProgress);
  return startMysqlServer(
    {
      label: 'MySQL',
      server: path.mysqld,
      initialise: [path.mysqld, '--initialize-insecure'],
      dropInitialUsers: "DROP USER 'root'@'localhost'",
      initialData: root === undefined ? undefined : join(root, 'initial-data'),
      settings: [
        ...(root === undefined ? [] : [`basedir=${root}/usr`, `plugin-dir=${root}/usr/lib/mysql/plugin`]),
        'log-error-verbosity=3',
        'loose-mysqlx=OFF',
        // Keys for logins without TLS, which is refused.
        'auto-generate-certs=OFF',
        'loose-caching-sha2-password-auto-generate-rsa-keys=OFF',
        'loose-sha256-password-auto-generate-rsa-keys=OFF',
        'secure-file-priv=NULL',
        'innodb-redo-log-capacity=8M',
      ],
    },
    options,
  );
};

/** @throws Error that says what to install if there is no build for this machine. */
export const findMysql = (onProgress?: (what: string) => void) =>
  findPrograms(
    {
      label: 'MySQL 8.0 or newer',
      suite: 'sid',
      packages: ['mysql-server-core'],
      programs: { mysqld: 'usr/sbin/mysqld' },
      versionOf: 'mysqld',
      version: /Ver ([89]|\d\d)\.\d+\.\d+(?!.*MariaDB)/,
      folders: ['/usr/sbin', '/usr/libexec'],
      elsewhere: 'install it (macOS: brew install mysql; Fedora: dnf install community-mysql-server)',
    },
    onProgress,
  );
