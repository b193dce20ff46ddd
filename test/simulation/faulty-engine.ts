/** The engine's sources with a fault in them: a copy in a temporary folder, in which the simulation runs. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readSeededFaults, type SeededFault, withFault } from '../_helpers/seeded-faults.ts';
import type { Exploration } from './explore.ts';

const sources = [
  'lambdas/rotation',
  'lambdas/databases',
  'lambdas/runtime',
  'lib/contract',
  'test/_helpers',
  'test/simulation',
];

export const readFaults = (): readonly SeededFault[] => readSeededFaults('test/simulation/faults');

/**
 * Explores the case in which a fault is to be found.
 *
 * @throws Error if the fault does not fit the sources, or there is no such case
 */
export const exploreWith = (fault: SeededFault): Promise<Exploration> =>
  withFault(sources, fault, async (copy) => {
    const { exploreCase } = (await import(pathToFileURL(join(copy, 'test/simulation/named-cases.ts')).href)) as {
      readonly exploreCase: (name: string) => Promise<Exploration>;
    };
    if (fault.foundIn === undefined) throw new Error(`The fault ${fault.name} needs foundIn, the case that finds it`);
    return exploreCase(fault.foundIn);
  });
