/** What is deployed stays where it is through the years of a catalog: secrets come, go, are renamed and come back. */
import { App } from 'aws-cdk-lib';
import { CfnRole } from 'aws-cdk-lib/aws-iam';
import { CfnResourcePolicy, CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Application, Consumer, EnvironmentCatalog, Secret } from '../../../lib/model/catalog.ts';
import { consumerRoleName } from '../../../lib/contract/index.ts';
import { place, type Placement } from '../../../lib/placement/placement.ts';
import { applicationStacks } from '../../../lib/stacks/application-stacks.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { plainSecret } from '../access/matrix/organisations.ts';

const seed = Number(process.env['STRONGROOM_SEED'] ?? 20261121);

/** Of secrets by their place in the file. */
const edit = fc.oneof(
  { weight: 3, arbitrary: fc.record({ add: fc.integer({ min: 1, max: 70 }), at: fc.nat(200) }) },
  { weight: 2, arbitrary: fc.record({ remove: fc.array(fc.nat(200), { minLength: 1, maxLength: 40 }) }) },
  { weight: 2, arbitrary: fc.record({ rename: fc.array(fc.nat(200), { minLength: 1, maxLength: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ bringBack: fc.integer({ min: 1, max: 30 }) }) },
);
type Edit = typeof edit extends fc.Arbitrary<infer One> ? One : never;

test('no sequence of edits moves a secret, its policy or a role that stays, or changes its logical id', () => {
  const seen = { edits: 0, stacks: 0, staying: 0 };
  fc.assert(
    fc.property(fc.array(edit, { minLength: 3, maxLength: 6 }), (edits) => {
      let [names, gone, next]: [string[], string[], number] = [[], [], 0];
      let placement: Placement = {};
      let before = new Map<string, string>();
      for (const one of [{ add: 65, at: 0 }, ...edits]) {
        const deployed = names;
        ({ names, gone, next } = edited({ names, gone, next }, one));
        placement = place(placement, [{ name: 'orders', secrets: names }], () => deployed);
        const after = placesOf(names, placement);
        const staying = [...before].filter(([what]) => after.has(what));
        expect(Object.fromEntries(staying)).toEqual(
          Object.fromEntries(staying.map(([what]) => [what, after.get(what)])),
        );
        seen.edits += 1;
        seen.staying += staying.length;
        seen.stacks = Math.max(seen.stacks, new Set([...after.values()].map((at) => at.split(' ')[0])).size);
        before = after;
      }
    }),
    { seed, numRuns: 5 },
  );
  expect(seen.edits).toBeGreaterThan(15);
  expect(seen.staying).toBeGreaterThan(1_000);
  expect(seen.stacks).toBeGreaterThanOrEqual(3);
});

test('an application whose first stack would be empty has none: CloudFormation takes no stack without resources', () => {
  const application = { ...orders(['a', 'b']), consumers: [{ name: 'api', permissionSet: 'orders' }] };
  expect(stacksOf(application, { orders: { a: 2, b: 3 } }).map(({ stackName }) => stackName)).toEqual([
    'strongroom-dev-orders-2',
    'strongroom-dev-orders-3',
  ]);
  expect(stacksOf({ ...application, secrets: [] }, {})).toEqual([]);
  expect(stacksOf(orders([]), {}).map(({ stackName }) => stackName)).toEqual(['strongroom-dev-orders']);
});

interface State {
  readonly names: string[];
  readonly gone: string[];
  /** Number of the next name that nobody has had. */
  readonly next: number;
}

const edited = ({ names, gone, next }: State, change: Edit): State => {
  if ('add' in change) {
    const added = Array.from({ length: change.add }, (_, index) => `s${next + index}`);
    return {
      names: [...names.slice(0, change.at), ...added, ...names.slice(change.at)],
      gone,
      next: next + change.add,
    };
  }
  if ('bringBack' in change) {
    const back = gone.slice(0, change.bringBack);
    return { names: [...back, ...names], gone: gone.slice(change.bringBack), next };
  }
  const chosen = new Set('remove' in change ? change.remove : change.rename);
  const touched = names.filter((_, index) => chosen.has(index));
  const kept = names.flatMap((name, index) => {
    if (!chosen.has(index)) return [name];
    return 'rename' in change ? [`s${next + touched.indexOf(name)}`] : [];
  });
  return { names: kept, gone: [...gone, ...touched], next: next + touched.length };
};

/** Where secrets, their policies and roles are, by their names: stack and logical id. */
const placesOf = (names: readonly string[], placement: Placement): Map<string, string> => {
  const places = new Map<string, string>();
  for (const stack of stacksOf(orders(names), placement)) {
    const secretOf = new Map<unknown, string>();
    const children = stack.node.findAll();
    const put = (what: string, one: CfnSecret | CfnRole | CfnResourcePolicy): void => {
      places.set(what, `${stack.stackName} ${String(stack.resolve(one.logicalId))}`);
    };
    for (const child of children) {
      if (child instanceof CfnSecret) {
        put(`secret ${child.name ?? ''}`, child);
        secretOf.set(child.node.scope, child.name ?? '');
      } else if (child instanceof CfnRole) put(`role ${child.roleName ?? ''}`, child);
      else if (child instanceof CfnResourcePolicy) put(`policy of ${secretOf.get(child.node.scope) ?? ''}`, child);
    }
  }
  return places;
};

const stacksOf = (application: Application, placement: Placement) =>
  applicationStacks(new Construct(new App(), environment.name), environment, application, placement);

const [environment] = exampleCatalog.environments as [EnvironmentCatalog];

const orders = (names: readonly string[]): Application => ({
  name: 'orders',
  owner: 'team',
  contact: { name: 'oncall', email: 'oncall@example.com' },
  consumers: ['api', 'batch'].map((name): Consumer => ({
    name,
    runsOn: 'lambda',
    roleName: consumerRoleName(environment.name, 'orders', name),
  })),
  secrets: names.map((name, index): Secret => ({
    ...plainSecret(environment.name, 'orders', name),
    // Who reads may change with any edit, and from ARNs to tags.
    readers: index % 3 === 0 ? ['api', 'batch'] : ['api'],
  })),
  file: 'orders.yaml',
});
