/** A secret that two applications share: what the stacks of both say, from the files of a catalog. */
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { catalogFolder, organisationYaml, today } from '../../_helpers/catalog-folder.ts';
import { type ExampleStack, resourcesOfType, stackIn, synthesise } from '../../_helpers/example-app.ts';

const head = (application: string) => ({ application, owner: `team-${application}`, contact: 'oncall' });

const files = {
  'organisation.yaml': organisationYaml,
  'payments.yaml': stringify({
    ...head('payments'),
    consumers: { api: { runsOn: 'ecs' } },
    secrets: {
      'orders-db': {
        class: 'database',
        engine: 'postgres',
        host: { rds: 'orders' },
        dbname: 'orders',
        username: 'payments_app',
        readers: ['api'],
        pendingReaders: ['api'],
        sharedWith: { billing: ['api', 'agent', 'people', 'legacy'] },
        replicas: ['eu-central-1'],
        rotation: { admin: { managedBy: 'rds' } },
      },
      'stripe-key': { class: 'generic', readers: ['api'] },
    },
  }),
  'billing.yaml': stringify({
    ...head('billing'),
    consumers: {
      api: { runsOn: 'lambda' },
      agent: { runsOn: 'ecs-execution' },
      other: { runsOn: 'lambda' },
      people: { permissionSet: 'Support' },
      legacy: { role: 'teams/legacy' },
    },
    secrets: { invoice: { class: 'generic', readers: ['api', 'other'] } },
    uses: { orders: { application: 'payments', secret: 'orders-db', readers: ['api', 'agent', 'people', 'legacy'] } },
  }),
};

const stacks = (): ReadonlyMap<string, ExampleStack> => synthesise(loadCatalog(catalogFolder(files), { today }));

const documentsOf = (stack: ExampleStack, type: string, key: string): string[] =>
  resourcesOfType(stack, type).map(({ properties }) => JSON.stringify(properties[key]));

test('each reader of the other application has a policy with the ARN of the secret and of its replica', () => {
  const billing = stackIn(stacks(), 'strongroom-prod-billing');
  const shared = resourcesOfType(billing, 'AWS::IAM::ManagedPolicy')
    .map(({ properties }) => ({
      roles: JSON.stringify(properties['Roles']),
      document: JSON.stringify(properties['PolicyDocument']),
    }))
    .filter(({ document }) => document.includes('orders-db'));
  expect(shared.map(({ roles }) => roles).sort()).toEqual(
    ['"legacy"', 'Consumeragent', 'Consumerapi'].map((name) => expect.stringContaining(name) as string),
  );
  for (const { document } of shared) {
    expect(document).toMatch(/secretsmanager:eu-west-1:444455556666:secret:prod\/payments\/orders-db-\?{6}/);
    expect(document).toMatch(/secretsmanager:eu-central-1:444455556666:secret:prod\/payments\/orders-db-\?{6}/);
    expect(document).toContain('alias/strongroom/prod/');
    expect(document).not.toContain('stripe-key');
  }
});

test('the policy of the secret lets them through by name, and nobody else of their application', () => {
  const payments = stackIn(stacks(), 'strongroom-prod-payments');
  const [orders, stripe] = ['orders-db', 'stripe-key'].map((name) => {
    const id = Object.keys(payments.template.Resources).find((one) =>
      one.startsWith(`Secret${name.replace('-', '')}Policy`),
    );
    return JSON.stringify(payments.template.Resources[id!]!.Properties['ResourcePolicy']);
  });
  for (const role of ['prod-billing-api', 'prod-billing-agent', 'AWSReservedSSO_Support_', 'role/teams/legacy']) {
    expect(orders).toContain(role);
    expect(stripe).not.toContain(role);
  }
  expect(orders).not.toContain('prod-billing-other');
});

test('neither stack waits for the other, nor exports anything to it', () => {
  const all = stacks();
  for (const name of ['strongroom-prod-billing', 'strongroom-prod-payments']) {
    const text = JSON.stringify(stackIn(all, name).template);
    expect(text).not.toContain('Fn::ImportValue');
    expect(text).not.toContain('"Export"');
  }
});

test('the stack of the secret tells its ARN to the agent of ECS of the other application', () => {
  expect(JSON.stringify(stackIn(stacks(), 'strongroom-prod-payments').template)).toContain(
    'For valueFrom of prod/payments/orders-db',
  );
});

test('the tag of readers names those of the secret’s own application alone', () => {
  const secrets = documentsOf(stackIn(stacks(), 'strongroom-prod-payments'), 'AWS::SecretsManager::Secret', 'Tags');
  expect(secrets.join()).not.toContain('strongroom:readers');
});
