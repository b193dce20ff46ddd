/** The sources with a patch in them: what a test must notice when the code is wrong. */
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { applyPatch, parsePatch } from 'diff';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** A patch with what it is about before it: a line `Heading: …` for each heading. */
export interface SourcePatch {
  /** Path within the repository. */
  readonly path: string;
  readonly patch: string;
  readonly headings: Readonly<Record<string, string>>;
}

/**
 * The patches of a folder, by name.
 *
 * @throws Error where a patch does not begin with the headings
 */
export const readPatches = async (folder: string, headings: readonly string[]): Promise<SourcePatch[]> => {
  const names = (await readdir(join(root, folder))).filter((name) => name.endsWith('.patch')).sort();
  return Promise.all(names.map((name) => readPatch(`${folder}/${name}`, headings)));
};

/**
 * Runs `use` with a folder that holds a copy of `sources` with the patch in them.
 *
 * @param what - `The fault`, for messages
 * @throws Error where the patch does not apply to the sources as they are
 */
export const withPatched = <Result>(
  sources: readonly string[],
  patch: SourcePatch,
  what: string,
  use: (folder: string) => Promise<Result>,
): Promise<Result> =>
  withModules(async (folder) => {
    for (const source of [...sources, 'package.json']) {
      await cp(join(root, source), join(folder, source), { recursive: true });
    }
    for (const [file, text] of await patchedFiles(patch, what)) await writeFile(join(folder, file), text);
    return use(folder);
  });

/**
 * Imports one module of the repository with all that it imports, and with the patch in them.
 *
 * @param what - `The widening`, for messages
 * @throws Error where the patch does not apply to the sources as they are
 */
export const importPatched = async (entry: string, patch: SourcePatch, what: string): Promise<unknown> => {
  const patched = await patchedFiles(patch, what);
  return withModules(async (folder) => {
    const outfile = join(folder, 'patched.mjs');
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
          name: 'patched',
          setup: (building) => {
            building.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
              const text = patched.get(relative(root, path)) ?? (await readFile(path, 'utf8'));
              // Files are looked for where the module is, and not where its bundle is.
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

const withModules = async <Result>(use: (folder: string) => Promise<Result>): Promise<Result> => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-patched-'));
  try {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

/** The files that a patch changes, by path, as they are with it. */
const patchedFiles = async ({ path, patch }: SourcePatch, what: string): Promise<ReadonlyMap<string, string>> => {
  const files = new Map<string, string>();
  for (const change of parsePatch(patch)) {
    const file = change.newFileName.replace(/^b\//, '');
    const before = files.get(file) ?? (await readFile(join(root, file), 'utf8'));
    const after = applyPatch(before, change, { fuzzFactor: 1 });
    if (after === false) {
      throw new Error(`${what} ${path} no longer applies to ${file}: the source has changed, so write the patch again`);
    }
    files.set(file, after);
  }
  return files;
};

const readPatch = async (path: string, headings: readonly string[]): Promise<SourcePatch> => {
  const patch = await readFile(join(root, path), 'utf8');
  const lines = patch.split('\n');
  const found = headings.map((heading, index) => {
    const line = lines[index] ?? '';
    if (!line.startsWith(`${heading}: `)) {
      const wanted = headings.map((one) => `"${one}: …"`).join(' and ');
      throw new Error(`${path} must begin with the lines ${wanted}`);
    }
    return [heading, line.slice(heading.length + 2)];
  });
  return { path, patch, headings: Object.fromEntries(found) as Record<string, string> };
};
