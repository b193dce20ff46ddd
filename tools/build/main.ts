/**
 * `npm run build`: assembles `dist/packages/{strongroom,client,cli}`, each a folder that `npm pack` packs. `-- client` builds
 * one. A package whose inputs have not changed since its last build stays as it is.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { type Package, root } from './assemble.ts';
import { cli } from './cli.ts';
import { client } from './client.ts';
import { strongroom } from './strongroom.ts';

const packages = [strongroom, client, cli];
const dist = join(root, 'dist', 'packages');

const buildIfChanged = async (item: Package): Promise<void> => {
  const folder = join(dist, item.name);
  const stampFile = join(dist, `${item.name}.sha256`);
  const stamp = await hashOf([
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'LICENSE',
    'tools/build',
    ...item.inputs,
  ]);
  if (existsSync(stampFile) && (await readFile(stampFile, 'utf8')) === stamp) {
    console.log(`${item.name}: unchanged`);
    return;
  }
  await rm(stampFile, { force: true });
  await mkdir(dist, { recursive: true });
  const fresh = await mkdtemp(join(dist, `${item.name}-`));
  try {
    await item.build(fresh);
    await rm(folder, { recursive: true, force: true });
    await rename(fresh, folder);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  await writeFile(stampFile, stamp);
  console.log(`${item.name}: built in dist/packages/${item.name}`);
};

/** Of the names and contents of all files. */
const hashOf = async (paths: readonly string[]): Promise<string> => {
  const hash = createHash('sha256');
  for (const path of [...paths].sort()) {
    for (const file of await filesIn(path)) {
      const content = await readFile(join(root, file));
      hash.update(`${file}\0${content.length}\0`).update(content);
    }
  }
  return hash.digest('hex');
};

const filesIn = async (path: string): Promise<string[]> => {
  if ((await stat(join(root, path))).isFile()) return [path];
  const entries = await readdir(join(root, path), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  return files.map((file) => file.slice(root.length)).sort();
};

const named = process.argv.slice(2);
const unknown = named.filter((name) => !packages.some((item) => item.name === name));
if (unknown.length > 0) {
  console.error(
    `${unknown.join(', ')}: not a package; the packages are ${packages.map(({ name }) => name).join(', ')}`,
  );
  process.exitCode = 2;
} else {
  for (const item of packages) if (named.length === 0 || named.includes(item.name)) await buildIfChanged(item);
}
