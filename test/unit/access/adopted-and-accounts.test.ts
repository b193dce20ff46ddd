/** The rule for secrets that keep their own key, for reads in batches, and for what is asked of an account. */
import { describe, expect, it } from 'vitest';
import {
  type AccountAction,
  type Action,
  type Circumstances,
  decide,
  decideForAccount,
  declaredPrincipals,
  declaredSecrets,
  generous,
  type Principal,
  unknownPrincipal,
} from '../../../lib/access/index.ts';
import type { AdoptedSecret, Catalog, Secret } from '../../../lib/model/catalog.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';

const account = '111122223333';
const partner = 'arn:aws:iam::999988887777:role/partner';

const adopted = (name: string, keyArn?: string): Pick<Secret, 'fullName' | 'value'> & { adopted: AdoptedSecret } => ({
  fullName: `legacy/${name}`,
  value: 'supplied',
  adopted: {
    arn: `arn:aws:secretsmanager:eu-west-1:${account}:secret:legacy/${name}-GhIjKl`,
    ...(keyArn !== undefined && { keyArn }),
  },
});

const plain = { class: 'generic', sensitivity: 'standard', rotation: { kind: 'manual' } } as const;

/** `token` under a key of the organisation's own, `cookie` under that of AWS, `cart` under Strongroom's. */
const catalog: Catalog = {
  organisation: 'acme',
  environments: exampleCatalog.environments.slice(0, 1).map((environment) => ({
    ...environment,
    fences: { organizationId: 'o-a1b2c3d4e5', byTag: 'auto' },
    applications: [
      {
        name: 'shop',
        owner: 'team',
        contact: environment.contact,
        file: 'shop.yaml',
        consumers: [
          { name: 'web', runsOn: 'ecs', roleName: 'dev-shop-web' },
          { name: 'batch', runsOn: 'lambda', roleName: 'dev-shop-batch' },
          { name: 'partner', account: '999988887777', roleArn: partner },
        ],
        secrets: [
          {
            ...plain,
            name: 'token',
            readers: ['web', 'partner'],
            ...adopted('token', `arn:aws:kms:eu-west-1:${account}:key/own`),
          },
          { ...plain, name: 'cookie', readers: ['web'], ...adopted('cookie') },
          { ...plain, name: 'cart', readers: ['batch'], fullName: 'dev/shop/cart', value: 'generated' },
        ],
      },
    ],
  })),
};

const home: Circumstances = { organizationId: 'o-a1b2c3d4e5' };

const principalOf = (end: string): Principal => {
  const found = declaredPrincipals(catalog).find(({ arn }) => arn.endsWith(end));
  if (!found) throw new Error(`No principal ${end}`);
  return found;
};
const secretOf = (fullName: string) => {
  const found = declaredSecrets(catalog).find((one) => one.fullName === fullName);
  if (!found) throw new Error(`No secret ${fullName}`);
  return found;
};
const ask = (principal: Principal, action: Action, secret: string, change: Circumstances = {}) =>
  decide({ principal, secret: secretOf(secret), action, circumstances: { ...home, ...change } });

const administrator = unknownPrincipal(`arn:aws:iam::${account}:role/administrator`);

describe('an adopted secret', () => {
  it.each<[string, string, Action, Circumstances, string]>([
    ['role/dev-shop-web', 'legacy/token', 'secretsmanager:GetSecretValue', {}, 'allowed'],
    ['role/dev-shop-web', 'legacy/cookie', 'secretsmanager:GetSecretValue', {}, 'allowed'],
    ['role/dev-shop-batch', 'legacy/token', 'secretsmanager:GetSecretValue', {}, 'denied'],
    ['role/dev-shop-batch', 'legacy/cookie', 'secretsmanager:GetSecretValue', {}, 'denied'],
    ['role/strongroom-dev-break-glass', 'legacy/token', 'secretsmanager:DeleteSecret', {}, 'allowed'],
    ['role/secrets-operator', 'legacy/token', 'secretsmanager:PutSecretValue', {}, 'denied'],
    ['role/secrets-operator', 'legacy/token', 'secretsmanager:PutSecretValue', { tags: 'set by hand' }, 'allowed'],
    ['role/secrets-operator', 'legacy/token', 'secretsmanager:GetSecretValue', { tags: 'set by hand' }, 'denied'],
    // A key with the policy that KMS gives it serves its own account alone.
    ['role/partner', 'legacy/token', 'secretsmanager:GetSecretValue', {}, 'denied'],
    ['role/partner', 'legacy/token', 'secretsmanager:DescribeSecret', {}, 'allowed'],
  ])('%s, %s: %s with %j is %s', (end, secret, action, circumstances, expected) => {
    expect(ask(principalOf(end), action, secret, circumstances)).toBe(expected);
  });

  it.each([
    ['of the secret itself', 'legacy/token', 'legacy/token', 'secretsmanager', 'allowed'],
    ['of a secret under another key', 'legacy/token', 'legacy/cookie', 'secretsmanager', 'denied'],
    ['of the secret itself, for another key', 'dev/shop/cart', 'legacy/token', 'secretsmanager', 'denied'],
    ['of the secret itself, for another service', 'legacy/token', 'legacy/token', 's3', 'denied'],
  ] as const)('lets its reader decrypt with its key in the context %s: %s', (_what, key, context, via, expected) => {
    const circumstances = { key: { via, context: secretOf(context) } };
    expect(ask(principalOf('role/dev-shop-web'), 'kms:Decrypt', key, circumstances)).toBe(expected);
  });

  it('leaves its key to the policies of its account, and keeps its value from them', () => {
    expect(ask(administrator, 'kms:Decrypt', 'legacy/token')).toBe('allowed');
    expect(ask(administrator, 'secretsmanager:GetSecretValue', 'legacy/token')).toBe('denied');
  });
});

describe('a read in a batch', () => {
  const batch = 'secretsmanager:BatchGetSecretValue';

  it('is for whoever may ask for batches and read the secret alone', () => {
    const web = principalOf('role/dev-shop-web');
    expect(ask(web, batch, 'legacy/cookie')).toBe('denied');
    expect(ask(generous(web), batch, 'legacy/cookie')).toBe('allowed');
    expect(ask(generous(web), batch, 'dev/shop/cart')).toBe('denied');
    expect(ask(administrator, batch, 'dev/shop/cart')).toBe('denied');
  });
});

describe('what is asked of an account', () => {
  it.each<[string, AccountAction, string]>([
    ['role/secrets-operator', 'secretsmanager:ListSecrets', 'allowed'],
    ['role/strongroom-dev-break-glass', 'secretsmanager:ListSecrets', 'allowed'],
    ['role/dev-shop-web', 'secretsmanager:ListSecrets', 'denied'],
    ['role/secrets-operator', 'secretsmanager:CreateSecret', 'denied'],
    ['role/dev-shop-web', 'secretsmanager:BatchGetSecretValue', 'denied'],
    ['role/strongroom-dev-break-glass', 'kms:CreateKey', 'denied'],
  ])('%s: %s is %s by what Strongroom deploys', (end, action, expected) => {
    expect(decideForAccount({ principal: principalOf(end), account, action })).toBe(expected);
  });

  it('is what its own policies say, in its own account alone', () => {
    const action = 'secretsmanager:CreateSecret';
    expect(decideForAccount({ principal: administrator, account, action })).toBe('allowed');
    expect(decideForAccount({ principal: administrator, account: '444455556666', action })).toBe('denied');
  });
});
