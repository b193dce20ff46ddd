/** Policies that were made too wide, one patch each: the matrix finds every one. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { importPatched, readPatches, type SourcePatch } from '../../../_helpers/patched-sources.ts';
import { probe } from './probe.ts';

const widenings = await readPatches('test/infra/access/matrix/widenings', ['Widening']);

const probeWith = async (widening: SourcePatch): Promise<readonly string[]> => {
  const made = (await importPatched('test/infra/access/matrix/probe.ts', widening, 'The widening')) as {
    readonly probe: () => readonly string[];
  };
  return made.probe();
};

// The checks of templates have tests of their own, and here they would take most of the time.
beforeAll(() => vi.stubEnv('CDK_VALIDATION', 'false'));
afterAll(() => vi.unstubAllEnvs());

describe('the matrix', () => {
  it('finds nothing where nothing is too wide', () => {
    expect(probe()).toEqual([]);
  });

  it.each(widenings.map((widening) => [widening.headings['Widening'] ?? '', widening] as const))(
    'finds it where %s',
    async (_what, widening) => {
      const differences = await probeWith(widening);

      expect(differences, 'what the policies allow and the catalog does not').toEqual(
        expect.arrayContaining([expect.stringMatching(/is allowed, and the catalog says denied| can be assumed by /)]),
      );
      console.log(`${widening.path}: ${differences[0] ?? ''}`);
    },
  );

  it('is tried with a dozen widenings at least', () => {
    expect(widenings.length).toBeGreaterThanOrEqual(12);
  });
});
