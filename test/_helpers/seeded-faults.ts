/** The sources with a fault in them: what a test must notice when the code is wrong. */
import { readdirSync, readFileSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { parse } from 'yaml';
import { z } from 'zod';
import { applySymbolEdits, type Sources } from './symbol-edits.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** Folders with declarations that a fault can name. */
const folders = ['lib', 'lambdas', 'test/_helpers'];
/** It judges the others, so that a fault is never in it. */
const judge = 'lib/access/';

const code = z.string().min(1);
const edit = z.union([
  z.strictObject({ in: code, remove: code }),
  z.strictObject({ in: code, replace: code, by: code }),
]);
const faultSchema = z.strictObject({
  what: z.string().min(1),
  foundIn: z.string().optional(),
  changes: z.array(edit).min(1),
});

/** A file of a folder of faults. */
export interface SeededFault extends z.infer<typeof faultSchema> {
  /** File name without its ending. */
  readonly name: string;
}

/** The faults of a folder, by name. */
export const readSeededFaults = (folder: string): SeededFault[] =>
  readdirSync(join(root, folder))
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => {
      const result = faultSchema.safeParse(parse(readFileSync(join(root, folder, file), 'utf8')));
      if (!result.success) throw new Error(`${folder}/${file} is not a fault: ${z.prettifyError(result.error)}`);
      return { name: basename(file, '.yaml'), ...result.data };
    });

/** Runs `use` with a folder that holds a copy of `copied` with the fault in it. */
export const withFault = <Result>(
  copied: readonly string[],
  fault: SeededFault,
  use: (folder: string) => Promise<Result>,
): Promise<Result> => {
  const faulty = filesWith(fault);
  return withModules(async (folder) => {
    for (const source of [...copied, 'package.json']) {
      await cp(join(root, source), join(folder, source), { recursive: true });
    }
    for (const [file, text] of faulty) await writeFile(join(folder, file), text);
    return use(folder);
  });
};

/** Imports one module of the repository with all that it imports, and with the fault in it. */
export const importWithFault = async (entry: string, fault: SeededFault): Promise<unknown> => {
  const faulty = filesWith(fault);
  return withModules(async (folder) => {
    const outfile = join(folder, 'faulty.mjs');
    await build({
      entryPoints: [join(root, entry)],
      outfile,
      bundle: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
      logLevel: 'silent',
      plugins: [
        {
          name: 'seeded-fault',
          setup: (building) => {
            building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
              const text = faulty.get(relative(root, path)) ?? (await readFile(path, 'utf8'));
              // The module finds its files by its own folder, not by that of the bundle.
              return {
                contents: text.replaceAll('import.meta.dirname', JSON.stringify(dirname(path))),
                loader: 'ts',
              };
            });
          },
        },
      ],
    });
    return (await import(pathToFileURL(outfile).href)) as unknown;
  });
};

/** The files that a fault changes, by path from the root of the repository. */
export const filesWith = ({ name, changes }: SeededFault): Sources =>
  applySymbolEdits(`The fault ${name}`, changes, allSources());

let sources: Sources | undefined;
const allSources = (): Sources => (sources ??= new Map(folders.flatMap(sourcesIn)));

const sourcesIn = (folder: string): (readonly [string, string])[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => file.endsWith('.ts') && !file.startsWith(judge))
    .map((file) => [file, readFileSync(join(root, file), 'utf8')]);

const withModules = async <Result>(use: (folder: string) => Promise<Result>): Promise<Result> => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-faulty-'));
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};
