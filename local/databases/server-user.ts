/** The user for a server that refuses to run as root, and its access to programs and folder. */
import {
  chmod,
  chown,
  copyFile,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { hasRoom } from '../temporary-folder.ts';

export interface ServerUser {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The user `nobody` if the owner is root, so that no user is created.
 *
 * @returns undefined if the owner is not root: the server is the owner's own.
 * @throws Error that says what to do if root can't become another user.
 */
export const findServerUser = async (): Promise<ServerUser | undefined> => {
  if (process.getuid?.() !== 0) return undefined;
  const user = { uid: await idOf('-u'), gid: await idOf('-g') };
  const { failed, shortMessage } = await runAs(user, '/bin/sh', '-c', ':');
  if (failed) {
    throw new Error(
      `The server does not run as root, and root can't become the user ${user.uid} here (${shortMessage}): ` +
        'run this as another user, or give the container the capabilities SETUID and SETGID',
    );
  }
  return user;
};

const usualId = 65_534;

const idOf = async (flag: '-u' | '-g'): Promise<number> => {
  const { stdout, failed } = await execa('id', [flag, 'nobody'], { timeout: 120_000, reject: false });
  return failed ? usualId : Number(stdout);
};

/** Whether the user can start a program: it reaches it, may read it, and the file system lets it run. */
export const canRun = async (user: ServerUser, program: string): Promise<boolean> =>
  !(await runAs(user, program, '--version')).failed;

export interface FolderNeeds {
  /** The user runs programs that are copied into the folder. */
  readonly holdsPrograms: boolean;
}

/**
 * Makes a folder that belongs to the user, in a place that the user can enter: the temporary folder, or another one of
 * the system's where only its owner can enter that.
 *
 * @throws Error that says what to do if there is no such place.
 */
export const makeFolderFor = async (user: ServerUser, prefix: string, needs: FolderNeeds): Promise<string> => {
  const places = [...new Set([tmpdir(), '/tmp', '/var/tmp', '/run', '/dev/shm'])];
  for (const place of places) {
    const folder = await mkdtemp(join(place, prefix)).catch(() => undefined);
    if (folder === undefined) continue;
    await chown(folder, user.uid, user.gid);
    if (await serves(user, folder, needs)) return folder;
    await rm(folder, { recursive: true });
  }
  throw new Error(
    `The server runs as the user ${user.uid}, because it does not run as root, and that user can enter none of ` +
      `${places.join(', ')}, or there is no room${needs.holdsPrograms ? ', or it can run no programs there' : ''}: ` +
      'set TMPDIR to a folder with room that every user can enter',
  );
};

const dataNeedsBytes = 100_000_000;
const programsNeedBytes = 200_000_000;

const serves = async (user: ServerUser, folder: string, { holdsPrograms }: FolderNeeds): Promise<boolean> => {
  if ((await runAs(user, '/bin/sh', '-c', 'test -w "$0"', folder)).failed) return false;
  if (!(await hasRoom(folder, dataNeedsBytes + (holdsPrograms ? programsNeedBytes : 0)))) return false;
  if (!holdsPrograms) return true;
  const probe = join(folder, 'probe');
  await writeFile(probe, '#!/bin/sh\n');
  await chmod(probe, 0o755);
  const runs = await canRun(user, probe);
  await rm(probe);
  return runs;
};

const runAs = (user: ServerUser, program: string, ...args: readonly string[]) =>
  execa(program, args, {
    ...user,
    cwd: '/',
    env: { PATH: process.env['PATH'] },
    extendEnv: false,
    stdin: 'ignore',
    reject: false,
    timeout: 120_000,
  });

/** Files that a server can do without. */
const isLeftOut = (name: string): boolean => name === 'locale' || name.endsWith('.a');

/**
 * Copies a folder so that every user can read it. A file that is already readable by all is linked, which takes no room; root
 * stays the owner, so that the user can't change a file.
 */
export const copyReadable = async (from: string, to: string): Promise<void> => {
  await mkdir(to);
  await chmod(to, 0o755);
  const entries = await readdir(from, { withFileTypes: true });
  await Promise.all(
    entries.map(async (entry) => {
      if (isLeftOut(entry.name)) return;
      const [source, target] = [join(from, entry.name), join(to, entry.name)];
      if (entry.isDirectory()) await copyReadable(source, target);
      else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
      else if (entry.isFile()) await linkOrCopy(source, target);
    }),
  );
};

const linkOrCopy = async (source: string, target: string): Promise<void> => {
  const { mode, uid } = await lstat(source);
  const wanted = (mode & 0o111) === 0 ? 0o644 : 0o755;
  if (uid === 0 && (mode & 0o777) === wanted) {
    const linked = await link(source, target).then(
      () => true,
      () => false, // another file system, or one without links
    );
    if (linked) return;
  }
  await copyFile(source, target);
  await chmod(target, wanted);
};
