/** The engine's sources with a fault in them: a copy in a temporary folder, in which the simulation runs. */
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { applyPatch, parsePatch } from 'diff';
import type { Exploration } from './explore.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const faults = join(root, 'test/simulation/faults');
const sources = ['lambdas/rotation', 'lambdas/middleware', 'lib/contract', 'test/_helpers', 'test/simulation'];

export interface Fault {
  /** File name of the patch. */
  readonly name: string;
  /** What is wrong, in a sentence. */
  readonly what: string;
  /** `strategy: scenario: case`, as the tests of the strategies name them. */
  readonly foundIn: string;
  readonly patch: string;
}

/** @throws Error where a patch does not begin with what it is, and where it is found. */
export const readFaults = async (): Promise<readonly Fault[]> => {
  const names = (await readdir(faults)).filter((name) => name.endsWith('.patch')).sort();
  return Promise.all(names.map(readFault));
};

/**
 * Explores the case in which a fault is to be found.
 *
 * @throws Error where the patch does not apply to the sources as they are, or there is no such case.
 */
export const exploreWith = async ({ name, patch, foundIn }: Fault): Promise<Exploration> => {
  const folder = await mkdtemp(join(tmpdir(), 'strongroom-fault-'));
  try {
    for (const source of sources) await cp(join(root, source), join(folder, source), { recursive: true });
    await cp(join(root, 'package.json'), join(folder, 'package.json'));
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'), 'dir');
    await apply(patch, name, folder);
    const { exploreCase } = (await import(pathToFileURL(join(folder, 'test/simulation/named-cases.ts')).href)) as {
      readonly exploreCase: (name: string) => Promise<Exploration>;
    };
    return await exploreCase(foundIn);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
};

const readFault = async (name: string): Promise<Fault> => {
  const patch = await readFile(join(faults, name), 'utf8');
  const [, what, foundIn] = /^Fault: (.+)\nFound in: (.+)\n/.exec(patch) ?? [];
  if (what === undefined || foundIn === undefined) {
    throw new Error(`test/simulation/faults/${name} must begin with the lines "Fault: …" and "Found in: …"`);
  }
  return { name, what, foundIn, patch };
};

const apply = async (patch: string, name: string, folder: string): Promise<void> => {
  for (const change of parsePatch(patch)) {
    const file = change.newFileName.replace(/^b\//, '');
    const before = await readFile(join(folder, file), 'utf8');
    const after = applyPatch(before, change, { fuzzFactor: 1 });
    if (after === false) {
      throw new Error(
        `The fault test/simulation/faults/${name} no longer applies to ${file}: the source has changed, so write the patch again`,
      );
    }
    await writeFile(join(folder, file), after);
  }
};
