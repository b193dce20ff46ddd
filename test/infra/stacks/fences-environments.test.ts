/** What whole environments add to the fences of one secret: two in one account, other accounts' keys, boundaries. */
import { App } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import type { Catalog, EnvironmentCatalog } from '../../../lib/model/catalog.ts';
import { FoundationStack } from '../../../lib/stacks/foundation-stack.ts';
import { devAccount, exampleCatalog, prodAccount } from '../../_fixtures/catalog-model.ts';
import { ask, generous, type Answer } from '../../_helpers/ask.ts';
import { deployed, type DeployedRole } from '../../_helpers/deployed-policies.ts';
import { cdkContext, resourcesOfType, stackIn, synthesise, synthesisedStack } from '../../_helpers/example-app.ts';

const region = 'eu-west-1';
const [dev, prod] = exampleCatalog.environments as [EnvironmentCatalog, EnvironmentCatalog];
const boundary = 'strongroom-boundary';
const organizationId = 'o-a1b2c3d4e5';
const partnerAccount = '999988887777';
const partner = `arn:aws:iam::${partnerAccount}:role/settlement`;
const adopted = {
  arn: `arn:aws:secretsmanager:${region}:${prodAccount}:secret:legacy/orders-AbCdEf`,
  keyArn: `arn:aws:kms:${region}:${prodAccount}:key/11111111-2222-3333-4444-555555555555`,
};

/** The orders of `prod`, and those of an adopted secret, are read by a role of another account, too. */
const fencedProd: EnvironmentCatalog = {
  ...prod,
  fences: { organizationId, permissionsBoundary: boundary, byTag: 'auto' },
  applications: prod.applications.map((application) =>
    application.name === 'payments'
      ? {
          ...application,
          consumers: [
            ...application.consumers,
            { name: 'settlement', account: partnerAccount, roleArn: partner },
            { name: 'oncall', permissionSet: 'PaymentsOncall' },
          ],
          secrets: application.secrets.flatMap((secret) =>
            secret.name === 'orders-db'
              ? [
                  { ...secret, readers: [...secret.readers, 'settlement', 'oncall'] },
                  { ...secret, name: 'legacy', fullName: 'legacy/orders', readers: ['api', 'settlement'], adopted },
                ]
              : [secret],
          ),
        }
      : application,
  ),
};

/** Both environments in one account, where a wildcard of one could reach the other. */
const oneAccount: Catalog = {
  ...exampleCatalog,
  environments: [{ ...inProdAccount(dev), trail: 'existing' }, fencedProd],
};
function inProdAccount(environment: EnvironmentCatalog): EnvironmentCatalog {
  return JSON.parse(JSON.stringify(environment).replaceAll(devAccount, prodAccount)) as EnvironmentCatalog;
}
const stacks = synthesise(oneAccount);
const world = deployed([...stacks.values()], prodAccount, region);

describe('two environments in one account', () => {
  const roleOf = (name: string): DeployedRole =>
    world.roles.get(name) ?? { arn: `arn:aws:iam::${prodAccount}:role/${name}`, policies: [] };
  const devRoles = [...world.roles.keys()].filter(
    (name) => name.startsWith('dev-') || name.startsWith('strongroom-dev'),
  );
  const prodSecrets = [...world.secrets].filter(([name]) => !name.startsWith('dev/')).map(([, secret]) => secret);
  const valueActions = ['GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage', 'DeleteSecret'];

  test('the account has roles and secrets of both', () => {
    expect(devRoles).toEqual(
      expect.arrayContaining([
        'dev-payments-api',
        'strongroom-dev-break-glass',
        'strongroom-dev-rotation-postgres',
        'strongroom-dev-audit-siem',
      ]),
    );
    expect(prodSecrets).toHaveLength(7);
  });

  test.each(devRoles)('%s reaches nothing of prod, as it is and with secretsmanager:* and kms:* on *', async (name) => {
    const role = roleOf(name);
    for (const secret of prodSecrets) {
      for (const action of valueActions) {
        const name = `secretsmanager:${action}`;
        const said = { organization: organizationId };
        expect(await ask(generous(role.arn), name, secret, said), `${action} ${secret.arn}`).toBe('denied');
        expect(await ask(role, name, secret, said), `${action} ${secret.arn}`).toBe('denied');
      }
    }
  });

  test.each(devRoles)('%s, as it is, uses no key of prod for a secret of prod', async (name) => {
    for (const secret of prodSecrets) {
      // An adopted secret has a key of its own.
      if (secret.keyAlias === undefined) continue;
      const key = world.keys.get(secret.keyAlias)!;
      const said = {
        'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
        'kms:CallerAccount': prodAccount,
        'kms:EncryptionContext:SecretARN': secret.arn,
        'kms:ResourceAliases': [secret.keyAlias],
      };
      expect(await ask(roleOf(name), 'kms:Decrypt', key, said), secret.arn).toBe('denied');
    }
  });

  test.each([
    { role: roleOf('prod-payments-api'), secret: 'prod/payments/orders-db', expected: 'allowed' },
    { role: roleOf('prod-payments-api'), secret: 'legacy/orders', expected: 'allowed' },
    { role: roleOf('strongroom-prod-rotation-postgres'), secret: 'legacy/orders', expected: 'allowed' },
    { role: roleOf('strongroom-prod-break-glass'), secret: 'legacy/orders', expected: 'allowed' },
    { role: generous(partner), secret: 'prod/payments/orders-db', expected: 'allowed' },
    { role: generous(partner), secret: 'legacy/orders', expected: 'allowed' },
    { role: generous(partner), secret: 'prod/payments/stripe-key', expected: 'denied' },
    { role: roleOf('prod-logistics-planner'), secret: 'legacy/orders', expected: 'denied' },
  ])('$role.arn reads $secret of prod: $expected', async ({ role, secret, expected }) => {
    const said = { organization: organizationId };
    expect(await ask(role, 'secretsmanager:GetSecretValue', world.secrets.get(secret)!, said)).toBe(expected);
  });
});

describe('a rotation function', () => {
  const rotation = world.roles.get('strongroom-prod-rotation-postgres')!;
  const ours = world.secrets.get('prod/payments/orders-db')!;
  const admin = world.secrets.get('prod/logistics/routes-admin')!;
  const stackOf = (stack?: string) => (stack === undefined ? {} : { 'aws:cloudformation:stack-name': stack });
  const adminTag = { 'strongroom:admin-for': 'postgres' };

  /** Somebody's own secret under a name of ours: no fence, and whatever tags they may set. */
  const planted = (tags: Record<string, string>, rotatedBy?: string) => ({
    arn: ours.arn.replace('payments/orders-db', 'payments/planted'),
    policy: undefined,
    tags,
    ...(rotatedBy !== undefined && { rotatedBy }),
  });

  test.each<{ what: string; action: string; secret: Parameters<typeof ask>[2]; expected: Answer }>([
    { what: 'a secret of ours that names it', action: 'PutSecretValue', secret: ours, expected: 'allowed' },
    { what: 'a secret of ours that is its admin', action: 'GetSecretValue', secret: admin, expected: 'allowed' },
    { what: 'a secret of ours that is its admin', action: 'PutSecretValue', secret: admin, expected: 'denied' },
    {
      what: 'a secret that somebody made to name it',
      action: 'GetSecretValue',
      secret: planted({}, ours.rotatedBy),
      expected: 'denied',
    },
    {
      what: 'a secret that somebody tagged as its admin',
      action: 'GetSecretValue',
      secret: planted(adminTag),
      expected: 'denied',
    },
    {
      what: 'a secret of a stack that is not ours',
      action: 'GetSecretValue',
      secret: planted(stackOf('somebodys-stack'), ours.rotatedBy),
      expected: 'denied',
    },
    {
      what: 'a secret of a stack of dev',
      action: 'GetSecretValue',
      secret: planted(stackOf('strongroom-dev-payments'), ours.rotatedBy),
      expected: 'denied',
    },
  ])('$action of $what: $expected', async ({ action, secret, expected }) => {
    expect(await ask(rotation, `secretsmanager:${action}`, secret, { organization: organizationId })).toBe(expected);
  });
});

describe('the permissions boundary', () => {
  const rolesIn = (part: string) => resourcesOfType(stackIn(stacks, `strongroom-${part}`), 'AWS::IAM::Role');

  test.each(['foundation', 'rotation', 'audit', 'payments', 'logistics'])('bounds every role of prod/%s', (part) => {
    const roles = rolesIn(`prod-${part}`);
    expect(roles.length).toBeGreaterThan(0);
    for (const { logicalId, properties } of roles) {
      expect(JSON.stringify(properties['PermissionsBoundary']), logicalId).toMatch(/:policy\/strongroom-boundary\W*$/);
    }
  });

  test('bounds no role of an environment that names none', () => {
    for (const { properties } of rolesIn('dev-foundation'))
      expect(properties).not.toHaveProperty('PermissionsBoundary');
  });
});

describe('the keys of an environment with a reader of another account', () => {
  const foundation = new FoundationStack(new App({ context: cdkContext() }), fencedProd);
  const { keys, roles, policies } = deployed([synthesisedStack(foundation)], prodAccount, region);
  const key = (sensitivity: string) => keys.get(`alias/strongroom/prod/${sensitivity}`)!;
  const secretArn = (name: string) => `arn:aws:secretsmanager:${region}:${prodAccount}:secret:${name}-AbCdEf`;
  const throughSecretsManager = (name: string, change: Record<string, string> = {}) => ({
    organization: organizationId,
    'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
    'kms:CallerAccount': partnerAccount,
    'kms:EncryptionContext:SecretARN': secretArn(name),
    ...change,
  });
  const orders = 'prod/payments/orders-db';

  test.each<{
    how: string;
    who?: string;
    action?: string;
    sensitivity?: string;
    said: Parameters<typeof ask>[3];
    expected: Answer;
  }>([
    { how: 'for what it reads', said: throughSecretsManager(orders), expected: 'allowed' },
    { how: 'for another secret', said: throughSecretsManager('prod/payments/stripe-key'), expected: 'denied' },
    { how: 'for a secret of a longer name', said: throughSecretsManager(`${orders}-2`), expected: 'denied' },
    { how: 'for what it reads under another key', said: throughSecretsManager('legacy/orders'), expected: 'denied' },
    { how: 'with the other key', sensitivity: 'high', said: throughSecretsManager(orders), expected: 'denied' },
    {
      how: 'through another service',
      said: throughSecretsManager(orders, { 'kms:ViaService': `s3.${region}.amazonaws.com` }),
      expected: 'denied',
    },
    {
      how: 'directly',
      said: { organization: organizationId, 'kms:CallerAccount': partnerAccount },
      expected: 'denied',
    },
    {
      how: 'from another organisation',
      said: throughSecretsManager(orders, { organization: 'o-f6e5d4c3b2' }),
      expected: 'denied',
    },
    { how: 'as another role', who: `${partner}-admin`, said: throughSecretsManager(orders), expected: 'denied' },
    { how: 'to write', action: 'kms:GenerateDataKey', said: throughSecretsManager(orders), expected: 'denied' },
  ])('serve it $how: $expected', async ({ who = partner, action = 'kms:Decrypt', sensitivity, said, expected }) => {
    expect(await ask(generous(who), action, key(sensitivity ?? 'standard'), said)).toBe(expected);
  });

  test('the operators know adopted secrets by their tag, and use their keys through Secrets Manager alone', async () => {
    const operator = {
      arn: `arn:aws:iam::${prodAccount}:role/secrets-operator`,
      policies: [{ name: 'operators', policy: policies.get('strongroom-prod-operators') }],
    };
    const legacy = (tags: Record<string, string>) => ({ arn: adopted.arn, policy: undefined, tags });
    const rotate = (tags: Record<string, string>) => ask(operator, 'secretsmanager:RotateSecret', legacy(tags));
    expect(await rotate({ 'strongroom:environment': 'prod' })).toBe('allowed');
    expect(await rotate({ 'strongroom:environment': 'dev' })).toBe('denied');
    expect(await rotate({})).toBe('denied');
  });

  test.each(['strongroom-prod-break-glass'])(
    '%s uses the keys of adopted secrets, through Secrets Manager alone',
    async (name) => {
      const ownKey = {
        arn: adopted.keyArn,
        tags: {},
        policy: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${prodAccount}:root` }, Action: 'kms:*', Resource: '*' },
          ],
        },
      };
      const decrypt = (said: Record<string, string>) => ask(roles.get(name)!, 'kms:Decrypt', ownKey, said);
      expect(
        await decrypt({
          'kms:ViaService': `secretsmanager.${region}.amazonaws.com`,
          'kms:EncryptionContext:SecretARN': adopted.arn,
        }),
      ).toBe('allowed');
      expect(await decrypt({})).toBe('denied');
    },
  );
});
