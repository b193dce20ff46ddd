/** A secret with replicas: one in each region, under the environment's key of that region, which is deployed before. */
import { expect, test } from 'vitest';
import type { Catalog } from '../../lib/catalog/model.ts';
import { Environment } from '../../lib/stacks/environment.ts';
import { exampleCatalog } from '../_fixtures/catalog-model.ts';
import { resourcesOfType, stackIn, synthesiseWith } from '../_helpers/example-app.ts';

const withReplica: Catalog = {
  ...exampleCatalog,
  environments: exampleCatalog.environments
    .filter(({ name }) => name === 'prod')
    .map((environment) => ({
      ...environment,
      applications: environment.applications.map((application) => ({
        ...application,
        secrets: application.secrets.map((secret) =>
          secret.name === 'stripe-key' ? { ...secret, replicas: ['eu-central-1'] } : secret,
        ),
      })),
    })),
};

test('a secret is replicated under the key of its sensitivity in that region, and no other secret is', () => {
  const stacks = synthesiseWith((app) => {
    for (const environment of withReplica.environments) new Environment(app, environment);
  });
  const payments = stackIn(stacks, 'strongroom-prod-payments');
  const replicated = resourcesOfType(payments, 'AWS::SecretsManager::Secret').flatMap(({ properties }) =>
    properties['ReplicaRegions'] === undefined ? [] : [[properties['Name'], properties['ReplicaRegions']]],
  );
  expect(replicated).toEqual([
    ['prod/payments/stripe-key', [{ Region: 'eu-central-1', KmsKeyId: 'alias/strongroom/prod/high' }]],
  ]);
  expect(payments.dependencies).toContain('strongroom-prod-foundation-eu-central-1');

  const there = stackIn(stacks, 'strongroom-prod-foundation-eu-central-1');
  expect(resourcesOfType(there, 'AWS::KMS::Alias').map(({ properties }) => properties['AliasName'])).toEqual([
    'alias/strongroom/prod/high',
  ]);
  const [key] = resourcesOfType(there, 'AWS::KMS::Key');
  const policy = JSON.stringify(key?.properties['KeyPolicy']);
  expect(policy).toContain('secretsmanager.eu-central-1.amazonaws.com');
  expect(policy).toContain(':secretsmanager:eu-central-1:444455556666:secret:prod/*');
});
