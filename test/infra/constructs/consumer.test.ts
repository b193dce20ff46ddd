/** Roles of consumers, and the policies that let them read. */
import { Match, Template } from 'aws-cdk-lib/assertions';
import type { Stack } from 'aws-cdk-lib';
import { ManagedPolicy, Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { describe, expect, test } from 'vitest';
import {
  BreakGlassRole,
  Consumer,
  type ExistingRole,
  type PermissionSet,
  type WorkloadProps,
} from '../../../lib/index.ts';
import { exampleCatalog } from '../../_fixtures/catalog-model.ts';
import { aliasKey, constructStack, databaseSecret } from '../../_helpers/construct-stack.ts';
import { stackIn, synthesise } from '../../_helpers/example-app.ts';

const api = { environment: 'prod', application: 'payments', name: 'api' } as const;

test('a reader is allowed the very secret, and its key for this secret through Secrets Manager', () => {
  const stack = constructStack();
  databaseSecret(stack).grantRead(new Consumer(stack, 'Api', { ...api, runsOn: 'ecs' }));
  const secretArn = { 'Fn::GetAtt': [Match.stringLikeRegexp('^Secretordersdb'), 'Id'] };
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::ManagedPolicy', {
    Roles: [{ Ref: Match.stringLikeRegexp('^ApiRole') }],
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
          Resource: secretArn,
        },
        {
          Effect: 'Allow',
          Action: 'kms:Decrypt',
          Resource: 'arn:aws:kms:eu-west-1:444455556666:key/*',
          Condition: {
            StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' },
            StringLike: { 'kms:EncryptionContext:SecretARN': [secretArn] },
            'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/strongroom/prod/standard'] },
          },
        },
      ],
    },
  });
});

test('a key of the same stack is named by its ARN and by no pattern', () => {
  const stack = constructStack();
  const secret = databaseSecret(stack, { encryptionKey: new Key(stack, 'Own') });
  secret.grantRead(new Consumer(stack, 'Api', { ...api, runsOn: 'ecs' }));
  const template = Template.fromStack(stack);
  expect(JSON.stringify(template.findResources('AWS::IAM::ManagedPolicy'))).not.toContain('key/*');
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Resource: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Own'), 'Arn'] } }),
      ]),
    },
  });
});

test('an existing role is allowed by a policy of its own, and declared to the secret', () => {
  const stack = constructStack();
  const arn = 'arn:aws:iam::444455556666:role/reports/report';
  const role = Role.fromRoleArn(stack, 'Report', arn);
  databaseSecret(stack).grantRead(new Consumer(stack, 'Consumer', { ...api, name: 'report', role }));
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::IAM::Role', 0);
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', { Roles: ['report'] });
  template.hasResourceProperties('AWS::SecretsManager::ResourcePolicy', {
    ResourcePolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Sid: 'ReadByDeclaredReaders',
          Condition: { ArnNotLike: { 'aws:PrincipalArn': Match.arrayWith([arn]) } },
        }),
      ]),
    },
  });
});

test('another account’s role gets no policy here, and is declared to the secret with its account', () => {
  const stack = constructStack();
  const arn = 'arn:aws:iam::999988887777:role/partner/reader';
  const role = Role.fromRoleArn(stack, 'Partner', arn);
  databaseSecret(stack, { fences: { organizationId: 'o-a1b2c3d4e5' } }).grantRead(
    new Consumer(stack, 'Consumer', { ...api, name: 'partner', role, account: '999988887777' }),
  );
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
  template.resourceCountIs('AWS::IAM::Policy', 0);
  expect(readersIn(template)).toContain(arn);
  template.hasResourceProperties('AWS::SecretsManager::ResourcePolicy', {
    ResourcePolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::999988887777:root' },
          Condition: Match.objectLike({ ArnEquals: { 'aws:PrincipalArn': [arn] } }),
        }),
      ]),
    },
  });
});

test('a permission set gets neither role nor policy here, and is declared by the pattern of its roles', () => {
  const stack = constructStack();
  const support = new Consumer(stack, 'Support', { ...api, name: 'support', permissionSet: 'SupportEngineer' });
  databaseSecret(stack).grantRead(support);
  const template = Template.fromStack(stack);
  template.resourceCountIs('AWS::IAM::Role', 0);
  template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
  expect(support.role).toBeUndefined();
  expect(readersIn(template)).toContain(
    'arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_SupportEngineer_????????????????',
  );
});

describe('the fence of networks', () => {
  const fences = { vpcEndpoints: ['vpce-0a1b2c3d4e5f60718'] };
  const federation = { issuer: 'ci.example.com', audience: 'strongroom', subject: 'job:deploy' };
  const anchor = 'arn:aws:rolesanywhere:eu-west-1:444455556666:trust-anchor/1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d';

  test.each<{ who: string; props: Parameters<typeof consumerOf>[1]; free: boolean }>([
    { who: 'a function', props: { runsOn: 'lambda' }, free: false },
    { who: 'an instance', props: { runsOn: 'ec2' }, free: false },
    { who: 'a function of any network', props: { runsOn: 'lambda', network: 'any' }, free: true },
    {
      who: 'a pod',
      props: { runsOn: 'eks', cluster: 'shop', namespace: 'shop', serviceAccount: 'batch' },
      free: false,
    },
    { who: 'a pod with a token', props: { runsOn: 'eks-irsa', federation }, free: false },
    { who: 'a job of GitHub', props: { runsOn: 'github', federation }, free: true },
    { who: 'a job of another issuer', props: { runsOn: 'oidc', federation }, free: true },
    {
      who: 'a server outside of AWS',
      props: { runsOn: 'roles-anywhere', trustAnchor: anchor, subject: { commonName: 'one' }, sessionSeconds: 3600 },
      free: true,
    },
    { who: 'a person', props: { permissionSet: 'SupportEngineer' }, free: true },
  ])('leaves out $who: $free', ({ props, free }) => {
    const stack = constructStack();
    const consumer = consumerOf(stack, props);
    databaseSecret(stack, { fences }).grantRead(consumer);
    const reader = JSON.stringify(
      consumer.role
        ? stack.resolve(consumer.role.roleArn)
        : 'arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_SupportEngineer_????????????????',
    );
    const all = statementsIn(Template.fromStack(stack));
    const fence = all.find(({ Sid }) => Sid === 'ReadThroughEndpoints');
    expect(JSON.stringify(all.find(({ Sid }) => Sid === 'ReadByDeclaredReaders'))).toContain(reader);
    expect(JSON.stringify(fence).includes(reader)).toBe(free);
  });
});

test('only a reader that opted in reads the value of a rotation under way', () => {
  const stack = constructStack();
  const secret = databaseSecret(stack);
  const reader = (name: string) => new Consumer(stack, name, { ...api, name, runsOn: 'ecs' });
  const [api1, probe] = [reader('one'), reader('probe')];
  secret.grantRead(api1);
  secret.grantReadPending(probe);
  const pending = JSON.stringify(
    statementsIn(Template.fromStack(stack)).find(({ Sid }) => Sid === 'ReadPendingVersionWhereDeclared'),
  );
  expect(pending).toContain(JSON.stringify(stack.resolve(probe.role?.roleArn)));
  expect(pending).not.toContain(JSON.stringify(stack.resolve(api1.role?.roleArn)));
  expect(() => {
    secret.grantReadPending(api1);
  }).toThrow('is granted prod/payments/orders-db both with its pending value and without: choose one');
});

test('the boundary of the environment is on every role that Strongroom makes', () => {
  const stack = constructStack();
  const permissionsBoundary = ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'workload-boundary');
  new Consumer(stack, 'Api', { ...api, runsOn: 'ecs', permissionsBoundary });
  new Consumer(stack, 'Host', { ...api, name: 'host', runsOn: 'ec2', permissionsBoundary });
  Template.fromStack(stack).allResourcesProperties('AWS::IAM::Role', {
    PermissionsBoundary: 'arn:aws:iam::444455556666:policy/workload-boundary',
  });
});

test('a database with IAM authentication is reached as one user of one server', () => {
  const stack = constructStack();
  new Consumer(stack, 'Api', { ...api, runsOn: 'ecs' }).grantLogin({
    resourceId: 'db-ABCDEFGHIJKL01234',
    username: 'shop_reader',
  });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::ManagedPolicy', {
    PolicyDocument: {
      Statement: [
        {
          Effect: 'Allow',
          Action: 'rds-db:connect',
          Resource: 'arn:aws:rds-db:eu-west-1:444455556666:dbuser:db-ABCDEFGHIJKL01234/shop_reader',
        },
      ],
    },
  });
});

test.each<{ name: string; props: Parameters<typeof consumerOf>[1]; message: string }>([
  {
    name: 'both runsOn and role',
    props: { runsOn: 'ecs', role: roleOf('444455556666') },
    message: 'has both runsOn and role',
  },
  {
    name: 'a role of another account',
    props: { role: roleOf('111122223333') },
    message:
      "has a role of account 111122223333: name a role of the secrets' account 444455556666, or add account: '111122223333'",
  },
  {
    name: 'a role of another account than the one beside it',
    props: { role: roleOf('111122223333'), account: '999988887777' },
    message: "has a role of account 111122223333: write account: '111122223333' (got 999988887777)",
  },
  {
    name: 'a wildcard in the subject',
    props: { runsOn: 'oidc', federation: { issuer: 'ci.example.com', audience: 'a', subject: 'job:*' } },
    message: 'can\'t trust "job:*": write it in full, without * ? and $',
  },
  {
    name: 'a policy variable in the name of a cluster',
    props: { runsOn: 'eks', cluster: '${aws:username}', namespace: 'shop', serviceAccount: 'batch' },
    message: 'can\'t trust "${aws:username}": write it in full, without * ? and $',
  },
])('refuses a consumer with $name', ({ props, message }) => {
  expect(() => consumerOf(constructStack(), props)).toThrow(message);
});

test('a role assumes the break-glass role, and a permission set with the second factor in its session', () => {
  const stack = constructStack();
  const people =
    'arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_BreakGlass_????????????????';
  new BreakGlassRole(stack, 'BreakGlass', {
    environment: 'prod',
    principals: [
      { permissionSet: 'BreakGlass' },
      Role.fromRoleArn(stack, 'Commander', 'arn:aws:iam::444455556666:role/incident-commander'),
    ],
    encryptionKeys: [aliasKey(stack)],
  });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
    RoleName: 'strongroom-prod-break-glass',
    MaxSessionDuration: 3600,
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Principal: { AWS: 'arn:aws:iam::444455556666:root' },
          Condition: {
            ArnLike: { 'aws:PrincipalArn': people },
            StringEquals: { 'aws:PrincipalTag/strongroom:mfa': 'true' },
          },
        },
        { Principal: { AWS: 'arn:aws:iam::444455556666:role/incident-commander' }, Condition: Match.absent() },
      ],
    },
  });
});

test('refuses an IAM user as who may assume the break-glass role', () => {
  const stack = constructStack();
  const user = Role.fromRoleArn(stack, 'User', 'arn:aws:iam::444455556666:user/first');
  const props = { environment: 'prod', principals: [user], encryptionKeys: [] };
  expect(() => new BreakGlassRole(stack, 'BreakGlass', props)).toThrow(
    "An IAM user can't assume the break-glass role of prod (got arn:aws:iam::444455556666:user/first): name a role that people assume with a second factor",
  );
});

test('refuses a pattern of roles as who may assume the break-glass role', () => {
  const stack = constructStack();
  const pattern = Role.fromRoleArn(stack, 'Pattern', 'arn:aws:iam::444455556666:role/*');
  const props = { environment: 'prod', principals: [pattern], encryptionKeys: [] };
  expect(() => new BreakGlassRole(stack, 'BreakGlass', props)).toThrow(
    "A pattern can't assume the break-glass role of prod (got arn:aws:iam::444455556666:role/*): name one role, or a permission set as { permissionSet: NAME }",
  );
});

test('refuses a break-glass role that nobody may assume', () => {
  const props = { environment: 'prod', principals: [], encryptionKeys: [] };
  expect(() => new BreakGlassRole(constructStack(), 'BreakGlass', props)).toThrow(
    'No principal can assume the break-glass role of prod: name at least one principal',
  );
});

function roleOf(account: string) {
  return Role.fromRoleArn(constructStack(), 'Given', `arn:aws:iam::${account}:role/given`);
}

function consumerOf(
  stack: Stack,
  props: WorkloadProps | ExistingRole | PermissionSet | (WorkloadProps & { network: 'any' }),
): Consumer {
  return new Consumer(stack, 'Consumer', { ...api, ...props });
}

interface PolicyStatement {
  readonly Sid?: string;
  readonly Condition?: Record<string, Record<string, unknown>>;
}

function statementsIn(template: Template): PolicyStatement[] {
  const [policy] = Object.values(template.findResources('AWS::SecretsManager::ResourcePolicy'));
  return (policy?.['Properties'] as { ResourcePolicy: { Statement: PolicyStatement[] } }).ResourcePolicy.Statement;
}

function readersIn(template: Template): unknown {
  return statementsIn(template).find(({ Sid }) => Sid === 'ReadByDeclaredReaders')?.Condition?.['ArnNotLike']?.[
    'aws:PrincipalArn'
  ];
}

test('what the task definition of an execution role needs is an output of the application: the ARN of each secret', () => {
  const stacks = synthesise({
    ...exampleCatalog,
    environments: exampleCatalog.environments.map((environment) => ({
      ...environment,
      applications: environment.applications.map((application) => ({
        ...application,
        consumers: [
          ...application.consumers,
          { name: 'agent', roleName: `${environment.name}-${application.name}-agent`, runsOn: 'ecs-execution' },
        ],
        secrets: application.secrets.map((secret) =>
          secret.name === 'orders-db' ? { ...secret, readers: [...secret.readers, 'agent'] } : secret,
        ),
      })),
    })),
  });
  const { template } = stackIn(stacks, 'strongroom-prod-payments');
  expect(Object.values(template.Outputs ?? {})).toEqual([
    {
      Description: 'For valueFrom of prod/payments/orders-db: append :KEY:: for a key of the value',
      Value: { 'Fn::GetAtt': ['SecretordersdbSecretCBC5E088', 'Id'] },
    },
  ]);
});

test('a key of the value is named for a container definition without a version', () => {
  const stack = constructStack();
  const secret = databaseSecret(stack);
  expect(stack.resolve(secret.valueFrom('password'))).toEqual({
    'Fn::Join': ['', [{ 'Fn::GetAtt': [expect.stringMatching(/^Secretordersdb/), 'Id'] }, ':password::']],
  });
});
