/** The rule by itself: what a reviewer would say of the catalog, row by row. */
import { describe, expect, it } from 'vitest';

import {
  type Action,
  type Circumstances,
  declaredPrincipals,
  declaredSecrets,
  decide,
  generous,
  type Principal,
  secretActions,
  unknownPrincipal,
} from '../../../lib/access/index.ts';
import type { Catalog } from '../../../lib/model/catalog.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';

const catalog = {
  ...exampleCatalog,
  environments: exampleCatalog.environments.map((environment) => ({
    ...environment,
    fences: { organizationId: 'o-a1b2c3d4e5', vpcs: ['vpc-1'], byTag: 'auto' as const },
  })),
};

/** The same, with a consumer that reads by version. */
const withReads = (name: string): Catalog => ({
  ...catalog,
  environments: catalog.environments.map((environment) => ({
    ...environment,
    applications: environment.applications.map((application) => ({
      ...application,
      consumers: application.consumers.map((consumer) =>
        consumer.name === name ? { ...consumer, reads: 'by-version' as const } : consumer,
      ),
    })),
  })),
});

const home: Circumstances = { organizationId: 'o-a1b2c3d4e5', vpc: 'vpc-1', endpoint: 'vpce-1' };

const principalOf = (name: string): Principal => {
  const found = declaredPrincipals(catalog).find(({ arn }) => arn.endsWith(name));
  if (!found) throw new Error(`No principal ${name}`);
  return found;
};

const ask = (principal: Principal, action: Action, secretName: string, change: Circumstances = {}) => {
  const secret = declaredSecrets(catalog).find(({ fullName }) => fullName === secretName);
  if (!secret) throw new Error(`No secret ${secretName}`);
  return decide({ principal, secret, action, circumstances: { ...home, ...change } });
};

describe('who may do what, from the catalog alone', () => {
  it.each([
    ['prod-payments-api', 'GetSecretValue', 'prod/payments/stripe-key', 'allowed'],
    ['prod-payments-api', 'GetSecretValue', 'prod/logistics/label-signing', 'denied'],
    ['dev-payments-api', 'GetSecretValue', 'prod/payments/stripe-key', 'denied'],
    ['prod-payments-api', 'DeleteSecret', 'prod/payments/stripe-key', 'denied'],
    ['prod-rotation-postgres', 'PutSecretValue', 'prod/logistics/routes-db', 'allowed'],
    ['prod-rotation-postgres', 'GetSecretValue', 'prod/logistics/routes-admin', 'allowed'],
    ['prod-rotation-postgres', 'PutSecretValue', 'prod/logistics/routes-admin', 'denied'],
    ['prod-rotation-postgres', 'GetSecretValue', 'prod/payments/stripe-key', 'denied'],
    ['444455556666:role/secrets-operator', 'PutSecretValue', 'prod/payments/stripe-key', 'allowed'],
    ['444455556666:role/secrets-operator', 'GetSecretValue', 'prod/payments/stripe-key', 'denied'],
    ['444455556666:role/secrets-operator', 'UpdateSecretVersionStage', 'prod/payments/stripe-key', 'denied'],
    ['prod-break-glass', 'DeleteSecret', 'prod/payments/stripe-key', 'allowed'],
    ['prod-break-glass', 'GetSecretValue', 'dev/payments/stripe-key', 'denied'],
    ['prod-audit-siem', 'GetSecretValue', 'prod/strongroom/siem', 'allowed'],
  ] as const)('%s: %s of %s is %s', (name, action, secret, expected) => {
    expect(ask(principalOf(name), `secretsmanager:${action}`, secret)).toBe(expected);
  });

  it.each(Object.values(secretActions).flat())('lets an administrator of dev do no %s in prod', (action) => {
    const administrator = unknownPrincipal('arn:aws:iam::111122223333:role/administrator');
    expect(ask(administrator, `secretsmanager:${action}`, 'prod/payments/orders-db')).toBe('denied');
  });

  it.each<[string, Circumstances, string]>([
    ['from the network', {}, 'allowed'],
    ['from another network', { vpc: 'vpc-2' }, 'denied'],
    ['for the account of another organisation', { organizationId: 'o-other00000' }, 'denied'],
    ['of the current version by its label', { version: 'AWSCURRENT' }, 'allowed'],
    ['of a version by its id', { version: 'by id' }, 'denied'],
    ['of the version before, without a grace time', { version: 'AWSPREVIOUS' }, 'denied'],
    ['of the value of a rotation under way', { version: 'AWSPENDING' }, 'denied'],
  ])('a read %s is %s', (_how, circumstances, expected) => {
    expect(
      ask(principalOf('prod-payments-api'), 'secretsmanager:GetSecretValue', 'prod/payments/orders-db', circumstances),
    ).toBe(expected);
  });

  it.each<[string, Circumstances, string]>([
    ['the id of a version', { version: 'by id' }, 'allowed'],
    ['an id beside the current label', { version: 'AWSCURRENT', withId: true }, 'allowed'],
    ['an id beside the pending label', { version: 'AWSPENDING', withId: true }, 'denied'],
    [
      'an id beside the label of the version before, without a grace time',
      { version: 'AWSPREVIOUS', withId: true },
      'denied',
    ],
    ['the pending label', { version: 'AWSPENDING' }, 'denied'],
    ['the id of a version, from another network', { version: 'by id', vpc: 'vpc-2' }, 'denied'],
  ])('where the consumer reads by version, a read that names %s is %s', (_what, circumstances, expected) => {
    const request = (one: Catalog) => {
      const principal = declaredPrincipals(one).find(({ arn }) => arn.endsWith('prod-payments-api'))!;
      const secret = declaredSecrets(one).find(({ fullName }) => fullName === 'prod/payments/orders-db')!;
      return { principal, secret, action: 'secretsmanager:GetSecretValue' as const };
    };
    const of = (one: Catalog) => decide({ ...request(one), circumstances: { ...home, ...circumstances } });

    expect(of(withReads('api'))).toBe(expected);
    expect(of(withReads('another'))).toBe('denied');
  });

  it.each<[string, Circumstances, string]>([
    ['with the 30 days that it has by itself', {}, 'allowed'],
    ['with 30 days to restore it', { deletion: { afterDays: 30 } }, 'allowed'],
    ['with a week to restore it', { deletion: { afterDays: 7 } }, 'denied'],
    ['at once', { deletion: 'at once' }, 'denied'],
  ])('a deletion %s is %s, in an emergency', (_how, circumstances, expected) => {
    const breakGlass = generous(principalOf('prod-break-glass'));
    expect(ask(breakGlass, 'secretsmanager:DeleteSecret', 'prod/payments/orders-db', circumstances)).toBe(expected);
  });

  it('lets nobody use a key but through Secrets Manager', () => {
    const administrator = unknownPrincipal('arn:aws:iam::444455556666:role/administrator');
    expect(ask(administrator, 'kms:Decrypt', 'prod/payments/orders-db')).toBe('denied');
    expect(ask(administrator, 'kms:DescribeKey', 'prod/payments/orders-db')).toBe('allowed');
    expect(ask(administrator, 'kms:CreateGrant', 'prod/payments/orders-db')).toBe('denied');
  });
});
