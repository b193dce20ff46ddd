/** Roles of consumers, and the policies that let them read. */
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { expect, test } from 'vitest';
import { BreakGlassRole, Consumer, type ConsumerProps } from '../../lib/index.ts';
import { aliasKey, constructStack, databaseSecret } from '../_helpers/construct-stack.ts';

const api = { environment: 'prod', application: 'payments', name: 'api' } as const;

test.each([
  { runsOn: 'ecs', service: 'ecs-tasks.amazonaws.com' },
  { runsOn: 'lambda', service: 'lambda.amazonaws.com' },
] as const)(
  'a consumer on $runsOn gets a role that the service assumes for this account alone',
  ({ runsOn, service }) => {
    const stack = constructStack();
    new Consumer(stack, 'Api', { ...api, runsOn });
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
      RoleName: 'prod-payments-api',
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRole',
            Principal: { Service: service },
            Condition: { StringEquals: { 'aws:SourceAccount': '444455556666' } },
          },
        ],
      },
    });
  },
);

test('a reader is allowed the very secret, and its key for this secret through Secrets Manager', () => {
  const stack = constructStack();
  new Consumer(stack, 'Api', { ...api, runsOn: 'ecs' }).grantRead(databaseSecret(stack));
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
  new Consumer(stack, 'Api', { ...api, runsOn: 'ecs' }).grantRead(
    databaseSecret(stack, { encryptionKey: new Key(stack, 'Own') }),
  );
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

test('a consumer of many secrets gets policies that IAM takes: each within its size, ten at most', () => {
  const stack = constructStack();
  const consumer = new Consumer(stack, 'Api', { ...api, runsOn: 'ecs' });
  const names = Array.from({ length: 120 }, (_, index) => `a-secret-with-a-rather-long-name-${index}`);
  const keys = ['standard', 'high'].map((sensitivity) => aliasKey(stack, sensitivity));
  const secrets = names.map((name, index) => databaseSecret(stack, { name, encryptionKey: keys[index % 2]! }));
  consumer.grantRead(...secrets);
  consumer.grantRead(...secrets);
  const template = Template.fromStack(stack);
  const documents = Object.values(template.findResources('AWS::IAM::ManagedPolicy')).map(({ Properties }) => {
    const { PolicyDocument } = Properties as { PolicyDocument: { Statement: { Resource: unknown }[] } };
    return JSON.stringify(PolicyDocument).replace(/\{"Fn::GetAtt":\["([^"]+)","Id"\]\}/g, (_, logicalId: string) => {
      const name = names.find((one) => logicalId.startsWith(`Secret${one.replaceAll('-', '')}Secret`));
      return `"arn:aws:secretsmanager:ap-southeast-2:444455556666:secret:prod/payments/${name}-AbCdEf"`;
    });
  });
  expect(documents.length).toBeLessThanOrEqual(10);
  for (const document of documents) expect(document.length).toBeLessThan(6_144);
  for (const name of names) {
    expect(documents.filter((document) => document.includes(`/${name}-AbCdEf"`))).toHaveLength(1);
  }
});

test('an existing role is allowed by a policy of its own, and declared to the secret', () => {
  const stack = constructStack();
  const arn = 'arn:aws:iam::444455556666:role/reports/report';
  const role = Role.fromRoleArn(stack, 'Report', arn);
  new Consumer(stack, 'Consumer', { ...api, name: 'report', role }).grantRead(databaseSecret(stack));
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

test.each<{ name: string; props: Partial<ConsumerProps>; message: string }>([
  { name: 'neither role nor runsOn', props: {}, message: "has no role: write runsOn: 'lambda', runsOn: 'ecs' or role" },
  { name: 'both', props: { runsOn: 'ecs', role: roleOf('444455556666') }, message: 'has both runsOn and role' },
  {
    name: 'a role of another account',
    props: { role: roleOf('111122223333') },
    message: "has a role of account 111122223333: name a role of the secrets' account 444455556666",
  },
])('refuses a consumer with $name', ({ props, message }) => {
  expect(() => new Consumer(constructStack(), 'Api', { ...api, ...props })).toThrow(message);
});

test('users assume the break-glass role with a second factor; a role, whose sessions carry none, without', () => {
  const stack = constructStack();
  new BreakGlassRole(stack, 'BreakGlass', {
    environment: 'prod',
    principals: ['arn:aws:iam::444455556666:user/first', 'arn:aws:iam::444455556666:role/incident-commander'],
    encryptionKeys: [aliasKey(stack)],
  });
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', {
    RoleName: 'strongroom-prod-break-glass',
    MaxSessionDuration: 3600,
    AssumeRolePolicyDocument: {
      Statement: [
        {
          Principal: { AWS: 'arn:aws:iam::444455556666:user/first' },
          Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
        },
        { Principal: { AWS: 'arn:aws:iam::444455556666:role/incident-commander' }, Condition: Match.absent() },
      ],
    },
  });
});

test('refuses a break-glass role that nobody may assume', () => {
  const props = { environment: 'prod', principals: [], encryptionKeys: [] };
  expect(() => new BreakGlassRole(constructStack(), 'BreakGlass', props)).toThrow(
    'Nobody may assume the break-glass role of prod: name at least one principal',
  );
});

function roleOf(account: string) {
  return Role.fromRoleArn(constructStack(), 'Given', `arn:aws:iam::${account}:role/given`);
}
