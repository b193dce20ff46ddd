/** Who may do what with which secret: IAM's own rules over the templates that are deployed. */
import { describe, expect, test } from 'vitest';
import { evaluate } from '../../../local/gateway/authorization/evaluate.ts';
import { devAccount, prodAccount } from '../../_fixtures/catalog-model.ts';
import { deployed, type Deployed, type DeployedResource } from '../../_helpers/deployed-policies.ts';
import { stackIn, synthesise } from '../../_helpers/example-app.ts';

const region = 'eu-west-1';
const stacks = synthesise();
const parts = ['foundation', 'rotation', 'audit', 'payments', 'logistics'];
const prod = deployed(
  parts.map((part) => stackIn(stacks, `strongroom-prod-${part}`)),
  prodAccount,
  region,
);

const everything = (service: string) => ({
  name: 'everything',
  policy: { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: `${service}:*`, Resource: '*' }] },
});

/** Principals that the templates do not make: as generous as an account gets. */
const unknownPrincipals: Record<string, { arn: string; policies: { name: string; policy: unknown }[] }> = {
  'prod administrator': administrator(prodAccount, 'role/administrator'),
  'dev administrator': administrator(devAccount, 'role/administrator'),
  'dev role of the same name as a prod reader': administrator(devAccount, 'role/prod-payments-api'),
  'CloudFormation in prod': administrator(prodAccount, `role/cdk-hnb659fds-cfn-exec-role-${prodAccount}-${region}`),
  operator: administrator(prodAccount, 'role/secrets-operator'),
  'root user': administrator(prodAccount, 'root'),
  'operator with our policy': {
    arn: `arn:aws:iam::${prodAccount}:role/secrets-operator`,
    policies: [{ name: 'operators', policy: prod.policies.get('strongroom-prod-operators') }],
  },
};

function administrator(account: string, name: string) {
  return {
    arn: `arn:aws:iam::${account}:${name}`,
    policies: [everything('secretsmanager'), everything('kms')],
  };
}

interface Row {
  readonly principal: string;
  readonly action: string;
  readonly secret: string;
  readonly expected: 'allowed' | 'denied';
}

const rows: Row[] = [
  ...reads('prod-payments-api', {
    'prod/payments/orders-db': 'allowed',
    'prod/payments/stripe-key': 'allowed',
    'prod/logistics/routes-db': 'denied',
    'prod/logistics/label-signing': 'denied',
    'prod/strongroom/siem': 'denied',
  }),
  ...reads('report', { 'prod/payments/orders-db': 'allowed', 'prod/payments/stripe-key': 'denied' }),
  ...reads('prod-logistics-planner', {
    'prod/logistics/routes-db': 'allowed',
    'prod/logistics/label-signing': 'allowed',
    'prod/logistics/routes-admin': 'denied',
    'prod/payments/orders-db': 'denied',
  }),
  // A consumer that no secret names has no policy at all.
  ...reads('prod-logistics-migrator', { 'prod/logistics/routes-db': 'denied' }),
  ...reads('strongroom-prod-audit-siem', {
    'prod/strongroom/siem': 'allowed',
    'prod/payments/orders-db': 'denied',
  }),
  ...reads('strongroom-prod-rotation-postgres', {
    'prod/payments/orders-db': 'allowed',
    'prod/logistics/routes-db': 'allowed',
    // It names no function, but is tagged as an admin of the engine.
    'prod/logistics/routes-admin': 'allowed',
    'prod/payments/stripe-key': 'denied',
    'prod/logistics/label-signing': 'denied',
    'prod/strongroom/siem': 'denied',
  }),
  ...reads('strongroom-prod-break-glass', {
    'prod/payments/orders-db': 'allowed',
    'prod/payments/stripe-key': 'allowed',
    'prod/strongroom/siem': 'allowed',
  }),
  ...Object.keys(unknownPrincipals).flatMap((principal) =>
    reads(principal, { 'prod/payments/orders-db': 'denied', 'prod/payments/stripe-key': 'denied' }),
  ),
  ...writes('strongroom-prod-rotation-postgres', 'prod/payments/orders-db', {
    PutSecretValue: 'allowed',
    UpdateSecretVersionStage: 'allowed',
    DescribeSecret: 'allowed',
    UpdateSecret: 'denied',
    DeleteSecret: 'denied',
    TagResource: 'denied',
    PutResourcePolicy: 'denied',
    RotateSecret: 'denied',
  }),
  ...writes('strongroom-prod-rotation-postgres', 'prod/logistics/routes-admin', {
    PutSecretValue: 'denied',
    UpdateSecretVersionStage: 'denied',
  }),
  ...writes('prod-payments-api', 'prod/payments/orders-db', {
    DescribeSecret: 'allowed',
    PutSecretValue: 'denied',
    RotateSecret: 'denied',
    DeleteSecret: 'denied',
  }),
  ...writes('operator', 'prod/payments/stripe-key', { PutSecretValue: 'allowed', DeleteSecret: 'denied' }),
  ...writes('operator', 'prod/payments/orders-db', {
    PutSecretValue: 'denied',
    RotateSecret: 'allowed',
    CancelRotateSecret: 'allowed',
    UpdateSecret: 'denied',
    PutResourcePolicy: 'denied',
  }),
  ...writes('operator with our policy', 'prod/payments/orders-db', {
    DescribeSecret: 'allowed',
    RotateSecret: 'allowed',
    CancelRotateSecret: 'allowed',
    GetSecretValue: 'denied',
    PutSecretValue: 'denied',
    UpdateSecretVersionStage: 'denied',
    UpdateSecret: 'denied',
  }),
  ...writes('operator with our policy', 'prod/payments/stripe-key', {
    PutSecretValue: 'allowed',
    GetSecretValue: 'denied',
  }),
  ...writes('CloudFormation in prod', 'prod/payments/orders-db', {
    PutResourcePolicy: 'allowed',
    DeleteResourcePolicy: 'allowed',
    UpdateSecret: 'allowed',
    TagResource: 'allowed',
    RotateSecret: 'allowed',
    PutSecretValue: 'denied',
  }),
  ...writes('root user', 'prod/payments/orders-db', { PutResourcePolicy: 'allowed', PutSecretValue: 'denied' }),
  ...writes('strongroom-prod-break-glass', 'prod/payments/orders-db', {
    PutSecretValue: 'allowed',
    UpdateSecretVersionStage: 'allowed',
    RotateSecret: 'allowed',
    PutResourcePolicy: 'allowed',
  }),
  ...writes('prod administrator', 'prod/payments/orders-db', {
    PutSecretValue: 'denied',
    UpdateSecret: 'denied',
    DeleteSecret: 'denied',
    UntagResource: 'denied',
    RotateSecret: 'denied',
    ReplicateSecretToRegions: 'denied',
    PutResourcePolicy: 'denied',
    DeleteResourcePolicy: 'denied',
    DescribeSecret: 'allowed',
  }),
  ...writes('dev administrator', 'prod/payments/orders-db', { DescribeSecret: 'denied', PutSecretValue: 'denied' }),
];

test.each(rows)('$principal: $action of $secret is $expected', async ({ principal, action, secret, expected }) => {
  expect(await decide(prod, principal, action, secret)).toBe(expected);
});

describe('the rotation functions', () => {
  const invoke = async (name: string, functionName: string): Promise<boolean> => {
    const { arn, policies } = unknownPrincipals[name] ?? prod.roles.get(name)!;
    const { allowed } = await evaluate(
      { arn, identityPolicies: policies, context: { 'aws:PrincipalArn': arn, 'aws:PrincipalAccount': prodAccount } },
      {
        action: 'lambda:InvokeFunction',
        resource: {
          arn: `arn:aws:lambda:${region}:${prodAccount}:function:${functionName}`,
          account: prodAccount,
          policy: undefined,
        },
      },
    );
    return allowed;
  };

  test.each([
    { who: 'operator with our policy', invokes: 'strongroom-prod-rotation-postgres', expected: true },
    { who: 'strongroom-prod-break-glass', invokes: 'strongroom-prod-rotation-postgres', expected: true },
    { who: 'operator with our policy', invokes: 'strongroom-prod-audit-siem', expected: false },
    { who: 'operator with our policy', invokes: 'strongroom-dev-rotation-postgres', expected: false },
    { who: 'prod-payments-api', invokes: 'strongroom-prod-rotation-postgres', expected: false },
    { who: 'strongroom-prod-rotation-postgres', invokes: 'strongroom-prod-rotation-postgres', expected: false },
  ])('$who invokes $invokes: $expected', async ({ who, invokes, expected }) => {
    expect(await invoke(who, invokes)).toBe(expected);
  });
});

describe('the key of the secrets', () => {
  const key = prod.keys.get('alias/strongroom/prod/standard')!;
  const secretArn = prod.secrets.get('prod/payments/orders-db')!.arn;
  const via = (service: string) => ({ 'kms:ViaService': `${service}.${region}.amazonaws.com` });
  const context = (arn: string) => ({ 'kms:EncryptionContext:SecretARN': arn });

  test.each([
    { how: 'through Secrets Manager for a secret of the environment', ...asked({}), expected: true },
    {
      how: "for the service's check of access",
      ...asked({ 'kms:EncryptionContext:SecretARN': 'RequestToValidateKeyAccess' }),
      expected: true,
    },
    { how: 'through another service', ...asked(via('s3')), expected: false },
    {
      how: 'for a secret of another environment',
      ...asked(context(secretArn.replace('prod/', 'dev/'))),
      expected: false,
    },
    { how: 'from another account', ...asked({ 'kms:CallerAccount': devAccount }), expected: false },
    { how: 'directly', context: {}, expected: false },
  ])('decrypts $how: $expected', async ({ context: given, expected }) => {
    const { arn, policies } = unknownPrincipals['prod administrator']!;
    const { allowed } = await evaluate(
      { arn, identityPolicies: policies, context: { 'aws:PrincipalArn': arn, 'aws:PrincipalAccount': prodAccount } },
      { action: 'kms:Decrypt', resource: { arn: key.arn, account: prodAccount, policy: key.policy }, context: given },
    );
    expect(allowed).toBe(expected);
  });

  test.each(['kms:CreateGrant', 'kms:Encrypt', 'kms:ReEncryptFrom', 'kms:GenerateDataKeyPair'])(
    'gives nobody %s',
    async (action) => {
      const { arn, policies } = unknownPrincipals['prod administrator']!;
      const { allowed } = await evaluate(
        { arn, identityPolicies: policies, context: { 'aws:PrincipalArn': arn, 'aws:PrincipalAccount': prodAccount } },
        {
          action,
          resource: { arn: key.arn, account: prodAccount, policy: key.policy },
          context: asked({}).context,
        },
      );
      expect(allowed).toBe(false);
    },
  );

  function asked(change: Record<string, string>) {
    return {
      context: { ...via('secretsmanager'), ...context(secretArn), 'kms:CallerAccount': prodAccount, ...change },
    };
  }
});

function reads(principal: string, secrets: Record<string, Row['expected']>): Row[] {
  return Object.entries(secrets).map(([secret, expected]) => ({
    principal,
    action: 'GetSecretValue',
    secret,
    expected,
  }));
}

function writes(principal: string, secret: string, actions: Record<string, Row['expected']>): Row[] {
  return Object.entries(actions).map(([action, expected]) => ({ principal, action, secret, expected }));
}

/** Secrets Manager asks for its own action, and with the caller's permissions for what it needs of the key. */
const keyActions: Record<string, string[]> = {
  GetSecretValue: ['kms:Decrypt'],
  PutSecretValue: ['kms:GenerateDataKey', 'kms:Decrypt'],
};

async function decide(world: Deployed, name: string, action: string, secretName: string): Promise<Row['expected']> {
  const { arn, policies } = unknownPrincipals[name] ??
    world.roles.get(name) ?? { arn: `arn:aws:iam::${world.account}:role/${name}`, policies: [] };
  const secret = world.secrets.get(secretName)!;
  const key = world.keys.get(secret.keyAlias!)!;
  const account = arn.split(':')[4]!;
  const session = arn.endsWith(':root')
    ? arn
    : `${arn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/session`;
  const principal = {
    arn: session,
    identityPolicies: policies,
    context: { 'aws:PrincipalArn': arn, 'aws:PrincipalAccount': account },
  };
  const checks = [
    { action: `secretsmanager:${action}`, resource: asResource(secret), context: secretContext(secret) },
    ...(keyActions[action] ?? []).map((keyAction) => ({
      action: keyAction,
      resource: asResource(key),
      context: {
        'kms:ViaService': `secretsmanager.${world.region}.amazonaws.com`,
        'kms:CallerAccount': account,
        'kms:EncryptionContext:SecretARN': secret.arn,
        'kms:ResourceAliases': [secret.keyAlias!],
      },
    })),
  ];
  for (const check of checks) {
    if (!(await evaluate(principal, check)).allowed) return 'denied';
  }
  return 'allowed';

  function asResource({ arn, policy, tags }: DeployedResource) {
    return { arn, account: world.account, policy, tags };
  }
}

const secretContext = ({ rotatedBy }: DeployedResource): Record<string, string> =>
  rotatedBy === undefined ? {} : { 'secretsmanager:resource/AllowRotationLambdaArn': rotatedBy };
