/** The complete lane: which files are read by whom, where their notifications wait, and what pages. */
import { Duration } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { expect, test } from 'vitest';
import { createNormaliseHandler } from '../../../lambdas/audit/fan-out/create-normalise-handler.ts';
import { Redactor } from '../../../lambdas/runtime/redaction.ts';
import { isAuditRecord } from '../../../lib/contract/index.ts';
import { AuditTrail, type AuditTrailProps } from '../../../lib/index.ts';
import { apiCall, kmsDecrypt, sqsBatch } from '../../_fixtures/cloudtrail.ts';
import { opensearch, splunk } from '../../_fixtures/catalog-model.ts';
import { aliasKey, constructStack } from '../../_helpers/construct-stack.ts';
import { keptLog } from '../../_helpers/middleware-scene.ts';
import { SqsModel } from '../../_helpers/sqs-model.ts';

const template = (change: Partial<AuditTrailProps> = {}): Template => {
  const stack = constructStack();
  new AuditTrail(stack, 'Audit', {
    environment: 'prod',
    destinations: [splunk, opensearch],
    encryptionKey: aliasKey(stack, 'high'),
    owner: 'team-platform',
    contact: 'platform-oncall',
    alertTopic: new Topic(stack, 'Topic'),
    ...change,
  });
  return Template.fromStack(stack);
};

const one = (of: Template, type: string, properties: object): { id: string; properties: Record<string, unknown> } => {
  const found = Object.entries(of.findResources(type, { Properties: properties }));
  expect(found).toHaveLength(1);
  const [[id, resource] = ['', {}]] = found;
  return { id, properties: (resource as { Properties: Record<string, unknown> }).Properties };
};

test('new files of the account and region are notified, and no digest', () => {
  template().hasResourceProperties('AWS::S3::Bucket', {
    NotificationConfiguration: {
      QueueConfigurations: [
        {
          Event: 's3:ObjectCreated:*',
          Filter: {
            S3Key: {
              Rules: [
                { Name: 'prefix', Value: 'AWSLogs/444455556666/CloudTrail/eu-west-1/' },
                { Name: 'suffix', Value: '.json.gz' },
              ],
            },
          },
        },
      ],
    },
  });
});

test('files of the regions of replicas are notified and read too: a trail of all regions writes them', () => {
  const of = template({ replicaRegions: ['eu-central-1'] });
  const prefixes = ['eu-west-1', 'eu-central-1'].map((at) => `AWSLogs/444455556666/CloudTrail/${at}/`);
  of.hasResourceProperties('AWS::S3::Bucket', {
    NotificationConfiguration: {
      QueueConfigurations: prefixes.map((Value) => ({
        Filter: {
          S3Key: {
            Rules: [
              { Name: 'prefix', Value },
              { Name: 'suffix', Value: '.json.gz' },
            ],
          },
        },
      })),
    },
  });
  const { properties } = one(of, 'AWS::Lambda::Function', { FunctionName: 'strongroom-prod-audit-complete' });
  expect(JSON.stringify(properties)).toContain('\\"regions\\":[\\"eu-west-1\\",\\"eu-central-1\\"]');
  const policies = JSON.stringify(of.findResources('AWS::IAM::ManagedPolicy'));
  for (const prefix of prefixes) expect(policies).toContain(`${prefix}*`);
});

test('notifications wait for 15 minutes, and then in the quarantine', () => {
  const of = template();
  const { properties } = one(of, 'AWS::SQS::Queue', { DelaySeconds: 900 });
  expect(properties).toMatchObject({
    SqsManagedSseEnabled: true,
    MessageRetentionPeriod: Duration.days(14).toSeconds(),
    VisibilityTimeout: Duration.hours(1).toSeconds(),
    RedrivePolicy: {
      maxReceiveCount: 20,
      deadLetterTargetArn: { 'Fn::GetAtt': [expect.stringContaining('DeadLetters'), 'Arn'] },
    },
  });
});

test('S3 alone sends to the queue, from the account', () => {
  template().hasResourceProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Sid: 'SendByS3',
          Principal: { Service: 's3.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Condition: {
            StringEquals: { 'aws:SourceAccount': '444455556666' },
            ArnLike: { 'aws:SourceArn': 'arn:aws:s3:::*' },
          },
        }),
      ]),
    },
  });
});

test('the function reads the trail’s files and nothing else, and writes counts alone', () => {
  const of = template();
  const { properties } = one(of, 'AWS::Lambda::Function', { FunctionName: 'strongroom-prod-audit-complete' });
  expect(properties).toMatchObject({ Timeout: 600 });
  const policies = Object.values(of.findResources('AWS::IAM::ManagedPolicy')).map(({ Properties }) =>
    JSON.stringify(Properties),
  );
  const policy = policies.find((text) => text.includes('kms:EncryptionContext:aws:cloudtrail:arn')) ?? '';
  const { PolicyDocument } = JSON.parse(policy) as { PolicyDocument: { Statement: { Action: string | string[] }[] } };
  const actions = PolicyDocument.Statement.flatMap(({ Action }) => Action).filter(
    (action) => !/^(sqs|logs|xray):/.test(action),
  );
  expect([...new Set(actions)].sort()).toEqual([
    'dynamodb:BatchGetItem',
    'dynamodb:UpdateItem',
    'kms:Decrypt',
    's3:GetObject',
    's3:GetObjectVersion',
    's3:ListBucket',
  ]);
  expect(policy).toContain('/AWSLogs/444455556666/CloudTrail/eu-west-1/*');
  expect(policy).toContain('"dynamodb:LeadingKeys":["completeness#*"]');
});

test('the function selects what the rules take', () => {
  const of = template();
  const { properties } = one(of, 'AWS::Lambda::Function', { FunctionName: 'strongroom-prod-audit-complete' });
  const text = JSON.stringify(properties['Environment']);
  const secrets = /arn:aws:secretsmanager:eu-west-1:444455556666:secret:prod\//.exec(text)?.[0] ?? '';
  const decrypt = (SecretARN: string) => kmsDecrypt({ requestParameters: { encryptionContext: { SecretARN } } });
  expect(isAuditRecord(decrypt(`${secrets}payments/orders-db-a1B2c3`), [secrets])).toBe(true);
  expect(isAuditRecord(decrypt(secrets.replace('prod/', 'dev/')), [secrets])).toBe(false);
  expect(isAuditRecord(apiCall('GetSecretValue'), [secrets])).toBe(true);
});

test('an incomplete destination pages, and a heartbeat that is missing', () => {
  const of = template();
  for (const destination of [splunk.name, opensearch.name]) {
    of.hasResourceProperties('AWS::CloudWatch::Alarm', {
      AlarmName: `strongroom-prod-audit-${destination}-incomplete`,
      MetricName: 'AuditCompleteness',
      Statistic: 'Minimum',
      Threshold: 1,
      ComparisonOperator: 'LessThanThreshold',
      TreatMissingData: 'notBreaching',
      AlarmDescription: Match.stringLikeRegexp('docs/runbooks/audit-incomplete.md'),
    });
  }
  of.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'strongroom-prod-audit-heartbeat',
    MetricName: 'AuditHeartbeat',
    EvaluationPeriods: 3,
    Period: 300,
    InsufficientDataActions: Match.anyValue(),
  });
});

test('the heartbeat goes through the queue of the fast lane every five minutes', () => {
  const { properties } = one(template(), 'AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' });
  const [target] = properties['Targets'] as { InputTransformer: { InputTemplate: string } }[];
  const event = JSON.parse(target!.InputTransformer.InputTemplate.replaceAll(/<(\w+)>/g, '"$1"')) as unknown;
  expect(event).toMatchObject({
    'detail-type': 'Strongroom Audit Heartbeat',
    source: 'strongroom.audit',
    id: 'id',
    detail: { environment: 'prod' },
  });
});

test('the normaliser counts the heartbeat that the rule sends', async () => {
  const { properties } = one(template(), 'AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' });
  const [target] = properties['Targets'] as { InputTransformer: { InputTemplate: string } }[];
  const event: Readonly<Record<string, string>> = {
    id: 'e-1',
    account: '111122223333',
    region: 'eu-west-1',
    time: '2026-11-21T10:15:00Z',
  };
  const sent = target!.InputTransformer.InputTemplate.replaceAll(/<(\w+)>/g, (_, name: string) =>
    JSON.stringify(event[name]),
  );
  const { log, lines } = keptLog();
  const queues = new SqsModel({ now: () => 0, random: () => 0.5, duplicates: 0 });
  const queueUrl = queues.create('strongroom-dev-audit');
  const handler = createNormaliseHandler({
    environment: 'prod',
    region: 'eu-west-1',
    log,
    redactor: new Redactor(),
    queues,
    queueUrl,
    quarantineUrl: queues.create('strongroom-dev-audit-quarantine'),
    destinations: [],
  });

  await handler(sqsBatch(JSON.parse(sent)), { getRemainingTimeInMillis: () => 60_000 });

  expect(lines).toContainEqual(expect.objectContaining({ environment: 'prod', AuditHeartbeat: 1 }));
});

test('there is no complete lane without a trail of its own, or without a destination', () => {
  for (const change of [{ trail: 'existing' as const }, { destinations: [] }]) {
    expect(
      template(change).findResources('AWS::Lambda::Function', {
        Properties: { FunctionName: 'strongroom-prod-audit-complete' },
      }),
    ).toEqual({});
  }
});
