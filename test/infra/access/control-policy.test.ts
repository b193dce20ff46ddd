/** The service control policies that docs/security.md recommends, against a developer whose own policies allow everything. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { accountActions, keyActions, secretActions } from '../../../lib/access/index.ts';
import { synthesise, type ExampleStack } from '../../_helpers/example-app.ts';
import { actionName, compile, type Context, isAllowed } from './matrix/evaluator.ts';

const page = readFileSync('docs/security.md', 'utf8');
const policies = [...page.matchAll(/```json\n([^]+?)```/g)].map(
  ([, text = '']) => JSON.parse(text) as { Statement: { Sid: string; Action: string | string[] }[] },
);

const account = '444455556666';
const role = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
const allowAll = compile({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] });

/** Within some policies, for somebody whose own policies allow everything. */
const mayWithin = (
  within: readonly unknown[],
  who: string,
  action: string,
  arn: string,
  context: Context[number],
): boolean =>
  isAllowed(
    { arn: role(who), account, policies: [allowAll, ...within.map(compile)] },
    actionName(action),
    { arn, account },
    [{ ...context, 'aws:principalarn': role(who) }],
  );

const may = (who: string, action: string, arn: string, context: Context[number] = {}): boolean =>
  mayWithin(policies, who, action, arn, context);

const at = (service: string, resource: string): string => `arn:aws:${service}:eu-west-1:${account}:${resource}`;
const secret = at('secretsmanager', 'secret:prod/payments/orders-db-AbCdEf');
const master = at('secretsmanager', 'secret:rds!db-1a2b3c4d-AbCdEf');
const key = at('kms', 'key/1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d');
const ours = { 'kms:resourcealiases': ['alias/strongroom/prod/high'] };
const theirs = { 'kms:resourcealiases': ['alias/theirs'] };
const alias = at('kms', 'alias/strongroom/prod/high');
const stack = at('cloudformation', 'stack/strongroom-prod-payments/1a2b');
const toolkit = at('cloudformation', 'stack/CDKToolkit-secrets/1a2b');
const rotation = at('lambda', 'function:strongroom-prod-rotation-postgres');
const mapping = at('lambda', 'event-source-mapping:1a2b');
const ofForwarder = { 'lambda:functionarn': at('lambda', 'function:strongroom-prod-audit-siem') };
const rule = at('events', 'rule/strongroom-prod-audit-AuditSecretCalls-1A2B');
const trail = at('cloudtrail', 'trail/strongroom-prod');
const queue = at('sqs', 'strongroom-prod-audit-AuditEvents-1A2B');
const assets = `arn:aws:s3:::cdk-secrets-assets-${account}-eu-west-1`;
const files = 'arn:aws:s3:::strongroom-prod-audit-audittrailfiles-1a2b';
const user = `arn:aws:iam::${account}:user/break-glass-1`;
const generatedPolicy = `arn:aws:iam::${account}:policy/strongroom-prod-operators`;

const executes = `cdk-secrets-cfn-exec-role-${account}-eu-west-1`;
const deploys = `cdk-secrets-deploy-role-${account}-eu-west-1`;
const publishes = `cdk-secrets-file-publishing-role-${account}-eu-west-1`;
/** The same three of another app of the account. */
const elsewhere = [executes, deploys, publishes].map((name) => name.replace('secrets', 'hnb659fds'));

interface Guarded {
  readonly sid: string;
  readonly actions: readonly string[];
  readonly arns: readonly string[];
  readonly context?: Context[number];
  /** Who needs it. */
  readonly who: readonly string[];
}

const roleActions = [
  'AttachRolePolicy',
  'CreateRole',
  'DeleteRole',
  'DeleteRolePermissionsBoundary',
  'DeleteRolePolicy',
  'DetachRolePolicy',
  'PutRolePermissionsBoundary',
  'PutRolePolicy',
  'TagRole',
  'UntagRole',
  'UpdateAssumeRolePolicy',
  'UpdateRole',
].map((action) => `iam:${action}`);

const guarded: readonly Guarded[] = [
  {
    sid: 'DeployByThePipeline',
    actions: ['sts:AssumeRole', 'sts:TagSession'],
    arns: [role(deploys), role(publishes), role(executes)],
    who: ['deployer'],
  },
  { sid: 'PassByTheDeployRole', actions: ['iam:PassRole'], arns: [role(executes)], who: [deploys] },
  {
    sid: 'PassToFunctionsByTheStacks',
    actions: ['iam:PassRole'],
    arns: [role('strongroom-prod-rotation-postgres'), role('strongroom-prod-audit-siem')],
    who: [executes],
  },
  {
    sid: 'RolesByTheStacks',
    actions: roleActions,
    arns: [role('prod-payments-api'), role('strongroom-prod-rotation-postgres'), role('strongroom-prod-break-glass')],
    who: [executes],
  },
  {
    sid: 'RolesOfTheBootstrap',
    actions: roleActions,
    arns: [role(executes), role(deploys), role('deployer'), role('administrator'), role('incident-commander')],
    who: ['administrator'],
  },
  {
    sid: 'PoliciesByTheStacks',
    actions: ['CreatePolicy', 'CreatePolicyVersion', 'DeletePolicy', 'SetDefaultPolicyVersion'].map((a) => `iam:${a}`),
    arns: [generatedPolicy],
    who: [executes],
  },
  {
    sid: 'CredentialsOfBreakGlass',
    actions: [
      'CreateAccessKey',
      'CreateLoginProfile',
      'UpdateLoginProfile',
      'EnableMFADevice',
      'DeactivateMFADevice',
    ].map((action) => `iam:${action}`),
    arns: [user],
    who: ['administrator'],
  },
  {
    sid: 'AssetsByThePublisher',
    actions: ['s3:PutObject', 's3:DeleteObject', 's3:DeleteObjectVersion'],
    arns: [`${assets}/1a2b.zip`],
    who: [publishes],
  },
  {
    sid: 'AssetBucketByTheBootstrap',
    actions: [
      's3:PutBucketPolicy',
      's3:DeleteBucketPolicy',
      's3:PutBucketVersioning',
      's3:PutReplicationConfiguration',
    ],
    arns: [assets],
    who: ['administrator'],
  },
  {
    sid: 'StacksByThePipeline',
    actions: ['CreateChangeSet', 'CreateStack', 'DeleteStack', 'ExecuteChangeSet', 'UpdateStack', 'SetStackPolicy'].map(
      (action) => `cloudformation:${action}`,
    ),
    arns: [stack],
    who: [deploys],
  },
  {
    sid: 'StackOfTheBootstrap',
    actions: ['cloudformation:CreateChangeSet', 'cloudformation:DeleteStack', 'cloudformation:UpdateStack'],
    arns: [toolkit],
    who: ['administrator'],
  },
  {
    sid: 'SecretsByThePipeline',
    actions: ['secretsmanager:PutResourcePolicy', 'secretsmanager:CreateSecret'],
    arns: [secret],
    who: [executes, 'strongroom-prod-break-glass'],
  },
  {
    sid: 'MasterCredentialsByRotation',
    actions: ['secretsmanager:GetSecretValue'],
    arns: [master],
    who: ['strongroom-prod-rotation-postgres'],
  },
  {
    sid: 'KeysByThePipeline',
    actions: ['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 'kms:DisableKey'],
    arns: [key],
    context: ours,
    who: [executes],
  },
  { sid: 'AliasesByThePipeline', actions: ['kms:UpdateAlias', 'kms:DeleteAlias'], arns: [alias], who: [executes] },
  {
    sid: 'FunctionsByTheStacks',
    actions: [
      'AddPermission',
      'CreateAlias',
      'CreateFunction',
      'CreateFunctionUrlConfig',
      'DeleteFunction',
      'PublishVersion',
      'PutFunctionConcurrency',
      'RemovePermission',
      'UpdateFunctionCode',
      'UpdateFunctionConfiguration',
    ].map((action) => `lambda:${action}`),
    arns: [rotation, at('lambda', 'function:strongroom-prod-audit-siem')],
    who: [executes],
  },
  {
    sid: 'EventSourcesByTheStacks',
    actions: ['lambda:CreateEventSourceMapping', 'lambda:UpdateEventSourceMapping', 'lambda:DeleteEventSourceMapping'],
    arns: [mapping],
    context: ofForwarder,
    who: [executes],
  },
  {
    sid: 'RulesByTheStacks',
    actions: ['DeleteRule', 'DisableRule', 'PutRule', 'PutTargets', 'RemoveTargets'].map(
      (action) => `events:${action}`,
    ),
    arns: [rule],
    who: [executes],
  },
  {
    sid: 'TrailByTheStacks',
    actions: ['DeleteTrail', 'PutEventSelectors', 'StopLogging', 'UpdateTrail'].map((action) => `cloudtrail:${action}`),
    arns: [trail],
    who: [executes],
  },
  {
    sid: 'FilesOfTheTrail',
    actions: ['s3:DeleteObject', 's3:DeleteObjectVersion', 's3:PutBucketPolicy', 's3:PutLifecycleConfiguration'],
    arns: [files, `${files}/AWSLogs/1.json.gz`],
    who: [executes],
  },
  {
    sid: 'QueuesByTheStacks',
    actions: ['sqs:PurgeQueue', 'sqs:SetQueueAttributes', 'sqs:DeleteQueue', 'sqs:DeleteMessage', 'sqs:AddPermission'],
    arns: [queue],
    who: [executes, 'strongroom-prod-audit', 'strongroom-prod-audit-siem'],
  },
  {
    sid: 'AlarmsByTheStacks',
    actions: ['cloudwatch:DeleteAlarms', 'cloudwatch:DisableAlarmActions', 'sns:DeleteTopic', 'sns:SetTopicAttributes'],
    arns: [at('cloudwatch', 'alarm:strongroom-prod-audit-siem-errors'), at('sns', 'strongroom-prod-alerts-oncall')],
    who: [executes],
  },
];

describe('the service control policies', () => {
  const cases = guarded.flatMap(({ sid, actions, arns, context = {}, who }) =>
    actions.flatMap((action) => arns.map((arn) => ({ sid, action, arn, context, who }))),
  );

  test.each(cases)('$sid leaves $action on $arn to those who need it', ({ action, arn, context, who }) => {
    for (const one of who) expect([one, may(one, action, arn, context)]).toEqual([one, true]);
    for (const one of ['developer', ...elsewhere]) expect([one, may(one, action, arn, context)]).toEqual([one, false]);
  });

  test('have a case for each statement, and each statement decides one: without it the developer is let in', () => {
    const statements = policies.flatMap(({ Statement }) => Statement);
    expect(statements.map(({ Sid }) => Sid).sort()).toEqual(guarded.map(({ sid }) => sid).sort());
    for (const { sid, actions, arns, context = {} } of guarded) {
      const others = { Statement: statements.filter(({ Sid }) => Sid !== sid) };
      const letIn = arns.some((arn) =>
        actions.some((action) => mayWithin([others], 'developer', action, arn, context)),
      );
      expect([sid, letIn]).toEqual([sid, true]);
    }
  });

  test.each<[action: string, arn: string, context: Context[number]]>([
    ['secretsmanager:GetSecretValue', secret, {}],
    ['secretsmanager:CreateSecret', at('secretsmanager', 'secret:elsewhere-AbCdEf'), {}],
    ['kms:PutKeyPolicy', key, theirs],
    ['iam:UpdateAssumeRolePolicy', role('theirs'), {}],
    ['iam:CreateRole', role('prod-warehouse-api'), {}],
    ['iam:PassRole', role('prod-payments-api'), {}],
    ['iam:GetRole', role('strongroom-prod-break-glass'), {}],
    ['sts:AssumeRole', role('strongroom-prod-break-glass'), {}],
    ['sts:AssumeRole', role(deploys.replace('secrets', 'hnb659fds')), {}],
    ['iam:CreateAccessKey', `arn:aws:iam::${account}:user/somebody`, {}],
    ['s3:PutObject', 'arn:aws:s3:::theirs/file', {}],
    ['s3:GetObject', `${files}/AWSLogs/1.json.gz`, {}],
    ['lambda:UpdateFunctionCode', at('lambda', 'function:theirs'), {}],
    ['lambda:InvokeFunction', rotation, {}],
    ['lambda:UpdateEventSourceMapping', mapping, { 'lambda:functionarn': at('lambda', 'function:theirs') }],
    ['events:DisableRule', at('events', 'rule/theirs'), {}],
    ['cloudtrail:StopLogging', at('cloudtrail', 'trail/theirs'), {}],
    ['sqs:PurgeQueue', at('sqs', 'theirs'), {}],
    ['cloudformation:CreateChangeSet', stack.replace('strongroom', 'theirs'), {}],
  ])('have no part in %s on what is none of it (%s)', (action, arn, context) => {
    expect(may('developer', action, arn, context)).toBe(true);
  });

  test('name actions that there are, and each fits into the 5,120 characters of such a policy', () => {
    const known = new Set([
      ...Object.values(secretActions).flatMap((all) => all.map((action) => `secretsmanager:${action}`)),
      ...accountActions.secretsmanager.map((action) => `secretsmanager:${action}`),
      ...Object.values(keyActions).flatMap((all) => all.map((action) => `kms:${action}`)),
    ]);
    expect(policies).toHaveLength(2);
    for (const policy of policies) {
      const named = policy.Statement.flatMap(({ Action }) => Action).filter((one) =>
        /^(?:kms|secretsmanager):/.test(one),
      );
      expect(named.filter((action) => !known.has(action))).toEqual([]);
      expect(JSON.stringify(policy).length).toBeLessThan(5120);
    }
  });
});

/** The name that CloudFormation gives to what has none: the stack's, the logical id, and characters of its own. */
const generatedName = (stackName: string, logicalId: string): string => `${stackName}-${logicalId}-1A2B3C4D5E6F`;

interface Made {
  readonly type: string;
  readonly action: string;
  readonly arn: string;
}

const madeBy = ({ stackName, template }: ExampleStack): Made[] =>
  Object.entries(template.Resources).flatMap(([logicalId, { Type: type, Properties }]): Made[] => {
    const nameOf = (property: string): string =>
      typeof Properties[property] === 'string' ? Properties[property] : generatedName(stackName, logicalId);
    switch (type) {
      case 'AWS::IAM::Role':
        return [{ type, action: 'iam:UpdateAssumeRolePolicy', arn: role(nameOf('RoleName')) }];
      case 'AWS::IAM::ManagedPolicy':
        return [
          {
            type,
            action: 'iam:CreatePolicyVersion',
            arn: `arn:aws:iam::${account}:policy/${nameOf('ManagedPolicyName')}`,
          },
        ];
      case 'AWS::Lambda::Function':
        return [{ type, action: 'lambda:UpdateFunctionCode', arn: at('lambda', `function:${nameOf('FunctionName')}`) }];
      case 'AWS::Events::Rule':
        return [{ type, action: 'events:DisableRule', arn: at('events', `rule/${nameOf('Name')}`) }];
      case 'AWS::SQS::Queue':
        return [{ type, action: 'sqs:PurgeQueue', arn: at('sqs', nameOf('QueueName')) }];
      case 'AWS::CloudTrail::Trail':
        return [{ type, action: 'cloudtrail:StopLogging', arn: at('cloudtrail', `trail/${nameOf('TrailName')}`) }];
      case 'AWS::CloudWatch::Alarm':
        return [{ type, action: 'cloudwatch:DeleteAlarms', arn: at('cloudwatch', `alarm:${nameOf('AlarmName')}`) }];
      case 'AWS::SNS::Topic':
        return [{ type, action: 'sns:DeleteTopic', arn: at('sns', nameOf('TopicName')) }];
      case 'AWS::S3::Bucket':
        return [{ type, action: 's3:PutBucketPolicy', arn: `arn:aws:s3:::${nameOf('BucketName').toLowerCase()}` }];
      default:
        return [];
    }
  });

test('what is deployed has names that the policies know: the stacks change it, and a developer does not', () => {
  const made = [...synthesise().values()]
    .filter(({ stackName }) => stackName.startsWith('strongroom-prod-'))
    .flatMap(madeBy);
  expect(new Set(made.map(({ type }) => type)).size).toBe(9);
  // The applications of this catalog are payments and logistics; whoever adapts the policies names them.
  const named = JSON.parse(JSON.stringify(policies).replaceAll('prod-storefront-', 'prod-logistics-')) as unknown[];
  expect(made.filter(({ action, arn }) => mayWithin(named, 'developer', action, arn, {}))).toEqual([]);
  expect(made.filter(({ action, arn }) => !mayWithin(named, executes, action, arn, {}))).toEqual([]);
});
