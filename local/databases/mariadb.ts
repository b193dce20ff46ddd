/** A real MariaDB for one run: TLS only, every statement logged, failed logins in its error log, ended with its owner. */
import { join } from 'node:path';
import { startMysqlServer, type LocalMysql, type StartMysqlOptions } from './mysql-server.ts';
import { findPrograms } from './server-programs.ts';

export type { LocalMysql, StartMysqlOptions } from './mysql-server.ts';

/**
 * Starts MariaDB with its default login, `mysql_native_password`. If the calling process dies without `stop()`, a
 * watchdog ends the server and removes the data.
 *
 * @throws Error with the end of the server's log if it does not start, or that says what to install.
 */
export const startMariadb = async (options: StartMysqlOptions): Promise<LocalMysql> => {
  const { path, root } = await findMariadb(options.onProgress);
  return startMysqlServer(
    {
      label: 'MariaDB',
      server: path.mariadbd,
      initialise: [
        path['mariadb-install-db'],
        ...(root === undefined ? [] : [`--basedir=${root}/usr`]),
        '--auth-root-authentication-method=normal',
        '--skip-test-db',
        '--skip-name-resolve',
      ],
      // One of them has the machine's name.
      dropInitialUsers: "DELETE FROM mysql.global_priv WHERE User IN ('root', '');\nFLUSH PRIVILEGES",
      initialData: root === undefined ? undefined : join(root, 'initial-data'),
      settings: [
        ...(root === undefined ? [] : [`basedir=${root}/usr`, `plugin-dir=${root}/usr/lib/mysql/plugin`]),
        'log-warnings=3',
        'innodb-log-file-size=8M',
      ],
    },
    options,
  );
};

/** @throws Error that says what to install if there is no build for this machine. */
export const findMariadb = (onProgress?: (what: string) => void) =>
  findPrograms(
    {
      label: 'MariaDB 10.11 or newer',
      suite: 'bookworm',
      packages: ['mariadb-server-core', 'mariadb-client-core'],
      programs: {
        mariadbd: 'usr/sbin/mariadbd',
        'mariadb-install-db': 'usr/bin/mariadb-install-db',
        my_print_defaults: 'usr/bin/my_print_defaults',
        resolveip: 'usr/bin/resolveip',
      },
      versionOf: 'mariadbd',
      version: /Ver (10\.11|1[1-9])\..*MariaDB/,
      folders: ['/usr/sbin', '/usr/libexec'],
      elsewhere: 'install it (macOS: brew install mariadb; Fedora: dnf install mariadb-server)',
    },
    onProgress,
  );
