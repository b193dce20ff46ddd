/** The audit lane: which events are taken, where they wait, who may touch them, and the files of the trail. */
import { Duration, type Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { expect, test } from 'vitest';
import { AuditTrail, type AuditTrailProps } from '../../../lib/index.ts';
import { aliasKey, constructStack } from '../../_helpers/construct-stack.ts';

const auditIn = (stack: Stack, change: Partial<AuditTrailProps> = {}): AuditTrail =>
  new AuditTrail(stack, 'Audit', {
    environment: 'prod',
    siem: { url: 'https://splunk.example.com:8088', index: 'aws_secrets' },
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
  const rules = propertiesOf(template(), 'AWS::Events::Rule');
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
        source: ['aws.secretsmanager'],
        'detail-type': ['AWS API Call via CloudTrail'],
        detail: {
          eventName: [
            'CancelRotateSecret',
            'DeleteResourcePolicy',
            'DeleteSecret',
            'PutResourcePolicy',
            'PutSecretValue',
            'RestoreSecret',
            'RotateSecret',
            'UpdateSecret',
            'UpdateSecretVersionStage',
          ],
          requestParameters: {
            secretId: [
              'prod/strongroom/siem',
              { prefix: 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:prod/strongroom/siem' },
            ],
          },
          errorCode: [{ exists: false }],
        },
      },
    },
  ]);
});

test('what EventBridge can not deliver goes to the dead-letter queue', () => {
  for (const { Targets } of propertiesOf(template(), 'AWS::Events::Rule')) {
    expect(Targets).toEqual([
      {
        Id: 'Queue',
        Arn: { 'Fn::GetAtt': [expect.stringMatching(/^AuditEvents/), 'Arn'] },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [expect.stringMatching(/^AuditDeadLetters/), 'Arn'] } },
      },
    ]);
  }
});

test('events wait two weeks, encrypted, and ten failed deliveries send one to the dead letters', () => {
  const audit = template();
  audit.allResourcesProperties('AWS::SQS::Queue', { SqsManagedSseEnabled: true, MessageRetentionPeriod: 1_209_600 });
  audit.hasResourceProperties('AWS::SQS::Queue', {
    VisibilityTimeout: 180,
    RedrivePolicy: {
      maxReceiveCount: 10,
      deadLetterTargetArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AuditDeadLetters'), 'Arn'] },
    },
  });
});

test('the rules alone send to the queues, and TLS alone is taken', () => {
  for (const { PolicyDocument } of propertiesOf(template(), 'AWS::SQS::QueuePolicy')) {
    expect((PolicyDocument as { Statement: unknown[] }).Statement).toEqual([
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
              { 'Fn::GetAtt': [expect.stringMatching(/^AuditSiemSecretChanges/), 'Arn'] },
            ],
          },
        },
      }),
    ]);
  }
});

test('the forwarder takes batches, and returns what failed one by one', () => {
  template().hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    FunctionResponseTypes: ['ReportBatchItemFailures'],
    ScalingConfig: { MaximumConcurrency: 5 },
  });
});

test('the forwarder knows the environment, the address, the index and the name of the secret, and not the secret', () => {
  template().hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'strongroom-prod-audit-forwarder',
    Environment: {
      Variables: {
        STRONGROOM_ENVIRONMENT: 'prod',
        STRONGROOM_SIEM_SECRET: 'prod/strongroom/siem',
        STRONGROOM_SIEM_URL: 'https://splunk.example.com:8088',
        STRONGROOM_SIEM_INDEX: 'aws_secrets',
        STRONGROOM_SIEM_SOURCE_TYPE: 'ocsf:api_activity',
      },
    },
  });
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
  audit.resourceCountIs('AWS::Events::Rule', 4);
});

test('a lane that stands or fails pages the contact of the platform', () => {
  const stack = constructStack();
  auditIn(stack, { alertTopic: Topic.fromTopicArn(stack, 'Topic', 'arn:aws:sns:eu-west-1:444455556666:platform') });
  const alarms = propertiesOf(Template.fromStack(stack), 'AWS::CloudWatch::Alarm');
  expect(alarms.map(({ MetricName, Threshold }) => [MetricName, Threshold])).toEqual([
    ['ApproximateNumberOfMessagesVisible', 1],
    ['ApproximateAgeOfOldestMessage', 900],
    ['Errors', 1],
    ['TriggeredRules', 1],
  ]);
  expect(new Set(alarms.flatMap(({ AlarmActions }) => AlarmActions))).toEqual(
    new Set(['arn:aws:sns:eu-west-1:444455556666:platform']),
  );
});

test('without a SIEM there is the trail alone', () => {
  const stack = constructStack();
  const audit = new AuditTrail(stack, 'Audit', {
    environment: 'prod',
    encryptionKey: aliasKey(stack, 'high'),
    owner: 'team-platform',
    contact: 'platform-oncall',
  });
  expect(audit.lane).toBeUndefined();
  const types = Object.values(Template.fromStack(stack).toJSON()['Resources'] as object).map(
    ({ Type }: { Type: string }) => Type,
  );
  expect(types).toContain('AWS::CloudTrail::Trail');
  for (const type of ['SecretsManager::Secret', 'Lambda::Function', 'SQS::Queue', 'Events::Rule', 'IAM::Role']) {
    expect(types).not.toContain(`AWS::${type}`);
  }
});
