/** An application with more secrets than a stack takes: stacks under CloudFormation's limits, in which nothing moves. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { writeGeneratedCatalog } from '../../../bench/support/generated-catalog.ts';
import { loadCatalog } from '../../../lib/catalog/load-catalog.ts';
import type { Application, EnvironmentCatalog, Fences } from '../../../lib/model/catalog.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import { place, type Placement } from '../../../lib/placement/placement.ts';
import { Environment } from '../../../lib/stacks/environment.ts';
import { type ExampleStack, resourcesOfType, synthesiseWith } from '../../_helpers/example-app.ts';

type Stacks = ReadonlyMap<string, ExampleStack>;

let folder = '';
let generated: EnvironmentCatalog;
let large: Stacks;

const fences: Fences = {
  organizationId: 'o-a1b2c3d4e5',
  vpcEndpoints: ['vpce-0a1b2c3d4e5f60718', 'vpce-0f1e2d3c4b5a69788'],
  vpcs: ['vpc-0a1b2c3d4e5f60718'],
  byTag: 'auto',
};

beforeAll(async () => {
  // The checks of templates have tests of their own, and here they would take most of the time.
  vi.stubEnv('CDK_VALIDATION', 'false');
  folder = mkdtempSync(join(tmpdir(), 'strongroom-scale-'));
  await writeGeneratedCatalog(folder, { applications: 1, secrets: 300 });
  const [environment] = loadCatalog(folder).environments;
  if (!environment) throw new Error('A catalog without environment');
  generated = { ...environment, fences };
  large = synthesiseSplit(generated, placementOf(generated, {}));
});
afterAll(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

const synthesiseSplit = (environment: EnvironmentCatalog, placement: Placement): Stacks =>
  synthesiseWith((app) => {
    new Environment(app, environment, placement);
  });

const placementOf = ({ applications }: EnvironmentCatalog, before: Placement): Placement =>
  place(
    before,
    applications.map(({ name, secrets }) => ({ name, secrets: secrets.map((secret) => secret.name) })),
    () => [],
  );

const ownStacks = (stacks: Stacks): ExampleStack[] =>
  [...stacks.values()].filter(({ stackName }) => stackName.startsWith('strongroom-prod-app-000'));

/** Secret name to its stack and logical id. */
const placesOf = (stacks: Stacks): Map<string, string> =>
  new Map(
    ownStacks(stacks).flatMap((stack) =>
      resourcesOfType(stack, 'AWS::SecretsManager::Secret').map(({ logicalId, properties }) => [
        String(properties['Name']),
        `${stack.stackName} ${logicalId}`,
      ]),
    ),
  );

test('300 secrets of one application become stacks with room below 500 resources and 1 MB each', () => {
  const stacks = ownStacks(large);
  expect(stacks.map(({ stackName }) => stackName)).toEqual(
    ['', '-2', '-3', '-4', '-5'].map((part) => `strongroom-prod-app-000${part}`),
  );
  for (const { template } of stacks) {
    expect(Object.keys(template.Resources).length).toBeLessThan(400);
    expect(JSON.stringify(template, undefined, 1).length).toBeLessThan(900_000);
  }
  expect(placesOf(large).size).toBe(300);
});

test('nothing is exported or imported between the stacks, and the first is deployed before the others', () => {
  const [, ...others] = ownStacks(large);
  for (const { template, dependencies } of ownStacks(large)) {
    expect(template.Outputs ?? {}).toEqual({});
    expect(JSON.stringify(template)).not.toMatch(/Fn::ImportValue|Fn::GetStackOutput/);
    expect(dependencies).toContain('strongroom-prod-foundation');
  }
  for (const { dependencies } of others) expect(dependencies).toContain('strongroom-prod-app-000');
});

test('a role is made once, and its one policy reads by tags, which the secrets of every stack have', () => {
  const [first, ...others] = ownStacks(large);
  if (!first) throw new Error('No stack');
  expect(resourcesOfType(first, 'AWS::IAM::Role').map(({ properties }) => properties['RoleName'])).toEqual([
    'prod-app-000-api',
    'prod-app-000-worker',
  ]);
  const statements = JSON.stringify(resourcesOfType(first, 'AWS::IAM::ManagedPolicy'));
  expect(statements).toContain(`aws:ResourceTag/${secretTag.readers}`);
  expect(statements).toContain('alias/strongroom/prod/standard');
  expect(statements).toContain('alias/strongroom/prod/high');
  for (const stack of others) {
    expect(resourcesOfType(stack, 'AWS::IAM::Role')).toEqual([]);
    for (const { properties } of resourcesOfType(stack, 'AWS::IAM::ManagedPolicy')) {
      expect(properties['Roles']).toEqual(['report-0']);
    }
    const read = resourcesOfType(stack, 'AWS::SecretsManager::Secret').filter(({ properties }) =>
      JSON.stringify(properties['Tags']).includes(':api:'),
    );
    expect(read.length).toBeGreaterThan(20);
  }
});

test('secrets that stay keep stack and logical id while others come and go', () => {
  const before = placementOf(generated, {});
  const changed: Application[] = generated.applications.map((application) => ({
    ...application,
    secrets: application.secrets
      .filter((_, index) => index % 5 > 0)
      .flatMap((secret, index) =>
        index % 8 > 0 ? [secret] : [{ ...secret, name: `new-${index}`, fullName: `prod/app-000/new-${index}` }, secret],
      ),
  }));
  const catalog = { ...generated, applications: changed };
  const after = placesOf(synthesiseSplit(catalog, placementOf(catalog, before)));
  const staying = [...placesOf(large)].filter(([name]) => after.has(name));
  expect(staying.length).toBe(240);
  for (const [name, place] of staying) expect(after.get(name)).toBe(place);
});
