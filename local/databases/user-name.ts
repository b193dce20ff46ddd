/** A name for a user id that has none: PostgreSQL's initdb asks for it, and `docker run -u 12345` has only an id. */
import { chmod, copyFile, readdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { hasDebianPackages, installDebianPackages } from './debian-packages.ts';
import type { ServerProcess } from './server-process.ts';
import type { ServerUser } from './server-user.ts';

/** Where the dynamic loader finds the library of the system's own package, if it is installed. */
const ofTheSystem = 'libnss_wrapper.so';

/**
 * The library `nss_wrapper`, which answers look-ups of a user from a file: Debian's if available, else the
 * system's.
 *
 * @returns undefined if the system knows a name for the id.
 * @throws Error that says what to do if neither is available.
 */
export const findNameLibrary = async (
  { uid }: ServerUser,
  onProgress?: (what: string) => void,
): Promise<string | undefined> => {
  if ((await nameOf(uid)) !== undefined) return undefined;
  if (process.platform !== 'linux') throw new NoNameError(uid);
  if (!(await hasDebianPackages())) return ofTheSystem;
  // The oldest suite that is supported: its library runs with every newer C library.
  const { root } = await installDebianPackages(
    { suite: 'bookworm', packages: ['libnss-wrapper'], programs: [] },
    { onProgress },
  ).catch((cause: unknown) => {
    throw new NoNameError(uid, { cause });
  });
  const libraries = join(root, 'usr', 'lib');
  const file = (await readdir(libraries, { recursive: true })).find((name) => name.endsWith(`/${ofTheSystem}`));
  return file === undefined ? ofTheSystem : join(libraries, file);
};

/**
 * Writes the files of a user's name into the server's folder.
 *
 * @returns the environment by which a program that is started in this folder finds the name.
 * @throws Error that says what to do if the library can't be used.
 */
export const giveName = async (
  server: ServerProcess,
  { uid, gid }: ServerUser,
  library: string,
): Promise<Readonly<Record<string, string>>> => {
  const environment = {
    NSS_WRAPPER_PASSWD: await server.write('passwd', `${name}:x:${uid}:${gid}::/:/bin/sh\n`),
    NSS_WRAPPER_GROUP: await server.write('group', `${name}:x:${gid}:\n`),
    LD_PRELOAD: library === ofTheSystem ? library : await placeLibrary(server, library),
  };
  if ((await nameOf(uid, server, environment)) !== name) throw new NoNameError(uid);
  return environment;
};

const name = 'strongroom';

/** The loader takes spaces for separators, so the path is relative. A link keeps the file where it may be executed. */
const placeLibrary = async (server: ServerProcess, library: string): Promise<string> => {
  const placed = join(server.folder, ofTheSystem);
  if (server.runAs === undefined) await symlink(library, placed);
  else {
    // Another user may not have access to the folder of the library.
    await copyFile(library, placed);
    await chmod(placed, 0o644);
  }
  return `./${ofTheSystem}`;
};

const nameOf = async (
  uid: number,
  server?: ServerProcess,
  environment: Readonly<Record<string, string>> = {},
): Promise<string | undefined> => {
  const { stdout, failed } = await execa('id', ['-un', String(uid)], {
    ...server?.runAs,
    cwd: server?.folder ?? '/',
    env: { PATH: process.env['PATH'], ...environment },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: 120_000,
  });
  return failed ? undefined : stdout.trim();
};

class NoNameError extends Error {
  constructor(uid: number, options?: ErrorOptions) {
    super(
      `PostgreSQL needs a name for the user id ${uid}, and /etc/passwd has none: install the package nss_wrapper (Debian ` +
        'and Ubuntu: libnss-wrapper), run this as a user that has a name (docker run -u node), or add a line for the id',
      options,
    );
  }
}
