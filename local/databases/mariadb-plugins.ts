/** Plugins of MariaDB that are not in the package of the server itself: password checks, ed25519. */
import { join } from 'node:path';
import { hasDebianPackages, installDebianPackages } from './debian-packages.ts';

/**
 * Lines of the server's configuration.
 *
 * @param names - of the libraries: `simple_password_check`.
 */
export const mariadbPlugins = async (...names: readonly string[]): Promise<readonly string[]> => {
  const load = `plugin-load-add=${names.join(';')}`;
  // Elsewhere they are installed with the server.
  if (!(await hasDebianPackages())) return [load];
  const { root } = await installDebianPackages({ suite: 'bookworm', packages: ['mariadb-server'], programs: [] });
  return [`plugin-dir=${join(root, 'usr/lib/mysql/plugin')}`, load];
};
