/** The licences of the libraries in a bundle: they ask that their text is kept with every copy. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { root } from './assemble.ts';

/** @param inputs - the files of a bundle, from the root of the repository */
export const noticesOf = async (inputs: readonly string[]): Promise<string> => {
  const folders = new Set(inputs.flatMap((input) => packageFolder.exec(input)?.[1] ?? []));
  const notices = await Promise.all([...folders].sort().map(noticeOf));
  return notices.join(`\n${'-'.repeat(80)}\n\n`);
};

/** The innermost package that a file is of. */
const packageFolder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//;

const noticeOf = async (folder: string): Promise<string> => {
  const manifest = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8')) as Manifest;
  const files = (await readdir(join(root, folder))).filter((name) => /^(licen[cs]e|notice)/i.test(name)).sort();
  const texts = await Promise.all(files.map((name) => readFile(join(root, folder, name), 'utf8')));
  const head = `${manifest.name} ${manifest.version}, licence ${manifest.license ?? 'as below'}\n`;
  return [head, ...texts.map((text) => `${text.trim()}\n`)].join('\n');
};

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}
