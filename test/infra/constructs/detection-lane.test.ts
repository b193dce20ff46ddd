/** The lane of the detections: what reaches it, what it may do, what it knows, and who is alerted. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDetectionTable } from '../../../lambdas/audit/detect/detection-table.ts';
import { AuditTrail, type AuditTrailProps, type DeclaredAccess, type Suppression } from '../../../lib/index.ts';
import { opensearch, splunk } from '../../_fixtures/catalog-model.ts';
import { nothingDeclared } from '../../_fixtures/declared-access.ts';
import { account, aliasKey, constructStack, region } from '../../_helpers/construct-stack.ts';

type Change = Partial<Omit<AuditTrailProps, 'detections'>> & {
  readonly detections?: Partial<NonNullable<AuditTrailProps['detections']>> | null;
};

const topic = (stack: Stack, name: string): ReturnType<typeof Topic.fromTopicArn> =>
  Topic.fromTopicArn(stack, name, `arn:aws:sns:eu-west-1:444455556666:${name}`);

const auditIn = (stack: Stack, { detections, ...change }: Change = {}): AuditTrail =>
  new AuditTrail(stack, 'Audit', {
    environment: 'prod',
    destinations: [splunk],
    encryptionKey: aliasKey(stack, 'high'),
    owner: 'team-platform',
    contact: 'platform-oncall',
    trail: 'existing',
    alertTopic: topic(stack, 'platform'),
    ...(detections !== null && { detections: { access: nothingDeclared, ...detections } }),
    ...change,
  });

const template = (change?: Change): Template => {
  const stack = constructStack();
  auditIn(stack, change);
  return Template.fromStack(stack);
};

const propertiesOf = (from: Template, type: string): Record<string, unknown>[] =>
  Object.values(from.findResources(type)).map(({ Properties }) => Properties as Record<string, unknown>);

const functionNamed = (from: Template, name: string): Record<string, unknown> => {
  const found = propertiesOf(from, 'AWS::Lambda::Function').find(({ FunctionName }) => FunctionName === name);
  expect(found, name).toBeDefined();
  return (found!['Environment'] as { Variables: Record<string, unknown> }).Variables;
};

/** Statements of the policy of a function's role. */
const rightsOf = (from: Template, role: string): Record<string, unknown>[] => {
  const id = Object.entries(from.findResources('AWS::IAM::Role', { Properties: { RoleName: role } }))[0]![0];
  return propertiesOf(from, 'AWS::IAM::ManagedPolicy')
    .filter(({ Roles }) => (Roles as { Ref: string }[]).some(({ Ref }) => Ref === id))
    .flatMap(({ PolicyDocument }) => (PolicyDocument as { Statement: Record<string, unknown>[] }).Statement);
};

const arn = (id: string): unknown => ({ 'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${id}`)), 'Arn'] });
const url = (id: string): unknown => ({ Ref: expect.stringMatching(new RegExp(`^${id}`)) as unknown });

const detect = 'strongroom-prod-audit-detect';

test('the normaliser sends every event to the queue of the detections, as to one more destination', () => {
  const audit = template();
  const text = functionNamed(audit, 'strongroom-prod-audit')['STRONGROOM_AUDIT_DESTINATIONS'];
  expect((text as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1]).toEqual([
    '[{"name":"siem","queueUrl":"',
    url('AuditDestinationsiemQueue'),
    '","raw":false},{"name":"detect","queueUrl":"',
    url('AuditDetectionsQueue'),
    '","raw":false}]',
  ]);
  expect(rightsOf(audit, 'strongroom-prod-audit')).toContainEqual({
    Effect: 'Allow',
    Action: 'sqs:SendMessage',
    Resource: [arn('AuditDeadLetters'), arn('AuditDestinationsiemQueue'), arn('AuditDetectionsQueue')],
  });
});

test('the function uses its queue, its table, its topics and the queues of the destinations, and nothing else', () => {
  const stack = constructStack();
  auditIn(stack, {
    destinations: [splunk, opensearch],
    detections: { applicationTopics: { payments: topic(stack, 'payments'), orders: topic(stack, 'platform-again') } },
  });
  expect(rightsOf(Template.fromStack(stack), detect)).toEqual([
    expect.objectContaining({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
    {
      Effect: 'Allow',
      Action: ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
      Resource: arn('AuditDetectionsQueue'),
    },
    {
      Effect: 'Allow',
      Action: 'sqs:SendMessage',
      Resource: [
        arn('AuditDestinationsearchQueue'),
        arn('AuditDestinationsiemQueue'),
        arn('AuditDetectionsDeadLetters'),
      ],
    },
    {
      Effect: 'Allow',
      Action: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
      Resource: arn('AuditDetectionsState'),
    },
    {
      Effect: 'Allow',
      Action: 'sns:Publish',
      Resource: ['payments', 'platform', 'platform-again'].map((name) => `arn:aws:sns:eu-west-1:444455556666:${name}`),
    },
    {
      Effect: 'Allow',
      Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
      Resource: 'arn:aws:kms:eu-west-1:444455556666:key/*',
      Condition: { StringEquals: { 'kms:ViaService': 'sns.eu-west-1.amazonaws.com' } },
    },
  ]);
});

test('the rules take the calls that the detections look at, by the names of what they change', () => {
  const patterns = (change: Change): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(template(change).findResources('AWS::Events::Rule')).map(([id, { Properties }]) => [
        id.replace(/[0-9A-F]{8}$/, ''),
        (Properties as { EventPattern?: { detail?: unknown } }).EventPattern?.detail,
      ]),
    );
  const taken = patterns({});
  expect(Object.keys(taken)).toEqual(
    [
      ...['SecretCalls', 'KeyUse', 'KeyGovernance', 'KeyGrants'],
      ...['Trail', 'Rule', 'Target', 'Queue', 'Function', 'Mapping', 'Role', 'Bucket'].map(
        (what) => `Guarding${what}Changes`,
      ),
      ...['GuardingBreakGlassSessions', 'Heartbeat', 'DestinationsiemSecretChanges'],
    ]
      .map((id) => `Audit${id}`)
      .sort((one, other) => Object.keys(taken).indexOf(one) - Object.keys(taken).indexOf(other)),
  );
  expect(taken['AuditGuardingQueueChanges']).toMatchObject({
    requestParameters: { queueUrl: [{ wildcard: '*/strongroom-prod-*' }, { wildcard: '*/Test-*' }] },
  });
  expect(taken['AuditGuardingBreakGlassSessions']).toMatchObject({
    requestParameters: { roleArn: ['arn:aws:iam::444455556666:role/strongroom-prod-break-glass'] },
  });
  expect(Object.keys(patterns({ detections: null })).filter((id) => id.includes('Guarding'))).toEqual([]);
});

test('its queue has a name, and what the rules can not judge waits for two weeks', () => {
  const audit = template();
  audit.hasResourceProperties('AWS::SQS::Queue', {
    QueueName: detect,
    VisibilityTimeout: 720,
    MessageRetentionPeriod: 1_209_600,
    RedrivePolicy: {
      maxReceiveCount: 20,
      deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AuditDetectionsDeadLetters'), 'Arn'] },
    },
  });
  audit.hasResourceProperties('AWS::SQS::Queue', { QueueName: `${detect}-dead-letters` });
});

test('what it remembers is in a table that forgets, can be restored, and stays when the stack goes', () => {
  template().hasResource('AWS::DynamoDB::Table', {
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      TableName: 'strongroom-prod-audit-detections',
      KeySchema: [
        { AttributeName: 'set', KeyType: 'HASH' },
        { AttributeName: 'member', KeyType: 'RANGE' },
      ],
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      BillingMode: 'PAY_PER_REQUEST',
    },
  });
});

test('without a destination it runs all the same, and there is no ledger', () => {
  const stack = constructStack();
  const audit = auditIn(stack, { destinations: [] });
  expect(audit.ledger).toBeUndefined();
  const made = Template.fromStack(stack);
  expect(functionNamed(made, detect)).toMatchObject({
    STRONGROOM_AUDIT_DESTINATIONS: '[]',
    STRONGROOM_AUDIT_QUEUE: url('AuditDetectionsQueue'),
    STRONGROOM_AUDIT_DEAD_LETTERS: url('AuditDetectionsDeadLetters'),
    STRONGROOM_DETECTION_STATE: url('AuditDetectionsState'),
    STRONGROOM_DETECTION_TABLE: 'detections.json',
    STRONGROOM_ALERT_TOPIC: 'arn:aws:sns:eu-west-1:444455556666:platform',
    STRONGROOM_RUNBOOKS: 'docs/runbooks',
  });
  made.resourceCountIs('AWS::DynamoDB::Table', 1);
  made.resourceCountIs('AWS::SecretsManager::Secret', 0);
  expect(() => audit.metricDelivered()).toThrow('set destinations');
  expect(audit.metricAge().metricName).toBe('ApproximateAgeOfOldestMessage');
});

test('the lane pages when it stands, fails or gives up', () => {
  const alarms = propertiesOf(template({ destinations: [] }), 'AWS::CloudWatch::Alarm').filter(({ AlarmName }) =>
    String(AlarmName).startsWith(detect),
  );
  expect(
    alarms.map(({ AlarmName, MetricName, Threshold, AlarmDescription, AlarmActions }) => [
      AlarmName,
      MetricName,
      Threshold,
      /Runbook: (.*)$/.exec(String(AlarmDescription))?.[1],
      AlarmActions,
    ]),
  ).toEqual(
    [
      [`${detect}-dead-letters`, 'ApproximateNumberOfMessagesVisible', 1],
      [`${detect}-age`, 'ApproximateAgeOfOldestMessage', 900],
      [`${detect}-errors`, 'Errors', 1],
    ].map((alarm) => [
      ...alarm,
      'docs/runbooks/detections-stopped.md',
      ['arn:aws:sns:eu-west-1:444455556666:platform'],
    ]),
  );
});

test('its metrics are those that the function emits', () => {
  const { detections } = auditIn(constructStack());
  expect([
    detections!.metricDetections().metricName,
    detections!.metricAlertsSent().dimensions,
    detections!.metricDeadLetters().statistic,
    detections!.metricAge({ statistic: 'Average' }).statistic,
    detections!.metricErrors().metricName,
  ]).toEqual(['Detections', { environment: 'prod' }, 'Maximum', 'Average', 'Errors']);
});

test('nobody else is let in by the constructs that it shows', () => {
  const { detections } = auditIn(constructStack());
  for (const open of [
    () => detections!.queue.grantSendMessages({} as never),
    () => detections!.deadLetterQueue.grantPurge({} as never),
    () => detections!.state.grantReadData({} as never),
    () => detections!.detector.grantInvoke({} as never),
  ]) {
    expect(open).toThrow('would give access that the policies of Strongroom deny');
  }
});

const [role, secret] = ['arn:aws:iam::444455556666:role/prod-payments-api', 'prod/payments/orders-db'];

const access: DeclaredAccess = {
  ...nothingDeclared,
  roles: [{ arn: role, as: 'consumer', runsOn: 'ecs' }],
  secrets: {
    [secret]: {
      application: 'payments',
      owner: 'team-payments',
      readers: [0],
      rotators: [],
      regions: ['eu-west-1'],
    },
  },
};

const suppression: Suppression = {
  rule: 'first-read',
  owner: 'team-payments',
  reason: 'a load test',
  until: '2026-12-31',
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-detections-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** The asset of the function, with its file. */
const assetOf = (stackName: string, change: Change): { readonly asset: string; readonly hash: unknown } => {
  const app = new App({ outdir: join(folder, stackName), context: { '@aws-cdk/core:enablePartitionLiterals': true } });
  const stack = new Stack(app, stackName, { env: { account, region } });
  auditIn(stack, { destinations: [], ...change });
  const { S3Key } = propertiesOf(Template.fromStack(stack), 'AWS::Lambda::Function').find(
    ({ FunctionName }) => FunctionName === detect,
  )!['Code'] as { S3Key: string };
  return { asset: join(folder, stackName, `asset.${S3Key.replace('.zip', '')}`), hash: S3Key };
};

test('the function finds the declared access, the suppressions and the topics next to its code', () => {
  const stack = constructStack();
  const { asset } = assetOf('strongroom-prod-audit', {
    detections: {
      access,
      suppressions: [suppression],
      applicationTopics: { payments: topic(stack, 'payments') },
    },
  });
  expect(readDetectionTable(join(asset, 'detections.json'))).toEqual({
    access: { ...access, auditResources: ['strongroom-prod-audi*'] },
    suppressions: [suppression],
    topics: { payments: 'arn:aws:sns:eu-west-1:444455556666:payments' },
  });
  expect(readFileSync(join(asset, 'index.mjs'), 'utf8')).toContain('STRONGROOM_DETECTION_TABLE');
});

test('another reader is another asset, so the function is deployed with it', () => {
  const hashes = [access, nothingDeclared, access].map(
    (one, index) => assetOf(`Stack${index}`, { detections: { access: one } }).hash,
  );
  expect(hashes[0]).not.toBe(hashes[1]);
});

test('in a stack of another name, queues and buckets of the audit are known by that name', () => {
  const { asset } = assetOf('PaymentsPlatform', {});
  expect(readDetectionTable(join(asset, 'detections.json')).access.auditResources).toEqual([
    'strongroom-prod-audi*',
    'PaymentsPlatform-*',
    'paymentsplatform-*',
  ]);
});

test.each<[string, Change, string]>([
  ['no one to alert', { alertTopic: undefined as never }, 'detections: there is no one to alert: set alertTopic'],
  [
    'the access of another environment',
    { detections: { access: { ...access, environment: 'dev' } } },
    'access is of environment dev, and the construct of prod',
  ],
  ['no account', { detections: { access: { ...access, account: 'prod' } } }, 'access.account must be 12 digits'],
  [
    'a reader that is not there',
    { detections: { access: { ...access, roles: [] } } },
    'access.secrets["prod/payments/orders-db"] names role 0, and access.roles has 0',
  ],
  [
    'a rule that is not there',
    { detections: { suppressions: [{ ...suppression, rule: 'every-read' as never }] } },
    'suppressions[0]: rule must be a detection (got every-read)',
  ],
  [
    'a suppression without a reason',
    { detections: { suppressions: [suppression, { ...suppression, reason: '' }] } },
    'suppressions[1]: owner and reason must say who answers for it, and why',
  ],
  [
    'a suppression without end',
    { detections: { suppressions: [{ ...suppression, until: '' }] } },
    'suppressions[0]: until must be a day, YYYY-MM-DD (got )',
  ],
  [
    'a day that is not one',
    { detections: { suppressions: [{ ...suppression, until: '2026-13-01' }] } },
    'until must be a day, YYYY-MM-DD (got 2026-13-01)',
  ],
])('%s is refused', (_title, change, message) => {
  expect(() => template(change)).toThrow(message);
});

test('a topic of an application whose ARN is not known at synth is refused with what to do', () => {
  const stack = constructStack();
  const made = new Topic(stack, 'Made');
  expect(() => auditIn(stack, { detections: { applicationTopics: { payments: made } } })).toThrow(
    'applicationTopics: the ARN of the topic of payments is not known at synth: import the topic with Topic.fromTopicArn',
  );
});
