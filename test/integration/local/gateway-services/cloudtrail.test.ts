import { randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

import {
  CloudTrailClient,
  CreateTrailCommand,
  LookupEventsCommand,
  StartLoggingCommand,
} from '@aws-sdk/client-cloudtrail';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
  type SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';
import { CreateQueueCommand, ReceiveMessageCommand, DeleteMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';
import type { BusEvent, TrailRecord } from '../../../../local/gateway/cloudtrail/trail-record.ts';

const account = '111122223333';
const region = 'eu-west-1';
const canary = `canary-${randomUUID()}`;

let aws: LocalAws;
let reader: SecretsManagerClient;
let admin: {
  readonly secrets: SecretsManagerClient;
  readonly sqs: SQSClient;
  readonly s3: S3Client;
  readonly events: EventBridgeClient;
  readonly iam: IAMClient;
  readonly kms: KMSClient;
  readonly trails: CloudTrailClient;
};
let secretArn: string;
let keyArn: string;
const defects: unknown[] = [];

beforeAll(async () => {
  aws = await startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) });
  const { accessKeyId = '', secretAccessKey = '' } = aws.accounts[account] ?? {};
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  admin = {
    secrets: new SecretsManagerClient(configuration),
    sqs: new SQSClient(configuration),
    s3: new S3Client({ ...configuration, forcePathStyle: true }),
    events: new EventBridgeClient(configuration),
    iam: new IAMClient(configuration),
    kms: new KMSClient(configuration),
    trails: new CloudTrailClient(configuration),
  };
  const { KeyMetadata } = await admin.kms.send(new CreateKeyCommand({}));
  keyArn = KeyMetadata?.Arn ?? '';
  await admin.kms.send(new CreateAliasCommand({ AliasName: 'alias/test', TargetKeyId: keyArn }));
  const { ARN = '' } = await admin.secrets.send(
    new CreateSecretCommand({ Name: 'dev/payments/orders-db', SecretString: canary, KmsKeyId: 'alias/test' }),
  );
  secretArn = ARN;
  await startTrail();
  const { credentials } = await openSession('reader', [
    { Effect: 'Allow', Action: ['secretsmanager:GetSecretValue', 'kms:Decrypt'], Resource: [secretArn, keyArn] },
  ]);
  reader = new SecretsManagerClient({ ...configuration, credentials, maxAttempts: 1 });
});

afterAll(async () => {
  reader.destroy();
  for (const client of Object.values(admin)) client.destroy();
  await aws.stop();
  expect(defects).toEqual([]);
});

const startTrail = async () => {
  await admin.s3.send(new CreateBucketCommand({ Bucket: 'trail' }));
  await admin.s3.send(
    new PutBucketPolicyCommand({
      Bucket: 'trail',
      Policy: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: 'cloudtrail.amazonaws.com' },
            Action: 's3:PutObject',
            Resource: `arn:aws:s3:::trail/AWSLogs/${account}/*`,
            Condition: {
              StringEquals: {
                's3:x-amz-acl': 'bucket-owner-full-control',
                'aws:SourceArn': `arn:aws:cloudtrail:${region}:${account}:trail/management`,
              },
            },
          },
        ],
      }),
    }),
  );
  await admin.trails.send(new CreateTrailCommand({ Name: 'management', S3BucketName: 'trail' }));
  await admin.trails.send(new StartLoggingCommand({ Name: 'management' }));
};

const openSession = async (name: string, statements: readonly object[]) => {
  const { Role } = await admin.iam.send(
    new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      }),
    }),
  );
  await admin.iam.send(
    new PutRolePolicyCommand({
      RoleName: name,
      PolicyName: 'allow',
      PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
    }),
  );
  const session = await aws.assumeForService({
    roleArn: Role?.Arn ?? '',
    service: 'ecs-tasks.amazonaws.com',
    sessionName: 'task-1',
  });
  return { credentials: session, arn: session.arn };
};

/** A queue behind a rule; `open`: its policy lets the rule send. */
const listen = async (
  eventPattern: object,
  { state = 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS', open = true } = {},
) => {
  const name = `q-${randomUUID()}`;
  const arn = (queue: string) => `arn:aws:sqs:${region}:${account}:${queue}`;
  const { RuleArn } = await admin.events.send(
    new PutRuleCommand({
      Name: name,
      EventPattern: JSON.stringify(eventPattern),
      State: state as 'ENABLED',
    }),
  );
  const policyFor = (queue: string) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'events.amazonaws.com' },
          Action: 'sqs:SendMessage',
          Resource: arn(queue),
          Condition: { ArnEquals: { 'aws:SourceArn': RuleArn } },
        },
      ],
    });
  const create = async (queue: string, policy: string | undefined) => {
    const { QueueUrl = '' } = await admin.sqs.send(
      new CreateQueueCommand({ QueueName: queue, ...(policy !== undefined && { Attributes: { Policy: policy } }) }),
    );
    return QueueUrl;
  };
  const url = await create(name, open ? policyFor(name) : undefined);
  const deadLetters = await create(`${name}-dlq`, policyFor(`${name}-dlq`));
  await admin.events.send(
    new PutTargetsCommand({
      Rule: name,
      Targets: [{ Id: 'queue', Arn: arn(name), DeadLetterConfig: { Arn: arn(`${name}-dlq`) } }],
    }),
  );
  return {
    received: () => drain(url),
    deadLetters: () => drain(deadLetters),
  };
};

const drain = async (QueueUrl: string) => {
  await aws.cloudTrail.flush();
  const messages: { event: BusEvent; attributes: Record<string, string | undefined> }[] = [];
  for (;;) {
    const { Messages = [] } = await admin.sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, MessageAttributeNames: ['All'] }),
    );
    if (Messages.length === 0) return messages;
    for (const { Body = '', MessageAttributes = {}, ReceiptHandle } of Messages) {
      messages.push({
        event: JSON.parse(Body) as BusEvent,
        attributes: Object.fromEntries(
          Object.entries(MessageAttributes).map(([key, value]) => [key, value.StringValue]),
        ),
      });
      await admin.sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
};

/** Every file of the trail, unpacked, by its key. */
const trailFiles = async (): Promise<Map<string, string>> => {
  await aws.cloudTrail.flush();
  const { Contents = [] } = await admin.s3.send(new ListObjectsV2Command({ Bucket: 'trail' }));
  const files = new Map<string, string>();
  for (const { Key = '' } of Contents) {
    const { Body } = await admin.s3.send(new GetObjectCommand({ Bucket: 'trail', Key }));
    files.set(Key, gunzipSync((await Body?.transformToByteArray()) ?? new Uint8Array()).toString('utf8'));
  }
  return files;
};

const recordsIn = (files: ReadonlyMap<string, string>): TrailRecord[] =>
  [...files.values()].flatMap((text) => (JSON.parse(text) as { Records: TrailRecord[] }).Records);

const lastRecord = (eventName: string): TrailRecord | undefined =>
  aws.cloudTrail.records().findLast((record) => record.eventName === eventName);

describe('a record', () => {
  it('names the session and its role, the secret as it was asked for, and the key that was used', async () => {
    await reader.send(new GetSecretValueCommand({ SecretId: secretArn, VersionStage: 'AWSCURRENT' }));
    await aws.cloudTrail.flush();

    expect(lastRecord('GetSecretValue')).toMatchObject({
      eventVersion: '1.11',
      eventSource: 'secretsmanager.amazonaws.com',
      eventType: 'AwsApiCall',
      eventCategory: 'Management',
      managementEvent: true,
      readOnly: true,
      awsRegion: region,
      recipientAccountId: account,
      sourceIPAddress: '127.0.0.1',
      userAgent: expect.stringContaining('aws-sdk-js') as string,
      requestParameters: { secretId: secretArn, versionStage: 'AWSCURRENT' },
      responseElements: null,
      userIdentity: {
        type: 'AssumedRole',
        arn: `arn:aws:sts::${account}:assumed-role/reader/task-1`,
        accountId: account,
        sessionContext: {
          sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${account}:role/reader`, userName: 'reader' },
        },
      },
    });
    expect(lastRecord('GetSecretValue')?.errorCode).toBeUndefined();
    expect(lastRecord('Decrypt')).toMatchObject({
      eventSource: 'kms.amazonaws.com',
      sourceIPAddress: 'secretsmanager.amazonaws.com',
      userIdentity: {
        arn: `arn:aws:sts::${account}:assumed-role/reader/task-1`,
        invokedBy: 'secretsmanager.amazonaws.com',
      },
      requestParameters: { encryptionContext: { SecretARN: secretArn } },
      resources: [{ type: 'AWS::KMS::Key', ARN: keyArn, accountId: account }],
    });
  });

  it('is there for a refused call, and for one that failed', async () => {
    const other = await admin.secrets.send(
      new CreateSecretCommand({ Name: 'dev/other/secret', SecretString: 'other' }),
    );
    await expect(reader.send(new GetSecretValueCommand({ SecretId: other.ARN }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });

    expect(lastRecord('GetSecretValue')).toMatchObject({
      errorCode: 'AccessDenied',
      errorMessage: expect.stringMatching(/is not authorized to perform: secretsmanager:GetSecretValue/) as string,
      requestParameters: { secretId: other.ARN },
    });
    await expect(admin.secrets.send(new GetSecretValueCommand({ SecretId: 'nowhere' }))).rejects.toThrow();
    expect(lastRecord('GetSecretValue')).toMatchObject({
      errorCode: 'ResourceNotFoundException',
      userIdentity: { type: 'IAMUser', userName: 'administrator' },
    });
  });

  it('has the token and the ARN of a write, and never the value', async () => {
    const ClientRequestToken = randomUUID();
    const put = { SecretId: secretArn, SecretString: canary, ClientRequestToken };
    await admin.secrets.send(new PutSecretValueCommand(put));
    await expect(
      admin.secrets.send(new PutSecretValueCommand({ ...put, SecretString: `${canary}-other` })),
    ).rejects.toMatchObject({ name: 'ResourceExistsException' });

    const [done, failed] = aws.cloudTrail.records().filter(({ eventName }) => eventName === 'PutSecretValue');
    expect(done).toMatchObject({
      readOnly: false,
      requestParameters: { secretId: secretArn, clientRequestToken: ClientRequestToken },
      responseElements: { arn: secretArn },
    });
    expect(failed).toMatchObject({ errorCode: 'ResourceExistsException', responseElements: null });
    expect(JSON.stringify(aws.cloudTrail.records())).not.toContain(canary);
  });
});

describe('EventBridge', () => {
  it('takes reads to rules for all management events alone, and changes to every enabled rule', async () => {
    const pattern = {
      source: ['aws.secretsmanager'],
      detail: { requestParameters: { secretId: [secretArn] } },
    };
    const all = await listen(pattern);
    const enabled = await listen(pattern, { state: 'ENABLED' });
    const disabled = await listen(pattern, { state: 'DISABLED' });

    await reader.send(new GetSecretValueCommand({ SecretId: secretArn }));
    await admin.secrets.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: canary }));

    const received = await all.received();
    expect(received.map(({ event }) => event.detail['eventName'])).toEqual(['GetSecretValue', 'PutSecretValue']);
    expect(received[0]?.event).toMatchObject({
      version: '0',
      source: 'aws.secretsmanager',
      'detail-type': 'AWS API Call via CloudTrail',
      account,
      region,
    });
    expect((await enabled.received()).map(({ event }) => event.detail['eventName'])).toEqual(['PutSecretValue']);
    expect(await disabled.received()).toEqual([]);
    expect(JSON.stringify(received)).not.toContain(canary);
  });

  it('matches the uses of a key by the secret in their encryption context', async () => {
    const keyUse = await listen({
      source: ['aws.kms'],
      'detail-type': ['AWS API Call via CloudTrail'],
      detail: {
        eventName: ['Decrypt'],
        requestParameters: {
          encryptionContext: { SecretARN: [{ prefix: `arn:aws:secretsmanager:${region}:${account}:secret:dev/` }] },
        },
      },
    });

    await reader.send(new GetSecretValueCommand({ SecretId: secretArn }));

    expect((await keyUse.received()).map(({ event }) => event.detail['eventName'])).toEqual(['Decrypt']);
  });

  it('tells rules of either state once that a label has moved', async () => {
    const pattern = { source: ['aws.secretsmanager'], 'detail-type': ['Secret Label Updated'] };
    const all = await listen(pattern);
    const enabled = await listen(pattern, { state: 'ENABLED' });
    const VersionId = randomUUID();

    await admin.secrets.send(
      new PutSecretValueCommand({ SecretId: secretArn, SecretString: canary, ClientRequestToken: VersionId }),
    );

    const expected = {
      resources: [secretArn],
      detail: { name: 'dev/payments/orders-db', labelUpdated: 'AWSCURRENT', versionId: VersionId },
    };
    expect((await all.received()).map(({ event }) => event)).toMatchObject([expected]);
    expect((await enabled.received()).map(({ event }) => event)).toMatchObject([expected]);
  });

  it('sends to the dead-letter queue what the queue does not let in', async () => {
    const closed = await listen(
      { source: ['aws.secretsmanager'], detail: { eventName: ['GetSecretValue'] } },
      { open: false },
    );

    await reader.send(new GetSecretValueCommand({ SecretId: secretArn }));

    expect(await closed.received()).toEqual([]);
    expect(await closed.deadLetters()).toMatchObject([
      { event: { detail: { eventName: 'GetSecretValue' } }, attributes: { ERROR_CODE: 'NO_PERMISSIONS' } },
    ]);
  });
});

describe('a rule with several targets', () => {
  it('reaches each in the form that it asks for, and says which it could not reach', async () => {
    const Rule = `r-${randomUUID()}`;
    const { RuleArn } = await admin.events.send(
      new PutRuleCommand({
        Name: Rule,
        EventPattern: JSON.stringify({ detail: { eventName: ['PutSecretValue'] } }),
      }),
    );
    const queueArn = `arn:aws:sqs:${region}:${account}:${Rule}`;
    const { QueueUrl = '' } = await admin.sqs.send(
      new CreateQueueCommand({
        QueueName: Rule,
        Attributes: {
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: { Service: 'events.amazonaws.com' },
                Action: 'sqs:SendMessage',
                Resource: queueArn,
                Condition: { ArnEquals: { 'aws:SourceArn': RuleArn } },
              },
            ],
          }),
        },
      }),
    );
    await admin.events.send(
      new PutTargetsCommand({
        Rule,
        Targets: [
          {
            Id: 'machine',
            Arn: `arn:aws:states:${region}:${account}:stateMachine:audit`,
            RoleArn: `arn:aws:iam::${account}:role/x`,
          },
          { Id: 'path', Arn: queueArn, InputPath: '$.detail.requestParameters' },
          { Id: 'constant', Arn: queueArn, Input: '{"put":true}' },
        ],
      }),
    );

    await admin.secrets.send(new PutSecretValueCommand({ SecretId: secretArn, SecretString: canary }));

    const received = await drain(QueueUrl);
    expect(received.map(({ event }) => event)).toEqual([
      { secretId: secretArn, clientRequestToken: expect.any(String) as string },
      { put: true },
    ]);
    expect(defects.splice(0)).toMatchObject([{ message: expect.stringMatching(/target of states/) as string }]);
  });
});

describe('LookupEvents', () => {
  it('finds the records by name, the newest first, a page at a time', async () => {
    for (let reads = 0; reads < 3; reads += 1) await reader.send(new GetSecretValueCommand({ SecretId: secretArn }));
    const LookupAttributes = [{ AttributeKey: 'EventName' as const, AttributeValue: 'GetSecretValue' }];

    const first = await admin.trails.send(new LookupEventsCommand({ LookupAttributes, MaxResults: 2 }));
    const second = await admin.trails.send(
      new LookupEventsCommand({ LookupAttributes, MaxResults: 1, NextToken: first.NextToken }),
    );

    const found = [...(first.Events ?? []), ...(second.Events ?? [])];
    expect(found).toHaveLength(3);
    expect(new Set(found.map(({ EventId }) => EventId)).size).toBe(3);
    expect(found[0]).toMatchObject({ Username: 'task-1', ReadOnly: 'true', Resources: [{ ResourceName: secretArn }] });
    expect(JSON.parse(found[0]?.CloudTrailEvent ?? '{}')).toMatchObject({ userIdentity: { type: 'AssumedRole' } });
  });

  it.each([
    ['Username', 'task-1', true],
    ['Username', 'nobody', false],
    ['ReadOnly', 'false', true],
    ['EventSource', 'kms.amazonaws.com', true],
  ] as const)('takes %s %s', async (AttributeKey, AttributeValue, some) => {
    const { Events = [] } = await admin.trails.send(
      new LookupEventsCommand({ LookupAttributes: [{ AttributeKey, AttributeValue }] }),
    );

    expect(Events.length > 0).toBe(some);
  });

  it('refuses an attribute that the API does not have', async () => {
    const LookupAttributes = [{ AttributeKey: 'Colour' as 'Username', AttributeValue: 'red' }];

    await expect(admin.trails.send(new LookupEventsCommand({ LookupAttributes }))).rejects.toMatchObject({
      name: 'InvalidLookupAttributesException',
    });
  });
});

describe('the files of the trail', () => {
  it('hold the records, many to a file, under the address that CloudTrail gives them', async () => {
    const { $metadata } = await reader.send(new GetSecretValueCommand({ SecretId: secretArn }));
    const files = await trailFiles();

    for (const [key, text] of files) {
      expect(key).toMatch(
        /^AWSLogs\/111122223333\/CloudTrail\/eu-west-1\/\d{4}\/\d\d\/\d\d\/111122223333_CloudTrail_eu-west-1_\d{8}T\d{4}Z_\w{16}\.json\.gz$/,
      );
      expect(text).not.toContain(canary);
    }
    const records = recordsIn(files);
    expect(records.filter(({ requestID }) => requestID === $metadata.requestId)).toHaveLength(1);
    expect(records.some(({ eventName }) => eventName === 'SendMessage')).toBe(false);
  });
});

describe('a refused call and one that failed', () => {
  it('reach EventBridge and the files of the trail like any other', async () => {
    const failures = await listen({
      source: ['aws.secretsmanager'],
      detail: { eventName: ['GetSecretValue'], errorCode: [{ exists: true }] },
    });
    const { ARN: foreign } = await admin.secrets.send(
      new CreateSecretCommand({ Name: 'dev/other/failures', SecretString: 'other' }),
    );
    const requestIds: string[] = [];
    for (const [client, SecretId] of [
      [reader, foreign],
      [admin.secrets, 'nowhere'],
    ] as const) {
      const error: unknown = await client.send(new GetSecretValueCommand({ SecretId })).catch((e: unknown) => e);
      requestIds.push((error as SecretsManagerServiceException).$metadata.requestId!);
    }

    const expected = [
      { errorCode: 'AccessDenied', requestID: requestIds[0], userIdentity: { type: 'AssumedRole' } },
      { errorCode: 'ResourceNotFoundException', requestID: requestIds[1], userIdentity: { type: 'IAMUser' } },
    ];
    expect((await failures.received()).map(({ event }) => event.detail)).toMatchObject(expected);
    const kept = recordsIn(await trailFiles()).filter(({ requestID }) => requestIds.includes(requestID));
    expect(kept).toMatchObject(expected);
  });
});
