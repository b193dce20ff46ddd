/**
 * The proof of least privilege: every principal × every secret × every action × the circumstances that tell, as the
 * deployed policies decide it, and as the catalog alone says it must be.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { loadCatalog } from '../../../../lib/catalog/index.ts';
import { exampleCatalog } from '../../../_fixtures/catalog-model.ts';
import { compare, type Comparison } from './compare.ts';
import { splitApplication, withManySecrets } from './large-organisations.ts';
import { type Organisation, organisations } from './organisations.ts';
import { compareRegions } from './regions.ts';
import { synthesisePolicies } from './synthesise.ts';
import { compareTrust } from './trust.ts';

/** Another seed looks at other organisations and other cells: `STRONGROOM_SEED=7 npx vitest run --project infra matrix`. */
const seed = Number(process.env['STRONGROOM_SEED'] ?? 20261121);
const organisationsLookedAt = Number(process.env['STRONGROOM_ORGANISATIONS'] ?? 8);
const cellsOfEach = 25_000;

// The checks of templates have tests of their own, and here they would take most of the time.
beforeAll(() => vi.stubEnv('CDK_VALIDATION', 'false'));
afterAll(() => vi.unstubAllEnvs());

const report = (what: string, { cells, size, allowed, differing }: Comparison): void => {
  console.log(
    `${what}: ${cells.toLocaleString('en')} of ${size.toLocaleString('en')} cells, ` +
      `${allowed.toLocaleString('en')} allowed, ${differing} differences`,
  );
};

describe('what is deployed allows exactly what the catalog declares', () => {
  it('of the catalog that the app deploys, in every cell', () => {
    const catalog = loadCatalog('catalog', { today: new Date('2026-11-21') });
    const stacks = synthesisePolicies(catalog);
    const comparison = compare(catalog, stacks);
    report('the catalog that the app deploys', comparison);
    expect(comparison.differences).toEqual([]);
    expect(comparison.cells).toBe(comparison.size);
    expect(comparison.cells).toBeGreaterThan(100_000);
    const trust = compareTrust(catalog, stacks);
    expect(trust.differences).toEqual([]);
    expect(trust.allowed).toBeGreaterThan(0);
    expect(compareRegions(catalog, stacks)).toEqual([]);
  });

  it.each<readonly [string, number, Organisation]>([
    ['a catalog with admins and roles that exist already', 60_000, { catalog: exampleCatalog, placement: {} }],
    ['a consumer that reads by tags, among secrets that it does not read', 60_000, withManySecrets()],
    ['an application with 130 secrets in three stacks', 80_000, splitApplication()],
  ])('of %s, in a sample of its cells', (what, bound, { catalog, placement }) => {
    const comparison = compare(catalog, synthesisePolicies(catalog, placement), { seed, bound });
    report(what, comparison);
    expect(comparison.differences).toEqual([]);
    expect(comparison.allowed).toBeGreaterThan(0);
  });

  it('of organisations that nobody thought of, in a sample of their cells', () => {
    let [cells, size, claims] = [0, 0, 0];
    for (const organisation of fc.sample(organisations, { seed, numRuns: organisationsLookedAt })) {
      const { catalog, placement } = organisation;
      const stacks = synthesisePolicies(catalog, placement);
      const comparison = compare(catalog, stacks, { seed, bound: cellsOfEach });
      const trust = compareTrust(catalog, stacks);
      expect(trust.differences, `seed ${seed}, ${JSON.stringify(organisation)}`).toEqual([]);
      expect(compareRegions(catalog, stacks), `seed ${seed}, ${JSON.stringify(organisation)}`).toEqual([]);
      claims += trust.cells;
      [cells, size] = [cells + comparison.cells, size + comparison.size];
      expect(comparison.differences, `seed ${seed}, ${JSON.stringify(organisation)}`).toEqual([]);
      expect(comparison.allowed).toBeGreaterThan(0);
    }
    console.log(
      `${organisationsLookedAt} organisations of seed ${seed}: ${cells.toLocaleString('en')} of ${size.toLocaleString('en')} cells ` +
        `and ${claims.toLocaleString('en')} claims on roles, 0 differences`,
    );
  });
});
