/** The audit lane: which events are taken, where they wait, who may touch them, and the files of the trail. */
import { Duration, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { expect, test } from 'vitest';
import { AuditTrail, type AuditTrailProps } from '../../../lib/index.ts';
import { opensearch, securityLake, splunk, syslog } from '../../_fixtures/catalog-model.ts';
import { aliasKey, constructStack } from '../../_helpers/construct-stack.ts';

const auditIn = (stack: Stack, change: Partial<AuditTrailProps> = {}): AuditTrail =>
  new AuditTrail(stack, 'Audit', {
    environment: 'prod',
    destinations: [splunk],
    encryptionKey: aliasKey(stack, 'high'),
    owner: 'team-platform',
    contact: 'platform-oncall',
    ...change,
  });

const template = (change: Partial<AuditTrailProps> = {}): Template => {
  const stack = constructStack();
  auditIn(stack, change);
  return Template.fromStack(stack);
};

const propertiesOf = (from: Template, type: string): Record<string, unknown>[] =>
  Object.values(from.findResources(type)).map(({ Properties }) => Properties as Record<string, unknown>);

test('rules take read events too, of Secrets Manager and of the key when it serves a secret, and changes of keys', () => {
  const rules = rulesFor(template(), 'with a queue');
  expect(rules.map(({ State, EventPattern }) => ({ State, EventPattern }))).toEqual([
    { State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS', EventPattern: { source: ['aws.secretsmanager'] } },
    {
      State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      EventPattern: {
        source: ['aws.kms'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          eventName: ['Decrypt'],
          requestParameters: {
            encryptionContext: {
              SecretARN: [{ prefix: 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:prod/' }],
            },
          },
        },
      },
    },
    {
      State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      EventPattern: {
        source: ['aws.kms'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          eventName: [
            'CreateAlias',
            'DeleteAlias',
            'DisableKey',
            'DisableKeyRotation',
            'PutKeyPolicy',
            'ScheduleKeyDeletion',
            'UpdateAlias',
          ],
        },
      },
    },
    {
      State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      EventPattern: {
        source: ['aws.kms'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: { eventName: ['CreateGrant'], userIdentity: { invokedBy: [{ exists: false }] } },
      },
    },
  ]);
});

const rulesFor = (from: Template, queue: 'with a queue' | 'without'): Record<string, unknown>[] =>
  propertiesOf(from, 'AWS::Events::Rule').filter(
    ({ Targets, EventPattern }) => EventPattern !== undefined && (Targets !== undefined) === (queue === 'with a queue'),
  );

test('what EventBridge can not deliver goes to the dead-letter queue', () => {
  for (const { Targets } of rulesFor(template(), 'with a queue')) {
    expect(Targets).toEqual([
      {
        Id: 'Queue',
        Arn: { 'Fn::GetAtt': [expect.stringMatching(/^AuditEvents/), 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^AuditDeadLetters/), 'Arn'] } },
      },
    ]);
  }
});

test('events wait two weeks, encrypted, before they are normalised, also while the function fails for two days', () => {
  const audit = template();
  audit.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
  audit.hasResourceProperties('AWS::SQS::Queue', {
    VisibilityTimeout: 180,
    RedrivePolicy: {
      maxReceiveCount: 1000,
      deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AuditDeadLetters'), 'Arn'] },
    },
  });
});

test('TLS alone is taken by the queues, and the rules alone send to those before the normaliser', () => {
  const policies = propertiesOf(template(), 'AWS::SQS::QueuePolicy').map(
    ({ PolicyDocument }) => (PolicyDocument as { Statement: Record<string, unknown>[] }).Statement,
  );
  expect(policies.map((statements) => statements.filter(({ Effect }) => Effect === 'Allow').length)).toEqual([
    0, 0, 1, 1, 1,
  ]);
  for (const statements of policies) {
    expect(statements.slice(0, 1)).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
    ]);
  }
  for (const statements of policies.slice(2, 4)) {
    expect(statements).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sqs:SendMessage',
        Principal: { Service: 'events.amazonaws.com' },
        Condition: {
          ArnEquals: {
            'aws:SourceArn': [
              { 'Fn::GetAtt': [expect.stringMatching(/^AuditSecretCalls/), 'Arn'] },
              { 'Fn::GetAtt': [expect.stringMatching(/^AuditKeyUse/), 'Arn'] },
              { 'Fn::GetAtt': [expect.stringMatching(/^AuditKeyGovernance/), 'Arn'] },
              { 'Fn::GetAtt': [expect.stringMatching(/^AuditKeyGrants/), 'Arn'] },
              { 'Fn::GetAtt': [expect.stringMatching(/^AuditHeartbeat/), 'Arn'] },
            ],
          },
        },
      }),
    ]);
  }
});

test('the functions take batches, and return what failed one by one', () => {
  expect(
    propertiesOf(template(), 'AWS::Lambda::EventSourceMapping').map(
      ({ BatchSize, MaximumBatchingWindowInSeconds, FunctionResponseTypes, ScalingConfig }) => ({
        BatchSize,
        MaximumBatchingWindowInSeconds,
        FunctionResponseTypes,
        ScalingConfig,
      }),
    ),
  ).toEqual([
    {
      BatchSize: 10,
      MaximumBatchingWindowInSeconds: undefined,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    },
    {
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 5 },
    },
    {
      BatchSize: 1,
      MaximumBatchingWindowInSeconds: undefined,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 2 },
    },
  ]);
});

const url = (id: string): unknown => ({ Ref: expect.stringMatching(new RegExp(`^${id}`)) as unknown });

const textOf = (value: unknown): unknown =>
  typeof value === 'string' ? value : (value as { 'Fn::Join': [string, unknown[]] })['Fn::Join'][1];

test('the normaliser knows each destination by its queue and its filter', () => {
  const [audit] = propertiesOf(template({ destinations: [splunk, opensearch] }), 'AWS::Lambda::Function').filter(
    ({ FunctionName }) => FunctionName === 'strongroom-prod-audit',
  );
  const { Variables } = audit!['Environment'] as { Variables: Record<string, unknown> };
  expect(Variables).toMatchObject({
    STRONGROOM_ENVIRONMENT: 'prod',
    STRONGROOM_AUDIT_QUEUE: url('AuditEvents'),
    STRONGROOM_AUDIT_QUARANTINE: url('AuditDeadLetters'),
  });
  expect(textOf(Variables['STRONGROOM_AUDIT_DESTINATIONS'])).toEqual([
    '[{"name":"siem","queueUrl":"',
    url('AuditDestinationsiemQueue'),
    '","raw":false},{"name":"search","queueUrl":"',
    url('AuditDestinationsearchQueue'),
    '","events":["GetSecretValue","Rotation*"],"minimumSeverity":"low","raw":true}]',
  ]);
});

test('the function of a destination knows its settings, its queues, the ledger and the name of its secret', () => {
  const variables = Object.fromEntries(
    propertiesOf(template({ destinations: [splunk, syslog] }), 'AWS::Lambda::Function').map(
      ({ FunctionName, Environment }): [string, Record<string, unknown>] => [
        String(FunctionName),
        (Environment as { Variables: Record<string, unknown> }).Variables,
      ],
    ),
  );
  expect(variables['strongroom-prod-audit-siem']).toEqual({
    STRONGROOM_ENVIRONMENT: 'prod',
    STRONGROOM_AUDIT_DESTINATION: JSON.stringify(splunk),
    STRONGROOM_AUDIT_SECRET: 'prod/strongroom/siem',
    STRONGROOM_AUDIT_QUEUE: url('AuditDestinationsiemQueue'),
    STRONGROOM_AUDIT_DEAD_LETTERS: url('AuditDestinationsiemDeadLetters'),
    STRONGROOM_AUDIT_LEDGER: { Ref: expect.stringMatching(/^AuditLedger/) as unknown },
    NODE_OPTIONS: '--enable-source-maps',
  });
  expect(variables['strongroom-prod-audit-syslog']).toMatchObject({
    STRONGROOM_AUDIT_DESTINATION: JSON.stringify(syslog),
    STRONGROOM_AUDIT_QUEUE: url('AuditDestinationsyslogQueue'),
  });
  expect(variables['strongroom-prod-audit-syslog']).not.toHaveProperty('STRONGROOM_AUDIT_SECRET');
});

/** Statements of the policy of a function's role. */
const rightsOf = (from: Template, role: string): Record<string, unknown>[] => {
  const id = Object.entries(from.findResources('AWS::IAM::Role', { Properties: { RoleName: role } }))[0]![0];
  return propertiesOf(from, 'AWS::IAM::ManagedPolicy')
    .filter(({ Roles }) => (Roles as { Ref: string }[]).some(({ Ref }) => Ref === id))
    .flatMap(({ PolicyDocument }) => (PolicyDocument as { Statement: Record<string, unknown>[] }).Statement);
};

test('the function of a destination can use its own queues, its own entries of the ledger and its own secret alone', () => {
  const rights = rightsOf(template({ destinations: [splunk, opensearch, syslog] }), 'strongroom-prod-audit-search');
  const arn = (id: string): unknown => ({ 'Fn::GetAtt': [expect.stringMatching(new RegExp(`^${id}`)), 'Arn'] });
  const secret = { 'Fn::GetAtt': [expect.stringMatching(/^AuditDestinationsearchSecret/), 'Id'] };
  expect(rights).toEqual([
    expect.objectContaining({ Action: ['logs:CreateLogStream', 'logs:PutLogEvents'] }),
    {
      Effect: 'Allow',
      Action: [
        'sqs:ChangeMessageVisibility',
        'sqs:DeleteMessage',
        'sqs:GetQueueAttributes',
        'sqs:ReceiveMessage',
        'sqs:SendMessage',
      ],
      Resource: arn('AuditDestinationsearchQueue'),
    },
    { Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arn('AuditDestinationsearchDeadLetters') },
    {
      Effect: 'Allow',
      Action: ['dynamodb:BatchGetItem', 'dynamodb:BatchWriteItem'],
      Resource: arn('AuditLedger'),
      Condition: {
        'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': ['search#*'] },
        Null: { 'dynamodb:LeadingKeys': 'false' },
      },
    },
    expect.objectContaining({ Resource: secret }),
    expect.objectContaining({
      Action: 'kms:Decrypt',
      Condition: expect.objectContaining({
        StringLike: expect.objectContaining({ 'kms:EncryptionContext:SecretARN': [secret] }) as unknown,
      }) as unknown,
    }),
  ]);
});

test('the normaliser sends to the queues of the destinations, and reads no secret and no ledger', () => {
  const rights = rightsOf(template({ destinations: [splunk, syslog] }), 'strongroom-prod-audit');
  expect(rights.map(({ Action }) => Action)).toEqual([
    ['logs:CreateLogStream', 'logs:PutLogEvents'],
    ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    'sqs:SendMessage',
  ]);
});

test('the function of Security Lake can assume its role with its external id', () => {
  expect(rightsOf(template({ destinations: [securityLake] }), 'strongroom-prod-audit-lake')).toContainEqual({
    Effect: 'Allow',
    Action: 'sts:AssumeRole',
    Resource: securityLake.type === 'security-lake' && securityLake.role,
    Condition: { StringEquals: { 'sts:ExternalId': 'strongroom' } },
  });
});

test('a destination that needs no secret has none, and no alarm about it', () => {
  const stack = constructStack();
  const audit = auditIn(stack, {
    destinations: [syslog],
    alertTopic: Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:444455556666:platform'),
  });
  expect(audit.destinations[0]!.secret).toBeUndefined();
  const made = Template.fromStack(stack);
  made.resourceCountIs('AWS::SecretsManager::Secret', 0);
  expect(propertiesOf(made, 'AWS::CloudWatch::Alarm').map(({ AlarmName }) => AlarmName)).not.toContainEqual(
    expect.stringContaining('secret-changed'),
  );
});

test('the ledger forgets, can be restored, and stays when the stack goes', () => {
  template().hasResource('AWS::DynamoDB::Table', {
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
    Properties: {
      TableName: 'strongroom-prod-audit-ledger',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expires', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      BillingMode: 'PAY_PER_REQUEST',
    },
  });
});

test('messages wait in the queue of a destination for two weeks, however often they are tried', () => {
  template({ destinations: [opensearch] }).hasResourceProperties('AWS::SQS::Queue', {
    MessageRetentionPeriod: 1_209_600,
    // A thousand times are 13 days.
    VisibilityTimeout: 1_124,
    RedrivePolicy: {
      maxReceiveCount: 1000,
      deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AuditDestinationsearchDeadLetters'), 'Arn'] },
    },
  });
});

test('changes of the secret of each destination are counted, and go to no queue a second time', () => {
  const stack = constructStack();
  auditIn(stack, {
    destinations: [splunk, opensearch],
    alertTopic: Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:444455556666:platform'),
  });
  const rules = rulesFor(Template.fromStack(stack), 'without');
  expect(
    rules.map(
      ({ EventPattern }) =>
        (EventPattern as { detail: { requestParameters: { secretId: unknown } } }).detail.requestParameters.secretId,
    ),
  ).toEqual(
    ['prod/strongroom/siem', 'prod/strongroom/search-siem'].map((name) => [
      name,
      { prefix: `arn:aws:secretsmanager:eu-west-1:444455556666:secret:${name}` },
    ]),
  );
  expect(rules[0]).toMatchObject({
    EventPattern: {
      source: ['aws.secretsmanager'],
      detail: { eventName: expect.arrayContaining(['PutSecretValue', 'DeleteSecret']) as unknown },
    },
  });
});

test('the logical ids of what holds events and secrets are those of releases with one SIEM', () => {
  const resources = template().toJSON()['Resources'] as Record<string, { Type: string }>;
  const idsOf = (type: string): string[] => Object.keys(resources).filter((id) => resources[id]!.Type === type);
  expect(idsOf('AWS::SQS::Queue')).toEqual(expect.arrayContaining(['AuditDeadLettersAE82006B', 'AuditEvents9148872F']));
  expect(idsOf('AWS::SecretsManager::Secret')).toEqual(['AuditSiemDestinationSecretDB4B2AD9']);
  expect(idsOf('AWS::DynamoDB::Table')).toEqual(['AuditLedgerCB882B0A']);
});

test.each([
  ['two of one name', [splunk, splunk], 'destinations[1]: name must not be that of another destination (got siem)'],
  ['a name that is taken', [{ ...splunk, name: 'complete' }], 'destinations[0]: name must not be complete'],
  ['a name with a capital', [{ ...splunk, name: 'Splunk' }], 'destinations[0]: name must be lower-case letters'],
  ['a name that is too long', [{ ...splunk, name: 'a'.repeat(44) }], 'name makes a function of 66 characters'],
  ['http', [{ ...splunk, url: 'http://splunk.example.com' }], 'url must begin with https:// (got http://)'],
  ['a login in an address', [{ ...splunk, url: 'https://a:hunter2@b.example' }], 'url must have no credentials'],
  ['a view that the lake has no tables for', [{ ...securityLake, view: 'ecs' as const }], 'view must be ocsf'],
  ['no address', [{ ...splunk, url: 'splunk' }], 'url must be an https address'],
])('%s is refused', (_title, destinations, message) => {
  const attempt = (): unknown => template({ destinations });
  expect(attempt).toThrow(message);
  expect(attempt).not.toThrow('hunter2');
});

test('the trail records reads and writes of all regions into validated, encrypted files', () => {
  template().hasResourceProperties('AWS::CloudTrail::Trail', {
    TrailName: 'strongroom-prod',
    IsLogging: true,
    IsMultiRegionTrail: true,
    IncludeGlobalServiceEvents: true,
    EnableLogFileValidation: true,
    EventSelectors: [{ IncludeManagementEvents: true, ReadWriteType: 'All' }],
    KMSKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AuditTrailKey'), 'Arn'] },
  });
});

test('the buckets of the trail are closed to the public, versioned, and stay when the stack goes', () => {
  const audit = template();
  audit.allResources('AWS::S3::Bucket', {
    DeletionPolicy: 'RetainExceptOnCreate',
    Properties: {
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      VersioningConfiguration: { Status: 'Enabled' },
    },
  });
  audit.hasResourceProperties('AWS::S3::Bucket', {
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'aws:kms' } }],
    },
    LifecycleConfiguration: { Rules: [Match.objectLike({ ExpirationInDays: 400 })] },
  });
});

test('the trail alone names itself to its key: no key of the bucket stands between them', () => {
  const rules = propertiesOf(template(), 'AWS::S3::Bucket').flatMap(
    ({ BucketEncryption }) =>
      (BucketEncryption as { ServerSideEncryptionConfiguration: { BucketKeyEnabled?: boolean }[] })
        .ServerSideEncryptionConfiguration,
  );
  expect(rules.filter(({ BucketKeyEnabled }) => BucketKeyEnabled === true)).toEqual([]);
});

test.each([
  [91, [{ StorageClass: 'GLACIER_IR', TransitionInDays: 90 }]],
  [90, undefined],
  [30, undefined],
])('files kept for %i days are archived only before they expire', (days, transitions) => {
  const files = propertiesOf(template({ trailRetention: Duration.days(days) }), 'AWS::S3::Bucket').flatMap(
    ({ LifecycleConfiguration }) => (LifecycleConfiguration as { Rules: Record<string, unknown>[] }).Rules,
  );
  expect(files.map(({ ExpirationInDays }) => ExpirationInDays)).toEqual([days, days]);
  expect(files.find(({ Transitions }) => Transitions !== undefined)?.['Transitions']).toEqual(transitions);
});

test('access to the files of the trail is logged into a bucket that takes it from S3 alone', () => {
  const audit = template();
  const accessLog = { Ref: Match.stringLikeRegexp('^AuditTrailAccessLog') };
  audit.hasResourceProperties('AWS::S3::Bucket', { LoggingConfiguration: { DestinationBucketName: accessLog } });
  audit.hasResourceProperties('AWS::S3::BucketPolicy', {
    Bucket: accessLog,
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Allow',
          Action: 's3:PutObject',
          Principal: { Service: 'logging.s3.amazonaws.com' },
          Condition: {
            ArnLike: { 'aws:SourceArn': { 'Fn::GetAtt': [Match.stringLikeRegexp('^AuditTrailFiles'), 'Arn'] } },
            StringEquals: { 'aws:SourceAccount': '444455556666' },
          },
        }),
      ]),
    },
  });
});

test('a trail that exists is used as it is', () => {
  const audit = template({ trail: 'existing' });
  audit.resourceCountIs('AWS::CloudTrail::Trail', 0);
  audit.resourceCountIs('AWS::S3::Bucket', 0);
  audit.resourceCountIs('AWS::Events::Rule', 5);
});

test('a lane that stands or fails pages the contact of the platform, with what to do', () => {
  const stack = constructStack();
  auditIn(stack, {
    destinations: [opensearch],
    alertTopic: Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:444455556666:platform'),
    runbooks: 'https://git.example.com/runbooks',
  });
  const alarms = propertiesOf(Template.fromStack(stack), 'AWS::CloudWatch::Alarm');
  expect(
    alarms.map(({ AlarmName, MetricName, Threshold, AlarmDescription }) => [
      AlarmName,
      MetricName,
      Threshold,
      /Runbook: https:\/\/git.example.com\/runbooks\/(.*)\.md$/.exec(String(AlarmDescription))?.[1],
    ]),
  ).toEqual([
    ['strongroom-prod-audit-search-dead-letters', 'ApproximateNumberOfMessagesVisible', 1, 'audit-dead-letters'],
    ['strongroom-prod-audit-search-age', undefined, 900, 'audit-delayed'],
    ['strongroom-prod-audit-search-wait-ends', undefined, 864_000, 'audit-delayed'],
    ['strongroom-prod-audit-search-errors', 'Errors', 1, 'audit-errors'],
    ['strongroom-prod-audit-search-secret-changed', 'TriggeredRules', 1, 'audit-secret-changed'],
    ['strongroom-prod-audit-heartbeat', 'AuditHeartbeat', 1, 'audit-heartbeat'],
    ['strongroom-prod-audit-quarantine', 'ApproximateNumberOfMessagesVisible', 1, 'audit-quarantine'],
    ['strongroom-prod-audit-age', 'ApproximateAgeOfOldestMessage', 900, 'audit-delayed'],
    ['strongroom-prod-audit-errors', 'Errors', 1, 'audit-errors'],
    ['strongroom-prod-audit-search-incomplete', 'AuditCompleteness', 1, 'audit-incomplete'],
    ['strongroom-prod-audit-complete-age', 'ApproximateAgeOfOldestMessage', 7200, 'audit-incomplete'],
    ['strongroom-prod-audit-complete-errors', 'Errors', 1, 'audit-errors'],
  ]);
  expect(new Set(alarms.flatMap(({ AlarmActions }) => AlarmActions))).toEqual(
    new Set(['arn:aws:sns:eu-west-1:444455556666:platform']),
  );
});

test('without a destination there is the trail alone', () => {
  const stack = constructStack();
  const audit = new AuditTrail(stack, 'Audit', {
    environment: 'prod',
    encryptionKey: aliasKey(stack, 'high'),
    owner: 'team-platform',
    contact: 'platform-oncall',
  });
  expect([audit.lane, audit.ledger, audit.destinations]).toEqual([undefined, undefined, []]);
  const types = Object.values(Template.fromStack(stack).toJSON()['Resources'] as object).map(
    ({ Type }: { Type: string }) => Type,
  );
  expect(types).toContain('AWS::CloudTrail::Trail');
  for (const type of [
    'SecretsManager::Secret',
    'DynamoDB::Table',
    'Lambda::Function',
    'SQS::Queue',
    'Events::Rule',
    'IAM::Role',
  ]) {
    expect(types).not.toContain(`AWS::${type}`);
  }
});

test('the age of events counts those that the function gave back, which the metric of SQS leaves out', () => {
  const stack = constructStack();
  auditIn(stack, { destinations: [opensearch], alertTopic: new Topic(stack, 'Topic') });
  for (const AlarmName of ['strongroom-prod-audit-search-age', 'strongroom-prod-audit-search-wait-ends']) {
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName,
      Metrics: [
        Match.objectLike({ Expression: 'MAX([FILL(queued, 0), FILL(returned, 0)])' }),
        Match.objectLike({
          Id: 'queued',
          MetricStat: Match.objectLike({ Metric: Match.objectLike({ MetricName: 'ApproximateAgeOfOldestMessage' }) }),
          ReturnData: false,
        }),
        Match.objectLike({
          Id: 'returned',
          MetricStat: Match.objectLike({
            Metric: Match.objectLike({ MetricName: 'AuditOldestWaiting', Namespace: 'Strongroom' }),
            Stat: 'Maximum',
          }),
          ReturnData: false,
        }),
      ],
    });
  }
});
