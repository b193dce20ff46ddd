import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';

import { changesBetween } from '../../../cli/verbs/access/access-diff.ts';
import { guardOf } from '../../../cli/verbs/access/guard.ts';
import type { AccessChange } from '../../../lib/access/index.ts';
import { type Catalog } from '../../../lib/model/index.ts';
import { CatalogError, formatProblem, loadCatalog } from '../../../lib/catalog/index.ts';
import { applicationSchema } from '../../../lib/catalog/schema/application.ts';
import { organisationSchema } from '../../../lib/catalog/schema/organisation.ts';
import { catalogFolder, today } from '../../_helpers/catalog-folder.ts';
import { schemaKeys } from '../../_helpers/schema-keys.ts';
import { applicationEffects, containers, exampleFiles, organisationEffects, type Try } from './key-effects.ts';

interface Side {
  readonly catalog?: Catalog;
  readonly problems: readonly string[];
}

/** The catalog with what is given and the value at its place. */
const sideOf = ({ at, given }: Try, value: unknown): Side => {
  const files = structuredClone(exampleFiles) as Record<string, unknown>;
  for (const [place, other] of given) put(files, place, structuredClone(other));
  put(files, at, value);
  const texts: Record<string, string> = {};
  for (const [name, data] of Object.entries(files)) texts[name] = stringify(data, { aliasDuplicateObjects: false });
  const [one = '', other = ''] = rootCertificates;
  const folder = catalogFolder({ ...texts, 'one.pem': one, 'other.pem': other });
  try {
    return { catalog: loadCatalog(folder, { today }), problems: [] };
  } catch (error) {
    if (!(error instanceof CatalogError)) throw error;
    return { problems: error.problems.map((problem) => formatProblem({ ...problem, file: '' })) };
  }
};

const put = (files: Record<string, unknown>, at: readonly string[], value: unknown): void => {
  let node = files;
  for (const step of at.slice(0, -1)) node = (node[step] ??= {}) as Record<string, unknown>;
  const last = at.at(-1)!;
  if (value === undefined) Reflect.deleteProperty(node, last);
  else node[last] = value;
};

const effectOf = (one: Try): { readonly effect: Try['effect']; readonly why: readonly string[] } => {
  const [before, after] = [sideOf(one, one.from), sideOf(one, one.to)];
  const problems = [...before.problems, ...after.problems];
  // Where the example itself is wrong, nothing is tried.
  if (!before.catalog && !after.catalog) throw new Error(`neither is valid:\n${problems.join('\n')}`);
  if (!before.catalog || !after.catalog) return { effect: 'refused', why: problems };
  const changes = changesBetween(before.catalog, after.catalog);
  const guard = guardOf(before.catalog, after.catalog, undefined);
  const widens = changes.filter(({ effect }) => effect === 'widens');
  if (widens.length > 0) expect(one.at.includes('prod') ? widens.some(guard.covers) : true).toBe(true);
  return {
    effect: widens.length > 0 ? 'widens' : changes.length > 0 ? 'narrows' : 'nothing',
    why: changes.map(({ text }: AccessChange) => text),
  };
};

const shown = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value).slice(0, 60));

describe.each([
  ['organisation.yaml', organisationSchema, organisationEffects, containers.organisation],
  ['an application file', applicationSchema, applicationEffects, containers.application],
])('every key of %s', (_file, schema, effects, mappings: readonly string[]) => {
  const keys = schemaKeys(schema)
    .filter((one) => !mappings.includes(one))
    // An override has the keys of what it overrides, and is merged before anything is compared.
    .filter((one) => !one.startsWith('overrides.*.'));

  it('says in test/unit/access/key-effects.ts what its change does to access: a key that is new needs an entry there', () => {
    expect(Object.keys(effects).sort()).toEqual([...keys].sort());
  });

  it.each(
    Object.entries(effects).flatMap(([name, tries]) =>
      tries.map((one) => [name, shown(one.from), shown(one.to), one.effect, one] as const),
    ),
  )('%s from %s to %s: %s', (_name, _from, _to, expected, one) => {
    const { effect, why } = effectOf(one);
    expect(effect, why.join('\n')).toBe(expected);
  });
});

describe('an override', () => {
  it('has the keys of a secret, of a consumer and of a use, and no others', () => {
    const keys = schemaKeys(applicationSchema);
    const under = (prefix: string): string[] =>
      keys.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
    expect(under('overrides.*.secrets.')).toEqual(under('secrets.'));
    expect(under('overrides.*.consumers.')).toEqual(under('consumers.'));
    expect(under('overrides.*.uses.')).toEqual(under('uses.'));
    expect(under('overrides.*.rotation.')).toEqual(under('rotation.'));
  });

  it('that widens one environment is told of that environment alone', () => {
    const at = ['payments.yaml', 'overrides', 'prod'];
    const one: Try = {
      at,
      from: undefined,
      to: { secrets: { cache: { userId: 'other' } } },
      effect: 'widens',
      given: [],
    };
    expect(effectOf(one)).toEqual({
      effect: 'widens',
      why: expect.arrayContaining([expect.stringContaining('as cache_app (user id other)')]) as string[],
    });
  });
});
