/** Records as AWS writes them, through the normaliser, to the detection. Each line is one of the specification. */
import { describe, expect, it } from 'vitest';
import { normalise } from '../../../../lambdas/audit/normalise/normalise.ts';
import type { DetectionName } from '../../../../lib/contract/index.ts';
import {
  apiCall,
  deniedCall,
  eventBridge,
  kmsDecrypt,
  serviceEvent,
  type JsonRecord,
} from '../../../_fixtures/cloudtrail.ts';
import { account, detectEvents, iam, key, many, roles, secretArn } from './scene.ts';

const name = 'prod/payments/orders-db';
const ordersDb = secretArn(name);

const roleIdentity = (arn: string, session = 'session', more: JsonRecord = {}): JsonRecord => ({
  type: 'AssumedRole',
  principalId: `AROAEXAMPLEEXAMPLE123:${session}`,
  arn: `arn:aws:sts::${account}:assumed-role/${arn.split('/').at(-1) ?? ''}/${session}`,
  accountId: account,
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  sessionContext: {
    sessionIssuer: {
      type: 'Role',
      principalId: 'AROAEXAMPLEEXAMPLE123',
      arn,
      accountId: account,
      userName: arn.split('/').at(-1),
    },
    attributes: { creationDate: '2026-11-21T09:00:00Z', mfaAuthenticated: 'false' },
  },
  ...more,
});

const someone = roleIdentity(iam('someone'), 'botocore-session-1732184130');
const byDeployment = roleIdentity(roles.deployer, 'AWSCloudFormation', { invokedBy: 'cloudformation.amazonaws.com' });

/** Of Secrets Manager unless `more` has another source. */
const call = (eventName: string, more: JsonRecord = {}): JsonRecord =>
  apiCall(eventName, { userIdentity: someone, requestParameters: { secretId: ordersDb }, ...more });

const of = (service: string, eventName: string, requestParameters: JsonRecord, more: JsonRecord = {}): JsonRecord =>
  call(eventName, { eventSource: `${service}.amazonaws.com`, requestParameters, ...more });

/** CloudTrail writes no request parameters of a refused call of Secrets Manager. */
const refused = (eventName: string, resource: string, more: JsonRecord = {}): JsonRecord =>
  deniedCall(eventName, {
    userIdentity: someone,
    errorMessage: `User: ${String(someone['arn'])} is not authorized to perform: secretsmanager:${eventName} on resource: ${resource} because no identity-based policy allows the secretsmanager:${eventName} action`,
    ...more,
  });

const trail = `arn:aws:cloudtrail:eu-west-1:${account}:trail/strongroom-prod-trail-files`;
const queue = `https://sqs.eu-west-1.amazonaws.com/${account}/strongroom-prod-audit-dead-letters`;
const everyEvent = { readWriteType: 'All', includeManagementEvents: true, dataResources: [] };
const selectors = (eventSelectors: JsonRecord[], more: JsonRecord = {}): JsonRecord =>
  of('cloudtrail', 'PutEventSelectors', { trailName: trail, eventSelectors }, more);
const lifecycle = (days: number): JsonRecord =>
  of('s3', 'PutBucketLifecycle', {
    bucketName: 'strongroom-prod-trail-files',
    Host: 'strongroom-prod-trail-files.s3.eu-west-1.amazonaws.com',
    lifecycle: '',
    LifecycleConfiguration: {
      xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/',
      Rule: { ID: 'soon', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: days } },
    },
  });
const mapping = (functionName: string): JsonRecord =>
  of(
    'lambda',
    'UpdateEventSourceMapping20150331',
    { uUID: 'a1b2c3d4-0000-4000-8000-000000000001', enabled: false },
    {
      responseElements: {
        uUID: 'a1b2c3d4-0000-4000-8000-000000000001',
        eventSourceArn: `arn:aws:sqs:eu-west-1:${account}:strongroom-prod-audit`,
        functionArn: `arn:aws:lambda:eu-west-1:${account}:function:${functionName}`,
        state: 'Disabling',
      },
    },
  );
const ofFunction = (eventName: string, functionName: string): JsonRecord => of('lambda', eventName, { functionName });
const rotationFunction = 'strongroom-prod-rotation-postgres';
const readOf = (secret: string, more: JsonRecord = {}): JsonRecord =>
  call('GetSecretValue', { requestParameters: { secretId: secretArn(secret) }, ...more });
const decryption = (more: JsonRecord = {}): JsonRecord =>
  kmsDecrypt({
    userIdentity: roleIdentity(roles.api, '0123456789abcdef0123456789abcdef', {
      invokedBy: 'secretsmanager.amazonaws.com',
    }),
    requestParameters: {
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      encryptionContext: { SecretARN: ordersDb, SecretVersionId: '0a8f7b5c-1d2e-4f3a-9b8c-7d6e5f4a3b2c' },
    },
    resources: [{ accountId: account, type: 'AWS::KMS::Key', ARN: `arn:aws:kms:eu-west-1:${account}:key/${key}` }],
    ...more,
  });

type Row = readonly [what: string, rule: DetectionName, ...records: readonly JsonRecord[]];

const found: readonly Row[] = [
  ['a read by an undeclared principal', 'undeclared-read', call('GetSecretValue')],
  ['a read by its name', 'undeclared-read', call('GetSecretValue', { requestParameters: { secretId: name } })],
  [
    'a read by its ARN without the last six characters',
    'undeclared-read',
    call('GetSecretValue', { requestParameters: { secretId: ordersDb.slice(0, -7) } }),
  ],
  [
    'a read by a user',
    'undeclared-read',
    call('GetSecretValue', {
      userIdentity: {
        type: 'IAMUser',
        principalId: 'AIDAEXAMPLE',
        arn: `arn:aws:iam::${account}:user/mallory`,
        accountId: account,
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        userName: 'mallory',
      },
    }),
  ],
  [
    'many secrets of a batch: a record for each',
    'many-secrets',
    call('BatchGetSecretValue', { requestParameters: { secretIdList: many.slice(0, 20) } }),
    ...many.slice(0, 20).map((secret) => readOf(secret)),
  ],
  [
    'many secrets across regions, refused',
    'many-secrets',
    ...many.slice(0, 20).map((secret, index) =>
      refused('GetSecretValue', secretArn(secret, index % 2 === 0 ? 'eu-west-1' : 'us-east-1'), {
        awsRegion: index % 2 === 0 ? 'eu-west-1' : 'us-east-1',
      }),
    ),
  ],
  [
    'a burst of AccessDenied over five secrets',
    'denied-burst',
    ...many.slice(0, 5).map((secret) => refused('GetSecretValue', secret)),
  ],
  [
    'a read past the VPC endpoint',
    'unexpected-network',
    call('GetSecretValue', {
      userIdentity: roleIdentity(roles.api, '0123456789abcdef0123456789abcdef'),
      sourceIPAddress: '203.0.113.9',
    }),
  ],
  [
    'KMS called by hand with the value of a secret',
    'decrypt-without-read',
    decryption({ userIdentity: someone, sourceIPAddress: '203.0.113.9' }),
  ],
  [
    'a rotation that failed',
    'rotation-failed',
    serviceEvent('RotationFailed', { additionalEventData: { SecretId: ordersDb } }),
  ],
  [
    'a rotation that was abandoned',
    'rotation-failed',
    serviceEvent('RotationAbandoned', { additionalEventData: { SecretId: ordersDb } }),
  ],
  ['a rotation turned off by hand', 'rotation-failed', call('CancelRotateSecret')],
  ['the code of a rotation function', 'rotation-changed', ofFunction('UpdateFunctionCode20150331v2', rotationFunction)],
  [
    'the environment of a rotation function, by a partial ARN',
    'rotation-changed',
    ofFunction('UpdateFunctionConfiguration20150331v2', `${account}:function:${rotationFunction}`),
  ],
  [
    'the role of a rotation function',
    'rotation-changed',
    of(
      'iam',
      'UpdateAssumeRolePolicy',
      { roleName: rotationFunction, policyDocument: '{}' },
      { awsRegion: 'us-east-1' },
    ),
  ],
  [
    'another function as the one that rotates',
    'rotation-changed',
    call('RotateSecret', {
      requestParameters: {
        secretId: ordersDb,
        clientRequestToken: 'ab5fb0b9-1111-4222-8333-444455556666',
        rotationLambdaARN: `arn:aws:lambda:eu-west-1:${account}:function:thief`,
      },
    }),
  ],
  [
    'another schedule of a rotation',
    'rotation-changed',
    call('RotateSecret', {
      requestParameters: { secretId: name, rotationRules: { automaticallyAfterDays: 1000 }, rotateImmediately: false },
    }),
  ],
  [
    'a label moved by someone else',
    'label-moved',
    call('UpdateSecretVersionStage', {
      requestParameters: { secretId: ordersDb, versionStage: 'AWSCURRENT', moveToVersionId: 'v2' },
      responseElements: { arn: ordersDb, name },
    }),
  ],
  [
    'a deletion with recovery',
    'secret-deleted',
    call('DeleteSecret', {
      requestParameters: { secretId: ordersDb, recoveryWindowInDays: 30 },
      responseElements: { arn: ordersDb, name, deletionDate: 'Dec 21, 2026, 10:15:30 AM' },
    }),
  ],
  [
    'a deletion without recovery',
    'secret-deleted',
    call('DeleteSecret', { requestParameters: { secretId: ordersDb, forceDeleteWithoutRecovery: true } }),
  ],
  [
    'a resource policy made public',
    'policy-changed',
    call('PutResourcePolicy', {
      requestParameters: {
        secretId: ordersDb,
        resourcePolicy: '{"Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:*","Resource":"*"}]}',
        blockPublicPolicy: false,
      },
    }),
  ],
  [
    'a replica in an undeclared region',
    'replicated-elsewhere',
    call('ReplicateSecretToRegions', {
      requestParameters: {
        secretId: ordersDb,
        addReplicaRegions: [{ region: 'us-east-1', kmsKeyId: 'alias/aws/secretsmanager' }],
        forceOverwriteReplicaSecret: false,
      },
    }),
  ],
  ['a key disabled', 'key-changed', decryption(), of('kms', 'DisableKey', { keyId: key })],
  [
    'a key scheduled for deletion',
    'key-changed',
    decryption(),
    of('kms', 'ScheduleKeyDeletion', { keyId: key, pendingWindowInDays: 7 }),
  ],
  [
    'the material of a key deleted',
    'key-changed',
    decryption(),
    of('kms', 'DeleteImportedKeyMaterial', { keyId: key }),
  ],
  [
    'the policy of a key',
    'key-changed',
    decryption(),
    of('kms', 'PutKeyPolicy', { keyId: key, policyName: 'default', policy: '{}' }),
  ],
  [
    'a grant on a key',
    'key-changed',
    decryption(),
    of(
      'kms',
      'CreateGrant',
      { keyId: key, granteePrincipal: `arn:aws:iam::999999999999:root`, operations: ['Decrypt'] },
      {
        responseElements: { grantId: 'abcde1237f76e4ba7987489ac329fbfba6ad343d6f7075dbd1ef191f0120514a' },
        resources: [{ accountId: account, type: 'AWS::KMS::Key', ARN: `arn:aws:kms:eu-west-1:${account}:key/${key}` }],
      },
    ),
  ],
  ['the trail stopped', 'audit-tampering', of('cloudtrail', 'StopLogging', { name: trail })],
  [
    'selectors that leave out management events',
    'audit-tampering',
    selectors([{ ...everyEvent, includeManagementEvents: false }]),
  ],
  [
    'selectors that leave out KMS, by the deployment',
    'audit-tampering',
    selectors([{ ...everyEvent, excludeManagementEventSources: ['kms.amazonaws.com'] }], {
      userIdentity: byDeployment,
    }),
  ],
  [
    'advanced selectors that leave out reads, by the deployment',
    'audit-tampering',
    of(
      'cloudtrail',
      'PutEventSelectors',
      {
        trailName: 'strongroom-prod-trail-files',
        advancedEventSelectors: [
          {
            name: 'writes',
            fieldSelectors: [
              { field: 'eventCategory', equals: ['Management'] },
              { field: 'readOnly', equals: ['false'] },
            ],
          },
        ],
      },
      { userIdentity: byDeployment },
    ),
  ],
  ['a rule disabled', 'audit-tampering', of('events', 'DisableRule', { name: 'strongroom-prod-audit' })],
  [
    'the target of a rule replaced',
    'audit-tampering',
    of('events', 'PutTargets', {
      rule: 'strongroom-prod-audit',
      targets: [{ id: 'Queue', arn: `arn:aws:sqs:eu-west-1:${account}:elsewhere` }],
    }),
  ],
  ['a queue purged', 'audit-tampering', of('sqs', 'PurgeQueue', { queueUrl: queue })],
  ['a queue stopped by its mapping, which has an id only', 'audit-tampering', mapping('strongroom-prod-audit')],
  [
    'the code of the function, with a qualifier',
    'audit-tampering',
    ofFunction(
      'UpdateFunctionCode20150331v2',
      `arn:aws:lambda:eu-west-1:${account}:function:strongroom-prod-audit:live`,
    ),
  ],
  ['the lifecycle of the trail’s bucket shortened', 'audit-tampering', lifecycle(1)],
  [
    'the notifications of the trail’s bucket',
    'audit-tampering',
    of('s3', 'PutBucketNotification', {
      bucketName: 'strongroom-prod-trail-files',
      notification: '',
      NotificationConfiguration: { xmlns: 'http://s3.amazonaws.com/doc/2006-03-01/' },
    }),
  ],
  [
    'the break-glass role assumed',
    'break-glass-assumed',
    of(
      'sts',
      'AssumeRole',
      { roleArn: roles.breakGlass, roleSessionName: 'ann@example.com', durationSeconds: 3600 },
      { responseElements: { credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', expiration: 'Nov 21, 2026' } } },
    ),
  ],
  [
    'a read of production by a person, in a role that the console switched to',
    'human-read',
    call('GetSecretValue', { sessionCredentialFromConsole: 'true' }),
  ],
  [
    'credentials of a task’s role outside of a task',
    'outside-workload',
    call('ListSecrets', { userIdentity: roleIdentity(roles.api, 'mallory'), requestParameters: null }),
  ],
  [
    'credentials of a rotation role outside of its function',
    'outside-workload',
    call('DescribeSecret', { userIdentity: roleIdentity(roles.rotation, 'botocore-session-1') }),
  ],
  [
    'list, describe and get across regions',
    'enumeration',
    call('ListSecrets', { requestParameters: { maxResults: 100 }, awsRegion: 'us-east-1' }),
    ...many.slice(0, 3).map((secret) => call('DescribeSecret', { requestParameters: { secretId: secretArn(secret) } })),
    call('GetSecretValue', { awsRegion: 'eu-central-1' }),
  ],
  [
    'a batch read whose filter matches everything',
    'batch-of-everything',
    call('BatchGetSecretValue', { requestParameters: { filters: [{ key: 'name', values: ['!x'] }], maxResults: 20 } }),
  ],
  ['a honey secret read', 'honey-secret', readOf('prod/payments/bait')],
  ['a honey secret refused', 'honey-secret', refused('GetSecretValue', secretArn('prod/payments/bait'))],
  ['a honey secret refused by its name', 'honey-secret', refused('GetSecretValue', 'prod/payments/bait')],
];

const expected: readonly Row[] = [
  [
    'a deployment reads nothing of Secrets Manager’s',
    'undeclared-read',
    call('DescribeSecret', { userIdentity: byDeployment }),
  ],
  [
    'the rotation reads twice per run',
    'undeclared-read',
    ...[1, 2].map(() =>
      call('GetSecretValue', { userIdentity: roleIdentity(roles.rotation, 'strongroom-prod-rotation-postgres') }),
    ),
  ],
  [
    'an operator starts a rotation',
    'rotation-changed',
    call('RotateSecret', {
      userIdentity: roleIdentity(roles.operator, 'ann'),
      requestParameters: { secretId: ordersDb, clientRequestToken: 'ab5fb0b9-1111-4222-8333-444455556666' },
    }),
  ],
  [
    'a deployment sets the schedule',
    'rotation-changed',
    call('RotateSecret', {
      userIdentity: byDeployment,
      requestParameters: { secretId: ordersDb, rotationRules: { scheduleExpression: 'rate(30 days)' } },
    }),
  ],
  [
    'the deployment sets complete selectors',
    'audit-tampering',
    selectors([everyEvent], { userIdentity: byDeployment }),
  ],
  ['a mapping of another function', 'audit-tampering', mapping('orders')],
  ['a bucket of an application', 'audit-tampering', of('s3', 'PutBucketLifecycle', { bucketName: 'orders-uploads' })],
  [
    'Secrets Manager decrypts by itself, for a replica',
    'decrypt-without-read',
    decryption({ userIdentity: { type: 'AWSService', invokedBy: 'secretsmanager.amazonaws.com' } }),
  ],
  [
    'a grant that a service takes',
    'key-changed',
    decryption(),
    of(
      'kms',
      'CreateGrant',
      { keyId: key, operations: ['Decrypt'] },
      {
        userIdentity: { ...someone, invokedBy: 'rds.amazonaws.com' },
      },
    ),
  ],
  [
    'ListSecrets by the console',
    'enumeration',
    call('ListSecrets', { requestParameters: { maxResults: 20 }, sessionCredentialFromConsole: 'true' }),
  ],
  ['a refused list, which names no secret', 'honey-secret', refused('ListSecrets', '*')],
];

const timesFound = async (rule: DetectionName, records: readonly JsonRecord[]): Promise<number> => {
  const events = records.map((record) => normalise(JSON.stringify(eventBridge(record))));
  return (await detectEvents(events)).flat().filter((detection) => detection.rule === rule).length;
};

const cases = (rows: readonly Row[]) => rows.map(([what, rule, ...records]) => ({ what, rule, records }));

describe('a record as CloudTrail writes it', () => {
  it.each(cases(found))('is found: $what', async ({ rule, records }) => {
    expect(await timesFound(rule, records)).toBeGreaterThan(0);
  });

  it.each(cases(expected))('is not found: $what', async ({ rule, records }) => {
    expect(await timesFound(rule, records)).toBe(0);
  });
});
