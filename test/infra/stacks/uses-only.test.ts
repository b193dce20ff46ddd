/** An application without secrets, whose consumers read what others share. */
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { addEnvironments } from '../../../lib/stacks/add-environments.ts';
import { catalogFolder, organisationYaml, problemsOf, today } from '../../_helpers/catalog-folder.ts';
import { type ExampleStack, resourcesOfType, stackIn, synthesiseWith } from '../../_helpers/example-app.ts';

const head = (application: string) => ({ application, owner: 'team', contact: 'oncall', environments: ['prod'] });
const owner = (readers: readonly string[]) =>
  stringify({
    ...head('payments'),
    consumers: {},
    secrets: { token: { class: 'generic', readers: [], sharedWith: { reports: readers } } },
  });
const reader = (consumers: object, readers: readonly string[], more: object = {}) =>
  stringify({
    ...head('reports'),
    consumers,
    ...more,
    uses: { 'payments-token': { application: 'payments', secret: 'token', readers } },
  });
const stacksOf = (consumers: object, more: object = {}): ReadonlyMap<string, ExampleStack> => {
  const names = Object.keys(consumers);
  const files = {
    'organisation.yaml': organisationYaml,
    'payments.yaml': owner(names),
    'reports.yaml': reader(consumers, names, more),
  };
  const catalog = loadCatalog(catalogFolder(files), { today });
  return synthesiseWith((app) => {
    addEnvironments(app, catalog);
  });
};

test.each([
  ['without secrets', {}],
  ['with none', { secrets: {} }],
])('%s: its stack has its roles, with what they read', (_form, more) => {
  const stack = stackIn(
    stacksOf({ api: { runsOn: 'lambda' }, legacy: { role: 'legacy' } }, more),
    'strongroom-prod-reports',
  );
  expect(resourcesOfType(stack, 'AWS::SecretsManager::Secret')).toEqual([]);
  expect(resourcesOfType(stack, 'AWS::CloudWatch::Alarm')).toEqual([]);
  expect(resourcesOfType(stack, 'AWS::IAM::Role').map(({ properties }) => properties['RoleName'])).toEqual([
    'prod-reports-api',
  ]);
  const policies = resourcesOfType(stack, 'AWS::IAM::ManagedPolicy');
  expect(policies).toHaveLength(2);
  for (const { properties } of policies) {
    expect(JSON.stringify(properties['PolicyDocument'])).toContain('secret:prod/payments/token-??????');
  }
});

test('the policy of the secret names its readers', () => {
  const stack = stackIn(stacksOf({ api: { runsOn: 'lambda' } }), 'strongroom-prod-payments');
  const [policy] = resourcesOfType(stack, 'AWS::SecretsManager::ResourcePolicy');
  expect(JSON.stringify(policy?.properties['ResourcePolicy'])).toContain('role/prod-reports-api');
});

test('people alone need no stack: what they get is handed over', () => {
  expect([...stacksOf({ support: { permissionSet: 'Support' } }).keys()]).not.toContain('strongroom-prod-reports');
});

test('an application with neither is refused', () => {
  const files = {
    'organisation.yaml': organisationYaml,
    'reports.yaml': stringify({ ...head('reports'), consumers: {} }),
  };
  expect(problemsOf(files)).toEqual([
    'reports.yaml:1:1 secrets must have an entry, because there are no uses; write NAME: ... for each secret',
  ]);
});
