/** Who may assume the roles of workloads: their trust policies, and what IAM's rules make of requests to them. */
import { App, Stack } from 'aws-cdk-lib';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { Consumer, type WorkloadProps } from '../../../lib/index.ts';
import { evaluate } from '../../../local/gateway/authorization/evaluate.ts';
import { account, region } from '../../_helpers/construct-stack.ts';
import { cdkContext } from '../../_helpers/example-app.ts';

const otherAccount = '999988887777';
const cluster = `arn:aws:eks:${region}:${account}:cluster/shop`;
const anchor = `arn:aws:rolesanywhere:${region}:${account}:trust-anchor/1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d`;
const irsa = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const github = 'token.actions.githubusercontent.com';
const gitlab = 'gitlab.example.com';

const workloads = {
  lambda: { runsOn: 'lambda' },
  ecs: { runsOn: 'ecs' },
  'ecs-execution': { runsOn: 'ecs-execution' },
  ec2: { runsOn: 'ec2' },
  eks: { runsOn: 'eks', cluster: 'shop', namespace: 'shop', serviceAccount: 'batch' },
  'eks-irsa': {
    runsOn: 'eks-irsa',
    federation: { issuer: irsa, audience: 'sts.amazonaws.com', subject: 'system:serviceaccount:shop:batch' },
  },
  github: {
    runsOn: 'github',
    federation: {
      issuer: github,
      audience: 'sts.amazonaws.com',
      subject: 'repo:northwind/shop:environment:production',
    },
  },
  oidc: {
    runsOn: 'oidc',
    federation: { issuer: gitlab, audience: 'strongroom', subject: 'project_path:northwind/shop:ref:main' },
  },
  'roles-anywhere': {
    runsOn: 'roles-anywhere',
    trustAnchor: anchor,
    subject: { commonName: 'backup-1.northwind.example', organization: 'Northwind', organizationalUnit: 'Backup' },
    sessionSeconds: 7200,
  },
} satisfies Record<WorkloadProps['runsOn'], WorkloadProps>;
type Kind = keyof typeof workloads;

const resourceSchema = z.object({ Type: z.string(), Properties: z.looseObject({}) });
type Resource = z.infer<typeof resourceSchema>;

/** Every kind in one stack, the name of the consumer being that of the kind. */
const resources: readonly Resource[] = (() => {
  const app = new App({ context: cdkContext() });
  const stack = new Stack(app, 'Test', { env: { account, region } });
  for (const [name, workload] of Object.entries(workloads)) {
    new Consumer(stack, name, { environment: 'prod', application: 'shop', name, ...workload });
  }
  const template: unknown = app.synth().getStackByName('Test').template;
  return Object.values(z.object({ Resources: z.record(z.string(), resourceSchema) }).parse(template).Resources);
})();

const roleOf = (kind: Kind): Resource['Properties'] => {
  const role = resources.find(
    ({ Type, Properties }) => Type === 'AWS::IAM::Role' && Properties['RoleName'] === `prod-shop-${kind}`,
  );
  if (!role) throw new Error(`No role of ${kind}`);
  return role.Properties;
};

const propertiesOf = (type: string) =>
  resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);

const service = (name: string, Condition: unknown, actions: string | string[] = 'sts:AssumeRole') => [
  { Effect: 'Allow', Action: actions, Principal: { Service: `${name}.amazonaws.com` }, Condition },
];

const token = (issuer: string, aud: string, sub: string) => [
  {
    Effect: 'Allow',
    Action: 'sts:AssumeRoleWithWebIdentity',
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${issuer}` },
    Condition: { StringEquals: { [`${issuer}:aud`]: aud, [`${issuer}:sub`]: sub } },
  },
];

const ofAccount = { StringEquals: { 'aws:SourceAccount': account } };

test.each<{ kind: Kind; statements: unknown[] }>([
  { kind: 'lambda', statements: service('lambda', ofAccount) },
  {
    kind: 'ecs',
    statements: service('ecs-tasks', {
      ...ofAccount,
      ArnLike: { 'aws:SourceArn': `arn:aws:ecs:${region}:${account}:*` },
    }),
  },
  {
    kind: 'ecs-execution',
    statements: service('ecs-tasks', {
      ...ofAccount,
      ArnLike: { 'aws:SourceArn': `arn:aws:ecs:${region}:${account}:*` },
    }),
  },
  { kind: 'ec2', statements: service('ec2', { StringEqualsIfExists: ofAccount.StringEquals }) },
  {
    kind: 'eks',
    statements: service(
      'pods.eks',
      {
        StringEquals: {
          'aws:RequestTag/eks-cluster-arn': cluster,
          'aws:RequestTag/kubernetes-namespace': 'shop',
          'aws:RequestTag/kubernetes-service-account': 'batch',
        },
      },
      ['sts:AssumeRole', 'sts:TagSession'],
    ),
  },
  { kind: 'eks-irsa', statements: token(irsa, 'sts.amazonaws.com', 'system:serviceaccount:shop:batch') },
  { kind: 'github', statements: token(github, 'sts.amazonaws.com', 'repo:northwind/shop:environment:production') },
  { kind: 'oidc', statements: token(gitlab, 'strongroom', 'project_path:northwind/shop:ref:main') },
  {
    kind: 'roles-anywhere',
    statements: service(
      'rolesanywhere',
      {
        ArnEquals: { 'aws:SourceArn': anchor },
        StringEquals: {
          'aws:PrincipalTag/x509Subject/CN': 'backup-1.northwind.example',
          'aws:PrincipalTag/x509Subject/O': 'Northwind',
          'aws:PrincipalTag/x509Subject/OU': 'Backup',
        },
      },
      ['sts:AssumeRole', 'sts:SetSourceIdentity', 'sts:TagSession'],
    ),
  },
])('the role of $kind trusts exactly what the catalog names', ({ kind, statements }) => {
  expect(roleOf(kind)['AssumeRolePolicyDocument']).toEqual({ Version: '2012-10-17', Statement: statements });
});

test.each(Object.keys(workloads) as Kind[])('the role of %s carries the tags by which it reads', (kind) => {
  expect(roleOf(kind)['Tags']).toEqual([
    { Key: 'strongroom:application', Value: 'shop' },
    { Key: 'strongroom:consumer', Value: kind },
    { Key: 'strongroom:environment', Value: 'prod' },
  ]);
});

test('an instance gets a profile, a pod its association, a server its profile for as long as its session', () => {
  expect(propertiesOf('AWS::IAM::InstanceProfile')).toEqual([
    { InstanceProfileName: expect.anything() as unknown, Roles: [expect.anything()] },
  ]);
  expect(propertiesOf('AWS::EKS::PodIdentityAssociation')).toEqual([
    { ClusterName: 'shop', Namespace: 'shop', ServiceAccount: 'batch', RoleArn: expect.anything() as unknown },
  ]);
  expect(propertiesOf('AWS::RolesAnywhere::Profile')).toEqual([
    { Name: expect.anything() as unknown, Enabled: true, DurationSeconds: 7200, RoleArns: [expect.anything()] },
  ]);
  expect(roleOf('roles-anywhere')['MaxSessionDuration']).toBe(7200);
});

interface Asked {
  readonly kind: Kind;
  readonly how: string;
  readonly principal?: string;
  readonly action?: string;
  /** Beside, or in place of, what an honest request says. */
  readonly context?: Record<string, string>;
  /** Left out of an honest request. */
  readonly without?: string;
}

/** What each service says of itself when all is well. */
const honest: Record<Kind, { principal: string; action: string; context: Record<string, string> }> = {
  lambda: assume('lambda', { 'aws:SourceAccount': account }),
  ecs: assume('ecs-tasks', {
    'aws:SourceAccount': account,
    'aws:SourceArn': `arn:aws:ecs:${region}:${account}:task/shop/0123456789abcdef0123456789abcdef`,
  }),
  'ecs-execution': assume('ecs-tasks', {
    'aws:SourceAccount': account,
    'aws:SourceArn': `arn:aws:ecs:${region}:${account}:task/shop/0123456789abcdef0123456789abcdef`,
  }),
  ec2: assume('ec2', { 'aws:SourceAccount': account }),
  eks: assume('pods.eks', {
    'aws:RequestTag/eks-cluster-arn': cluster,
    'aws:RequestTag/eks-cluster-name': 'shop',
    'aws:RequestTag/kubernetes-namespace': 'shop',
    'aws:RequestTag/kubernetes-service-account': 'batch',
    'aws:RequestTag/kubernetes-pod-name': 'batch-1',
  }),
  'eks-irsa': exchange(irsa, 'sts.amazonaws.com', 'system:serviceaccount:shop:batch'),
  github: exchange(github, 'sts.amazonaws.com', 'repo:northwind/shop:environment:production'),
  oidc: exchange(gitlab, 'strongroom', 'project_path:northwind/shop:ref:main'),
  'roles-anywhere': assume('rolesanywhere', {
    'aws:SourceAccount': account,
    'aws:SourceArn': anchor,
    'aws:PrincipalTag/x509Subject/CN': 'backup-1.northwind.example',
    'aws:PrincipalTag/x509Subject/O': 'Northwind',
    'aws:PrincipalTag/x509Subject/OU': 'Backup',
  }),
};

function assume(name: string, context: Record<string, string>) {
  return { principal: `${name}.amazonaws.com`, action: 'sts:AssumeRole', context };
}

function exchange(issuer: string, aud: string, sub: string) {
  return {
    principal: `arn:aws:iam::${account}:oidc-provider/${issuer}`,
    action: 'sts:AssumeRoleWithWebIdentity',
    context: { [`${issuer}:aud`]: aud, [`${issuer}:sub`]: sub },
  };
}

const isAllowed = async ({ kind, context = {}, without, ...asked }: Omit<Asked, 'how'>): Promise<boolean> => {
  const { principal, action, context: usual } = { ...honest[kind], ...asked };
  const said = Object.fromEntries(Object.entries({ ...usual, ...context }).filter(([key]) => key !== without));
  const { allowed } = await evaluate(
    { arn: principal, identityPolicies: [], context: {} },
    {
      action,
      resource: {
        arn: `arn:aws:iam::${account}:role/prod-shop-${kind}`,
        account,
        policy: withClaimsAsTags(roleOf(kind)['AssumeRolePolicyDocument']),
      },
      context: withClaimsAsTags(said) as Record<string, string>,
    },
  );
  return allowed;
};

/** The evaluator does not know the keys of every issuer, `ci.example.com:sub`; those of tags may have any name. */
const withClaimsAsTags = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(/"([^":]+):(aud|sub)":/g, '"aws:RequestTag/$1-$2":'));

describe('a request to assume the role', () => {
  test.each(Object.keys(workloads) as Kind[])('of %s is allowed for what the catalog names', async (kind) => {
    expect(await isAllowed({ kind })).toBe(true);
  });

  test.each<{ kind: Kind; action: string }>([
    { kind: 'eks', action: 'sts:TagSession' },
    { kind: 'roles-anywhere', action: 'sts:TagSession' },
    { kind: 'roles-anywhere', action: 'sts:SetSourceIdentity' },
  ])('of $kind may $action too, which the service does', async (asked) => {
    expect(await isAllowed(asked)).toBe(true);
  });

  test.each<Asked>([
    { kind: 'lambda', how: 'for another account', context: { 'aws:SourceAccount': otherAccount } },
    { kind: 'lambda', how: 'by another service', principal: 'ecs-tasks.amazonaws.com' },
    { kind: 'lambda', how: 'with tags', action: 'sts:TagSession' },
    { kind: 'ecs', how: 'for another account', context: { 'aws:SourceAccount': otherAccount } },
    {
      kind: 'ecs',
      how: 'for a task of another account',
      context: { 'aws:SourceArn': `arn:aws:ecs:${region}:${otherAccount}:task/shop/1` },
    },
    { kind: 'ecs', how: 'without saying for which task', without: 'aws:SourceArn' },
    { kind: 'ec2', how: 'for another account', context: { 'aws:SourceAccount': otherAccount } },
    { kind: 'eks', how: 'for another namespace', context: { 'aws:RequestTag/kubernetes-namespace': 'default' } },
    {
      kind: 'eks',
      how: 'for another service account',
      context: { 'aws:RequestTag/kubernetes-service-account': 'batch2' },
    },
    {
      kind: 'eks',
      how: 'for a cluster of the same name elsewhere',
      context: { 'aws:RequestTag/eks-cluster-arn': cluster.replace(account, otherAccount) },
    },
    { kind: 'eks', how: 'without tags', without: 'aws:RequestTag/eks-cluster-arn' },
    { kind: 'eks', how: 'by instances', principal: 'ec2.amazonaws.com' },
    {
      kind: 'eks-irsa',
      how: 'for another service account',
      context: { [`${irsa}:sub`]: 'system:serviceaccount:shop:batch2' },
    },
    { kind: 'eks-irsa', how: 'for another audience', context: { [`${irsa}:aud`]: 'kubernetes' } },
    {
      kind: 'eks-irsa',
      how: 'with a token of another cluster',
      principal: `arn:aws:iam::${account}:oidc-provider/${irsa}0`,
    },
    {
      kind: 'github',
      how: 'for another environment',
      context: { [`${github}:sub`]: 'repo:northwind/shop:environment:staging' },
    },
    {
      kind: 'github',
      how: 'for a pull request',
      context: { [`${github}:sub`]: 'repo:northwind/shop:pull_request' },
    },
    {
      kind: 'github',
      how: 'for a repository of another owner',
      context: { [`${github}:sub`]: 'repo:northwind-evil/shop:environment:production' },
    },
    { kind: 'github', how: 'without a subject', without: `${github}:sub` },
    { kind: 'github', how: 'for another audience', context: { [`${github}:aud`]: 'https://github.com/northwind' } },
    { kind: 'oidc', how: 'without an audience', without: `${gitlab}:aud` },
    {
      kind: 'oidc',
      how: 'with a token of another issuer',
      principal: `arn:aws:iam::${account}:oidc-provider/${github}`,
    },
    { kind: 'oidc', how: 'without a token', action: 'sts:AssumeRole' },
    {
      kind: 'roles-anywhere',
      how: 'with a certificate of another name',
      context: { 'aws:PrincipalTag/x509Subject/CN': 'backup-10.northwind.example' },
    },
    {
      kind: 'roles-anywhere',
      how: 'with a certificate of another unit',
      context: { 'aws:PrincipalTag/x509Subject/OU': 'Sales' },
    },
    {
      kind: 'roles-anywhere',
      how: 'with a certificate without organization',
      without: 'aws:PrincipalTag/x509Subject/O',
    },
    {
      kind: 'roles-anywhere',
      how: 'through another trust anchor',
      context: { 'aws:SourceArn': anchor.replace('1a2b', '2a2b') },
    },
    { kind: 'roles-anywhere', how: 'through none', without: 'aws:SourceArn' },
  ])('of $kind is refused $how', async ({ kind, principal, action, context, without }) => {
    expect(
      await isAllowed({
        kind,
        ...(principal !== undefined && { principal }),
        ...(action !== undefined && { action }),
        ...(context && { context }),
        ...(without !== undefined && { without }),
      }),
    ).toBe(false);
  });
});

test('an execution role pulls images and writes logs, as ECS asks of every one, and no other role does', () => {
  const others = Object.keys(workloads) as Kind[];
  expect(roleOf('ecs-execution')['ManagedPolicyArns']).toEqual([
    {
      'Fn::Join': [
        '',
        ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy'],
      ],
    },
  ]);
  for (const kind of others.filter((one) => one !== 'ecs-execution')) {
    expect(roleOf(kind)['ManagedPolicyArns']).toBeUndefined();
  }
});
