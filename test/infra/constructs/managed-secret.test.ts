/** The secret as CloudFormation gets it, and what the construct refuses. */
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Key } from 'aws-cdk-lib/aws-kms';
import { expect, test } from 'vitest';
import { constructStack, databaseSecret, type SecretChange } from '../../_helpers/construct-stack.ts';

const template = (change: SecretChange = {}): Template => {
  const stack = constructStack();
  databaseSecret(stack, change);
  return Template.fromStack(stack);
};

test('a secret is named by the contract, encrypted with the key of its alias, and stays when its stack goes', () => {
  template().hasResource('AWS::SecretsManager::Secret', {
    Properties: { Name: 'prod/payments/orders-db', KmsKeyId: 'alias/strongroom/prod/standard' },
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
  });
});

test('a key of the same stack is named by its ARN', () => {
  const stack = constructStack();
  databaseSecret(stack, { encryptionKey: new Key(stack, 'Own') });
  Template.fromStack(stack).hasResourceProperties('AWS::SecretsManager::Secret', {
    KmsKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Own'), 'Arn'] },
  });
});

test('owner, class and connection facts are tags', () => {
  const { Tags } = Object.values(
    template({ adminFor: 'postgres', sensitivity: 'high' }).findResources('AWS::SecretsManager::Secret'),
  )[0]!['Properties'] as { Tags: { Key: string; Value: string }[] };
  expect(Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value]))).toEqual({
    'strongroom:environment': 'prod',
    'strongroom:application': 'payments',
    'strongroom:secret': 'orders-db',
    'strongroom:owner': 'team-payments',
    'strongroom:contact': 'payments-oncall',
    'strongroom:class': 'database',
    'strongroom:sensitivity': 'high',
    'strongroom:admin-for': 'postgres',
    'strongroom:engine': 'postgres',
    'strongroom:rds': 'orders',
    'strongroom:dbname': 'orders',
    'strongroom:username': 'payments_orders',
  });
});

test('a supplied secret is created without a value', () => {
  const { Properties } = Object.values(
    template({ value: 'supplied' }).findResources('AWS::SecretsManager::Secret'),
  )[0]!;
  expect(Properties).not.toHaveProperty('GenerateSecretString');
  expect(Properties).not.toHaveProperty('SecretString');
});

test('its policy blocks public access, holds for everybody and names no reader that was not declared', () => {
  const [policy] = Object.values(template().findResources('AWS::SecretsManager::ResourcePolicy'));
  const { BlockPublicPolicy, ResourcePolicy } = policy!['Properties'] as {
    BlockPublicPolicy: boolean;
    ResourcePolicy: { Statement: { Effect: string; Principal: unknown; Sid: string; Condition: unknown }[] };
  };
  expect(BlockPublicPolicy).toBe(true);
  expect(new Set(ResourcePolicy.Statement.map(({ Effect }) => Effect))).toEqual(new Set(['Deny']));
  expect(ResourcePolicy.Statement.every(({ Principal }) => JSON.stringify(Principal) === '{"AWS":"*"}')).toBe(true);
  expect(ResourcePolicy.Statement.find(({ Sid }) => Sid === 'ReadByDeclaredReaders')?.Condition).toEqual({
    ArnNotLike: { 'aws:PrincipalArn': ['arn:aws:iam::444455556666:role/strongroom-prod-break-glass'] },
  });
});

test('a policy of many readers stays within the 20,480 characters that the service takes', () => {
  const stack = constructStack();
  const secret = databaseSecret(stack);
  for (let index = 0; index < 100; index++) {
    const name = `${'n'.repeat(60)}${String(index).padStart(4, '0')}`;
    secret._declareReader(`arn:aws:iam::444455556666:role/${name}`, { network: 'vpc', pending: false });
  }
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::SecretsManager::ResourcePolicy'));
  const { ResourcePolicy } = policy!['Properties'] as { ResourcePolicy: unknown };
  expect(JSON.stringify(ResourcePolicy).length).toBeLessThan(20_480);
});

test.each<{ name: string; change: SecretChange; message: string }>([
  {
    name: 'a word that is no name',
    change: { application: 'Payments Team' },
    message: 'application can\'t be "Payments Team": write lower-case letters, digits and hyphens, such as "orders-db"',
  },
  {
    name: 'a name that would reach into another environment',
    change: { environment: 'prod/payments' },
    message: 'environment can\'t be "prod/payments"',
  },
  {
    name: 'a name that AWS would take for the end of an ARN',
    change: { name: 'jwt-secret' },
    message: 'such as "jwt-secret-value"',
  },
  {
    name: 'a generated certificate',
    change: { class: 'tls-certificate' },
    message:
      "Secrets Manager can't generate a value of class tls-certificate: write value: 'supplied' and let an operator put it",
  },
  {
    name: 'a database for a class that has none',
    change: { class: 'api-key' },
    message: 'database is for class database (got class api-key): leave it out',
  },
  {
    name: 'a database secret without a database',
    change: { database: null },
    message: 'A secret of class database needs database: write engine, host, dbname and username',
  },
  {
    name: 'a tag that the service would refuse',
    change: { owner: 'team <payments>' },
    message:
      'The tag strongroom:owner can\'t be "team <payments>": write at most 256 letters, digits, spaces and _ . : / = + - @',
  },
])('refuses $name, and says what to write', ({ change, message }) => {
  expect(() => template(change)).toThrow(message);
});
