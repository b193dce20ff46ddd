/** Policies that allow too much, one file per fault: the matrix finds each of them. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { importWithFault, readSeededFaults, type SeededFault } from '../../../_helpers/seeded-faults.ts';
import { probe } from './probe.ts';

const widenings = readSeededFaults('test/infra/access/matrix/widenings');

const probeWith = async (widening: SeededFault): Promise<readonly string[]> => {
  const made = (await importWithFault('test/infra/access/matrix/probe.ts', widening)) as {
    readonly probe: () => readonly string[];
  };
  return made.probe();
};

// The checks of templates have their own tests, and here they would take most of the time.
beforeAll(() => vi.stubEnv('CDK_VALIDATION', 'false'));
afterAll(() => vi.unstubAllEnvs());

describe('the matrix', () => {
  it('finds nothing if no policy allows too much', () => {
    expect(probe()).toEqual([]);
  });

  it.each(widenings.map((widening) => [widening.what, widening] as const))('finds that %s', async (_what, widening) => {
    const differences = await probeWith(widening);

    expect(differences, 'what the policies allow and the catalog does not').toEqual(
      expect.arrayContaining([expect.stringMatching(/is allowed, and the catalog says denied| can be assumed by /)]),
    );
    console.log(`${widening.name}: ${differences[0] ?? ''}`);
  });

  it('is tried with at least a dozen widenings', () => {
    expect(widenings.length).toBeGreaterThanOrEqual(12);
  });
});
