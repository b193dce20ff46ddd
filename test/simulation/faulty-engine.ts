/** The engine's sources with a fault in them: a copy in a temporary folder, in which the simulation runs. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readPatches, type SourcePatch, withPatched } from '../_helpers/patched-sources.ts';
import type { Exploration } from './explore.ts';

const sources = [
  'lambdas/rotation',
  'lambdas/databases',
  'lambdas/runtime',
  'lib/contract',
  'test/_helpers',
  'test/simulation',
];

export interface Fault {
  /** File name of the patch. */
  readonly name: string;
  /** What is wrong, in a sentence. */
  readonly what: string;
  /** `strategy: scenario: case`, as the tests of the strategies name them. */
  readonly foundIn: string;
  readonly patch: string;
}

const folder = 'test/simulation/faults';

/** @throws Error where a patch does not begin with what it is, and where it is found. */
export const readFaults = async (): Promise<readonly Fault[]> =>
  (await readPatches(folder, ['Fault', 'Found in'])).map(faultOf);

/**
 * Explores the case in which a fault is to be found.
 *
 * @throws Error where the patch does not apply to the sources as they are, or there is no such case.
 */
export const exploreWith = ({ name, patch, foundIn }: Fault): Promise<Exploration> =>
  withPatched(sources, { path: `${folder}/${name}`, patch, headings: {} }, 'The fault', async (copy) => {
    const { exploreCase } = (await import(pathToFileURL(join(copy, 'test/simulation/named-cases.ts')).href)) as {
      readonly exploreCase: (name: string) => Promise<Exploration>;
    };
    return exploreCase(foundIn);
  });

const faultOf = ({ path, patch, headings }: SourcePatch): Fault => ({
  name: path.slice(folder.length + 1),
  what: headings['Fault'] ?? '',
  foundIn: headings['Found in'] ?? '',
  patch,
});
