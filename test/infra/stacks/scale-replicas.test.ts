/** Replicas: keys in their regions, readers that read them there, and writers in whose name they are encrypted. */
import { describe, expect, test } from 'vitest';
import { handovers } from '../../../lib/reader-policies/handover.ts';
import { declaredPrincipals, declaredSecrets, labelOf, type Principal } from '../../../lib/access/index.ts';
import type { Catalog, EnvironmentCatalog, Secret } from '../../../lib/model/catalog.ts';
import { BreakGlassRole } from '../../../lib/constructs/break-glass-role/break-glass-role.ts';
import { OperatorPolicy } from '../../../lib/constructs/operator-policy/operator-policy.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { constructStack } from '../../_helpers/construct-stack.ts';
import { resourcesOfType, stackIn, synthesise } from '../../_helpers/example-app.ts';
import { measure } from '../access/matrix/measure.ts';
import { worldOf } from '../access/matrix/world.ts';

const region = 'eu-central-1';
const partner = 'arn:aws:iam::999988887777:role/partner';
const replicated = new Set(['stripe-key', 'orders-db']);

const withReplicas: Catalog = {
  ...exampleCatalog,
  environments: exampleCatalog.environments.filter(({ name }) => name === 'prod').map(replicate),
};

const stacks = synthesise(withReplicas);
const world = worldOf(withReplicas, stacks);
const payments = stackIn(stacks, 'strongroom-prod-payments');
const there = stackIn(stacks, `strongroom-prod-foundation-${region}`);

test('a secret is replicated under the key of its sensitivity in that region, and no other secret is', () => {
  const found = resourcesOfType(payments, 'AWS::SecretsManager::Secret').flatMap(({ properties }) =>
    properties['ReplicaRegions'] === undefined ? [] : [[properties['Name'], properties['ReplicaRegions']]],
  );
  expect(found).toEqual([
    ['prod/payments/orders-db', [{ Region: region, KmsKeyId: 'alias/strongroom/prod/standard' }]],
    ['prod/payments/stripe-key', [{ Region: region, KmsKeyId: 'alias/strongroom/prod/high' }]],
  ]);
  expect(payments.dependencies).toContain(`strongroom-prod-foundation-${region}`);
  expect(resourcesOfType(there, 'AWS::KMS::Alias').map(({ properties }) => properties['AliasName'])).toEqual([
    'alias/strongroom/prod/standard',
    'alias/strongroom/prod/high',
  ]);
});

test('a reader has the very replicas in its policy, and their keys through Secrets Manager there for them alone', () => {
  const policy = JSON.stringify(world.policiesOf(principalOf('role/prod-payments-api')).map((one) => one.policy));
  const arn = (where: string, name: string): string =>
    `arn:aws:secretsmanager:${where}:444455556666:secret:prod/payments/${name}-??????`;
  const statements = (JSON.parse(policy) as { Statement: { Action: unknown; Resource: unknown }[] }[]).flatMap(
    ({ Statement }) => Statement,
  );
  expect(statements).toContainEqual({
    Effect: 'Allow',
    Action: 'kms:Decrypt',
    Resource: `arn:aws:kms:${region}:444455556666:key/*`,
    Condition: {
      StringEquals: { 'kms:ViaService': `secretsmanager.${region}.amazonaws.com` },
      StringLike: { 'kms:EncryptionContext:SecretARN': [arn(region, 'stripe-key')] },
      'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/strongroom/prod/high'] },
    },
  });
  expect(policy).toContain(arn(region, 'orders-db'));
  expect(policy).not.toMatch(/secretsmanager:\*:/);
});

test.each([
  ['prod-payments-api', 'stripe-key', 'allowed'],
  ['prod-payments-api', 'orders-db', 'allowed'],
  ['report', 'orders-db', 'allowed'],
  ['report', 'stripe-key', 'denied'],
  ['partner', 'orders-db', 'allowed'],
  ['partner', 'stripe-key', 'denied'],
  ['prod-logistics-planner', 'orders-db', 'denied'],
  ['strongroom-prod-rotation-postgres', 'orders-db', 'denied'],
  ['secrets-operator', 'stripe-key', 'denied'],
  ['strongroom-prod-break-glass', 'stripe-key', 'allowed'],
])('%s reads the replica of %s: %s', (role, name, expected) => {
  const circumstances = { organizationId: 'o-a1b2c3d4e5' };
  const request = { principal: principalOf(`role/${role}`), secret: replicaOf(name), circumstances };
  expect(measure(world, { ...request, action: 'secretsmanager:GetSecretValue' })).toBe(expected);
});

describe('Secrets Manager encrypts a replica in the name of whoever writes its secret', () => {
  test.each([
    ['the rotation function', 'strongroom-prod-rotation-postgres', 'orders-db'],
    ['an operator who puts its value', 'secrets-operator', 'stripe-key'],
    ['break-glass', 'strongroom-prod-break-glass', 'stripe-key'],
  ])('%s writes at home, and encrypts there', (_who, role, name) => {
    const principal = principalOf(`role/${role}`);
    const home = declaredSecrets(withReplicas).find((secret) => labelOf(secret) === `prod/payments/${name}`)!;
    const may = (action: 'kms:Encrypt' | 'kms:GenerateDataKey' | 'kms:Decrypt', secret = replicaOf(name)) =>
      measure(world, { principal, secret, action, circumstances: { key: { via: 'secretsmanager', context: secret } } });
    expect(
      measure(world, {
        principal,
        secret: home,
        action: 'secretsmanager:PutSecretValue',
        circumstances: {
          organizationId: 'o-a1b2c3d4e5',
        },
      }),
    ).toBe('allowed');
    expect([may('kms:Encrypt'), may('kms:GenerateDataKey')]).toEqual(['allowed', 'allowed']);
    expect(may('kms:Decrypt')).toBe(role.includes('break-glass') ? 'allowed' : 'denied');
    expect(may('kms:Encrypt', home)).toBe('denied');
  });
});

test('break-glass makes a secret of a replica, and nobody else that the catalog names does but whoever deploys', () => {
  const promoters = declaredPrincipals(withReplicas).filter(
    (principal) =>
      measure(world, {
        principal,
        secret: replicaOf('stripe-key'),
        action: 'secretsmanager:StopReplicationToReplica',
        circumstances: {},
      }) === 'allowed',
  );
  expect(promoters.map(({ arn }) => arn)).toEqual(['arn:aws:iam::444455556666:role/strongroom-prod-break-glass']);
});

test('ECS gives a reader of a replica its role in that region too, and in no other', () => {
  const { Statement } = world.trustOf('arn:aws:iam::444455556666:role/prod-payments-api') as { Statement: unknown[] };
  expect(Statement).toEqual([
    expect.objectContaining({
      Condition: {
        StringEquals: { 'aws:SourceAccount': '444455556666' },
        ArnLike: {
          'aws:SourceArn': ['arn:aws:ecs:eu-west-1:444455556666:*', `arn:aws:ecs:${region}:444455556666:*`],
        },
      },
    }),
  ]);
});

test('another account is handed the replicas that its role reads', () => {
  const [handover] = handovers(withReplicas);
  const text = JSON.stringify(handover?.policies);
  expect(text).toContain(`arn:aws:secretsmanager:${region}:444455556666:secret:prod/payments/orders-db-??????`);
  expect(text).toContain(`arn:aws:kms:${region}:444455556666:key/*`);
  expect(text).not.toContain('stripe-key');
});

test('more regions than a policy holds are refused, before anything is deployed', () => {
  const regions = Array.from({ length: 40 }, (_, index) => `ap-southeast-${index}`);
  const stack = constructStack();
  new OperatorPolicy(stack, 'Operators', { environment: 'prod', encryptionKeys: [], replicaRegions: regions });
  new BreakGlassRole(stack, 'BreakGlass', {
    environment: 'prod',
    principals: [{ permissionSet: 'Security' }],
    encryptionKeys: [],
    replicaRegions: regions,
  });
  expect(stack.node.findAll().flatMap((construct) => construct.node.validate())).toEqual([
    expect.stringMatching(/^The policy of the operators of prod has [\d,]+ characters, and IAM takes 6,144: let /),
    expect.stringMatching(/^The policy of the break-glass role of prod has [\d,]+ characters, and IAM takes 6,144: /),
  ]);
});

function replicate(environment: EnvironmentCatalog): EnvironmentCatalog {
  return {
    ...environment,
    fences: { organizationId: 'o-a1b2c3d4e5', byTag: 'auto' },
    applications: environment.applications.map((application) =>
      application.name !== 'payments'
        ? application
        : {
            ...application,
            consumers: [...application.consumers, { name: 'partner', account: '999988887777', roleArn: partner }],
            secrets: application.secrets.map((secret): Secret => {
              if (!replicated.has(secret.name)) return secret;
              const readers = secret.name === 'orders-db' ? [...secret.readers, 'partner'] : secret.readers;
              return { ...secret, replicas: [region], readers };
            }),
          },
    ),
  };
}

function principalOf(end: string): Principal {
  const found = declaredPrincipals(withReplicas).find(({ arn }) => arn.endsWith(end));
  if (!found) throw new Error(`No principal ${end}`);
  return found;
}

function replicaOf(name: string) {
  const found = declaredSecrets(withReplicas).find((one) => labelOf(one) === `prod/payments/${name} in ${region}`);
  if (!found) throw new Error(`No replica of ${name}`);
  return found;
}
