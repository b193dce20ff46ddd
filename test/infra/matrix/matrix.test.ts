/**
 * The proof of least privilege: every principal × every secret × every action × the circumstances that tell, as the
 * deployed policies decide it, and as the catalog alone says it must be.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import type { Catalog } from '../../../lib/catalog/model.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { compare, type Comparison } from './compare.ts';
import { environmentWith, manySecrets, organisations, plainSecret } from './organisations.ts';
import { synthesisePolicies } from './synthesise.ts';
import { compareTrust } from './trust.ts';

/** Another seed looks at other organisations and other cells: `STRONGROOM_SEED=7 npx vitest run --project infra matrix`. */
const seed = Number(process.env['STRONGROOM_SEED'] ?? 20261121);
const organisationsLookedAt = Number(process.env['STRONGROOM_ORGANISATIONS'] ?? 8);
const cellsOfEach = 25_000;

const report = (what: string, { cells, size, allowed, differing }: Comparison): void => {
  console.log(
    `${what}: ${cells.toLocaleString('en')} of ${size.toLocaleString('en')} cells, ` +
      `${allowed.toLocaleString('en')} allowed, ${differing} differences`,
  );
};

describe('what is deployed allows exactly what the catalog declares', { timeout: 180_000 }, () => {
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
  });

  it.each([
    ['of a catalog with admins and roles that exist already', exampleCatalog],
    ['of a consumer that reads by tags, among secrets that it does not read', withManySecrets()],
  ])('%s, in a sample of its cells', (what, catalog) => {
    const comparison = compare(catalog, synthesisePolicies(catalog), { seed, bound: 60_000 });
    report(what, comparison);
    expect(comparison.differences).toEqual([]);
    expect(comparison.allowed).toBeGreaterThan(0);
  });

  it('of organisations that nobody thought of, in a sample of their cells', () => {
    let [cells, size, claims] = [0, 0, 0];
    for (const catalog of fc.sample(organisations, { seed, numRuns: organisationsLookedAt })) {
      const stacks = synthesisePolicies(catalog);
      const comparison = compare(catalog, stacks, { seed, bound: cellsOfEach });
      const trust = compareTrust(catalog, stacks);
      expect(trust.differences, `seed ${seed}, ${JSON.stringify(catalog)}`).toEqual([]);
      claims += trust.cells;
      [cells, size] = [cells + comparison.cells, size + comparison.size];
      expect(comparison.differences, `seed ${seed}, ${JSON.stringify(catalog)}`).toEqual([]);
      expect(comparison.allowed).toBeGreaterThan(0);
    }
    console.log(
      `${organisationsLookedAt} organisations of seed ${seed}: ${cells.toLocaleString('en')} of ${size.toLocaleString('en')} cells ` +
        `and ${claims.toLocaleString('en')} claims on roles, 0 differences`,
    );
  });
});

function withManySecrets(): Catalog {
  return {
    organisation: 'many',
    environments: ['dev', 'prod'].map((name) =>
      environmentWith(name, '111122223333', [
        {
          name: 'payments',
          owner: 'team',
          contact: { name: 'oncall', email: 'oncall@example.com' },
          consumers: ['api', 'batch', 'bat'].map((consumer) => ({
            name: consumer,
            runsOn: 'lambda',
            roleName: `${name}-payments-${consumer}`,
          })),
          secrets: [...manySecrets(name), { ...plainSecret(name, 'payments', 'other'), readers: ['bat'] }],
          file: 'payments.yaml',
        },
      ]),
    ),
  };
}
