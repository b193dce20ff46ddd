/** Where the programs of a database server are on this machine: Debian's if available, else what is installed. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { execa } from 'execa';
import { hasDebianPackages, installDebianPackages, type DebianPackages } from './debian-packages.ts';

export interface ServerPackage<Program extends string> extends Omit<DebianPackages, 'programs'> {
  /** Name of the server in messages: `MySQL 8.0 or newer`. */
  readonly label: string;
  /** Each program by its name on the PATH, with its path within the Debian package. */
  readonly programs: Readonly<Record<Program, string>>;
  /** The program whose version must match. */
  readonly versionOf: NoInfer<Program>;
  readonly version: RegExp;
  /** The option that prints the version. @default --version */
  readonly versionOption?: string;
  /** Folders in addition to the PATH where a package manager installs the server. @default none */
  readonly folders?: readonly string[];
  /** Which package to install where Debian's is not available: `brew install mysql`. */
  readonly elsewhere: string;
}

export interface ServerPrograms<Program extends string> {
  readonly path: Readonly<Record<Program, string>>;
  /** The folder that takes the place of `/`, if the programs are Debian's. */
  readonly root?: string;
}

/**
 * Debian's packages if the machine can install them, so that a result does not depend on the machine.
 *
 * @throws Error that says what to install if neither is available.
 */
export const findPrograms = async <Program extends string>(
  server: ServerPackage<Program>,
  onProgress?: (what: string) => void,
  canInstall: () => Promise<boolean> = hasDebianPackages,
): Promise<ServerPrograms<Program>> => {
  const names = Object.keys(server.programs) as Program[];
  if (await canInstall()) {
    const { suite, packages, programs } = server;
    const { root, version } = await installDebianPackages(
      { suite, packages, programs: names.map((name) => programs[name]) },
      { onProgress },
    );
    const path = pathsOf(names, (name) => join(root, programs[name]));
    if (!(await hasVersion(server, path))) {
      throw new Error(`Debian ${suite} has ${packages[0]} ${version}, and ${server.label} is needed`);
    }
    return { path, root };
  }
  const found = await Promise.all(names.map((name) => onPath(name, server.folders ?? [])));
  const path = pathsOf(names, (_, index) => found[index] ?? '');
  if (found.includes(undefined) || !(await hasVersion(server, path))) {
    throw new Error(`${server.label} is not installed: ${server.elsewhere}`);
  }
  return { path };
};

const pathsOf = <Program extends string>(
  names: readonly Program[],
  path: (name: Program, index: number) => string,
): Record<Program, string> =>
  Object.fromEntries(names.map((name, index) => [name, path(name, index)])) as Record<Program, string>;

const hasVersion = async <Program extends string>(
  { versionOf, version, versionOption = '--version' }: ServerPackage<Program>,
  path: Record<Program, string>,
): Promise<boolean> => {
  const { stdout } = await execa(path[versionOf], [versionOption], { stdin: 'ignore', timeout: 120_000 });
  return version.test(stdout);
};

const onPath = async (name: string, folders: readonly string[]): Promise<string | undefined> => {
  const places = [...folders, ...(process.env['PATH'] ?? '').split(delimiter)].map((folder) => join(folder, name));
  for (const place of places) {
    const runs = await access(place, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (runs) return place;
  }
  return undefined;
};
