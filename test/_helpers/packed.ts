/** The packages as they are published: built and packed once for all tests, and installed by npm as a user does. */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import { lock } from 'proper-lockfile';

const root = path.resolve(import.meta.dirname, '../..');
const dist = path.join(root, 'dist', 'packages');

export type PackageName = 'strongroom' | 'client' | 'cli';

/**
 * The path of the tarball that `npm pack` makes of a package as the sources are now. Built by the first test that asks for it.
 *
 * @param version - packs the same files under another version: for tests of an upgrade
 */
export const packed = async (name: PackageName, version?: string): Promise<string> => {
  await mkdir(dist, { recursive: true });
  // Other test files, in other processes, may want it at the same time.
  const release = await lock(dist, {
    lockfilePath: path.join(dist, `${name}.lock`),
    stale: 120_000,
    retries: { forever: true, minTimeout: 200, maxTimeout: 1000 },
  });
  try {
    await execa('tsx', ['tools/build/main.ts', name], { cwd: root, preferLocal: true });
    const stamp = await readFile(path.join(dist, `${name}.sha256`), 'utf8');
    const file = path.join(dist, 'packed', `${name}-${version ?? 'current'}-${stamp.slice(0, 16)}.tgz`);
    if (!(await exists(file))) {
      await removeOlder(name, stamp.slice(0, 16));
      await pack(name, version, file);
    }
    return file;
  } finally {
    await release();
  }
};

/** Tarballs of former sources. */
const removeOlder = async (name: PackageName, stamp: string): Promise<void> => {
  const folder = path.join(dist, 'packed');
  const files = await readdir(folder).catch(() => []);
  const older = files.filter((file) => file.startsWith(`${name}-`) && !file.endsWith(`-${stamp}.tgz`));
  for (const file of older) await rm(path.join(folder, file));
};

const pack = async (name: PackageName, version: string | undefined, file: string): Promise<void> => {
  const source = path.join(dist, name);
  const folder = version === undefined ? source : path.join(dist, `${name}-${version}`);
  const destination = path.join(dist, `${name}-pack`);
  try {
    if (version !== undefined) {
      await rm(folder, { recursive: true, force: true });
      await execa('cp', ['-R', source, folder]);
      const manifest = JSON.parse(await readFile(path.join(source, 'package.json'), 'utf8')) as object;
      await writeFile(path.join(folder, 'package.json'), JSON.stringify({ ...manifest, version }));
    }
    await mkdir(destination, { recursive: true });
    await mkdir(path.dirname(file), { recursive: true });
    const { stdout } = await execa('npm', ['pack', '--json', '--pack-destination', destination], { cwd: folder });
    const [{ filename }] = JSON.parse(stdout) as [{ filename: string }];
    await rename(path.join(destination, path.basename(filename)), file);
  } finally {
    await rm(destination, { recursive: true, force: true });
    if (version !== undefined) await rm(folder, { recursive: true, force: true });
  }
};

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );

/**
 * `npm install` in a folder that has a package.json, or gets an empty one. Peer dependencies are installed as npm does it.
 *
 * @param packages - tarballs of {@link packed}, and `name@version` of the registry
 */
export const npmInstall = async (folder: string, packages: readonly string[]): Promise<void> => {
  const manifest = path.join(folder, 'package.json');
  if (!(await exists(manifest))) await writeFile(manifest, '{ "private": true }\n');
  await execa('npm', ['install', '--save-exact', '--prefer-offline', '--no-audit', '--no-fund', ...packages], {
    cwd: folder,
  });
};
