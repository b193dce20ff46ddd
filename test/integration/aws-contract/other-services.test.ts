/** What the project takes for granted of KMS, RDS, STS, Lambda, SQS and EventBridge, from their API references. */
import { join } from 'node:path';

import { EventBridgeClient, PutEventsCommand, TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  CreateKeyCommand,
  DecryptCommand,
  EnableKeyRotationCommand,
  GenerateDataKeyCommand,
  GetKeyRotationStatusCommand,
  KMSClient,
  ScheduleKeyDeletionCommand,
} from '@aws-sdk/client-kms';
import {
  DeleteFunctionCommand,
  GetFunctionConcurrencyCommand,
  InvokeCommand,
  LambdaClient,
  PutFunctionConcurrencyCommand,
} from '@aws-sdk/client-lambda';
import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { DescribeSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { eventually, startContractTarget, type ContractTarget } from '../../_helpers/contract-target.ts';
import { deployFunction } from '../../_helpers/deployed-function.ts';

let target: ContractTarget;

beforeAll(async () => {
  target = await startContractTarget();
});

afterAll(async () => {
  await target.stop();
});

/** https://docs.aws.amazon.com/kms/latest/APIReference/ */
describe('KMS', () => {
  it('decrypts a data key under the encryption context that it was made under, and no other', async () => {
    const kms = new KMSClient(target.configuration);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: target.unique('key') }));
    const KeyId = KeyMetadata?.KeyId;
    target.onStop(async () => {
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
      kms.destroy();
    });
    const EncryptionContext = { SecretARN: 'arn', SecretVersionId: 'version' };

    const { CiphertextBlob, Plaintext } = await kms.send(
      new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }),
    );
    const decrypted = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));

    expect(Buffer.from(decrypted.Plaintext ?? []).equals(Buffer.from(Plaintext ?? []))).toBe(true);
    await expect(
      kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { SecretARN: 'another' } })),
    ).rejects.toMatchObject({ name: 'InvalidCiphertextException' });
  });

  it('tells whether a key rotates, and how often', async () => {
    const kms = new KMSClient(target.configuration);
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Description: target.unique('rotating-key') }));
    const KeyId = KeyMetadata?.KeyId;
    target.onStop(async () => {
      await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
      kms.destroy();
    });
    expect(KeyMetadata).toMatchObject({ KeyManager: 'CUSTOMER', Origin: 'AWS_KMS', KeyState: 'Enabled' });
    expect(await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).toMatchObject({ KeyRotationEnabled: false });
    await kms.send(new EnableKeyRotationCommand({ KeyId }));
    await eventually(async () => {
      expect(await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).toMatchObject({
        KeyRotationEnabled: true,
        RotationPeriodInDays: 365,
      });
    });
  });
});

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html */
describe('RDS DescribeDBInstances', () => {
  it('tells where the database is, and which secret RDS keeps its master password in', async () => {
    const rds = new RDSClient(target.configuration);
    const secrets = new SecretsManagerClient(target.configuration);

    const { DBInstances = [] } = await rds.send(
      new DescribeDBInstancesCommand({ DBInstanceIdentifier: target.rdsInstance }),
    );
    const [instance] = DBInstances;
    const master = await secrets.send(new DescribeSecretCommand({ SecretId: instance?.MasterUserSecret?.SecretArn }));
    rds.destroy();
    secrets.destroy();

    expect(instance).toMatchObject({
      DBInstanceIdentifier: target.rdsInstance,
      DBInstanceArn: `arn:aws:rds:${target.region}:${target.account}:db:${target.rdsInstance}`,
      Endpoint: { Address: expect.any(String) as string, Port: expect.any(Number) as number },
      MasterUserSecret: { SecretStatus: 'active' },
    });
    expect(master.Name).toMatch(/^rds!db-/);
    expect(master.OwningService).toBe('rds');
    expect(master.Tags).toContainEqual({ Key: 'aws:rds:primaryDBInstanceArn', Value: instance?.DBInstanceArn });
  });

  it('does not find an instance that is not there', async () => {
    const rds = new RDSClient(target.configuration);

    await expect(
      rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier: 'strongroom-contract-nowhere' })),
    ).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' });
    rds.destroy();
  });

  it('changes nothing at what is not there, and says whether it was an instance or a cluster', async () => {
    const rds = new RDSClient(target.configuration);
    const change = { MasterUserPassword: 'never-anywhere-1', ApplyImmediately: true };
    const instance = { DBInstanceIdentifier: 'strongroom-contract-nowhere' };
    const cluster = { DBClusterIdentifier: 'strongroom-contract-nowhere' };

    const refusals = await Promise.all(
      [
        rds.send(new ModifyDBInstanceCommand({ ...instance, ...change })),
        rds.send(new ModifyDBClusterCommand({ ...cluster, ...change })),
        rds.send(new DescribeDBClustersCommand(cluster)),
      ].map((call) =>
        call.then(
          () => 'done',
          (error: unknown) => (error as Error).name,
        ),
      ),
    );
    rds.destroy();

    expect(refusals).toEqual(['DBInstanceNotFoundFault', 'DBClusterNotFoundFault', 'DBClusterNotFoundFault']);
  });

  it('takes no master password from others where it manages it itself', async () => {
    const rds = new RDSClient(target.configuration);
    const change = { MasterUserPassword: 'never-anywhere-1', ApplyImmediately: true };

    await expect(
      rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: target.rdsInstance, ...change })),
    ).rejects.toMatchObject({ name: 'InvalidParameterCombination' });
    rds.destroy();
  });
});

/** https://docs.aws.amazon.com/STS/latest/APIReference/ */
describe('STS', () => {
  it('says who calls, in a session of a role by the assumed-role ARN', async () => {
    const name = target.unique('identity');
    const configuration = await target.role(name, [{ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' }]);
    const sts = new STSClient(configuration);

    const identity = await sts.send(new GetCallerIdentityCommand({}));
    sts.destroy();

    expect(identity).toMatchObject({
      Account: target.account,
      Arn: `arn:aws:sts::${target.account}:assumed-role/${name}/contract`,
      UserId: expect.stringMatching(/^AROA[A-Z0-9]+:contract$/) as string,
    });
  });

  it('opens no session of a role that does not trust the caller, or is not there', async () => {
    const configuration = await target.role(target.unique('outsider'), [
      { Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' },
    ]);
    const sts = new STSClient(configuration);
    const assume = (role: string) =>
      sts.send(
        new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${target.account}:role/${role}`, RoleSessionName: 'contract' }),
      );

    await expect(assume(target.unique('outsider'))).rejects.toMatchObject({ name: 'AccessDenied' });
    await expect(assume('strongroom-contract-nowhere')).rejects.toMatchObject({ name: 'AccessDenied' });
    sts.destroy();
  });
});

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
describe('Lambda Invoke', () => {
  it('gives the answer of the function, marks its failure, and tells how many may run', async () => {
    const name = target.unique('echo');
    await deployFunction(target.configuration, {
      name,
      entry: join(import.meta.dirname, '../../_fixtures/echo-function.ts'),
      account: target.account,
      allow: ['logs:CreateLogGroup'],
    });
    const lambda = new LambdaClient(target.configuration);
    target.onStop(async () => {
      const iam = new IAMClient(target.configuration);
      await lambda.send(new DeleteFunctionCommand({ FunctionName: name }));
      await iam.send(new DeleteRolePolicyCommand({ RoleName: name, PolicyName: 'allow' }));
      await iam.send(new DeleteRoleCommand({ RoleName: name }));
      lambda.destroy();
      iam.destroy();
    });
    const invoke = async (payload: object) => {
      const { FunctionError, Payload, StatusCode } = await lambda.send(
        new InvokeCommand({ FunctionName: name, Payload: Buffer.from(JSON.stringify(payload)) }),
      );
      return { FunctionError, StatusCode, answer: JSON.parse(Buffer.from(Payload ?? []).toString()) as unknown };
    };

    expect(await invoke({ say: 'hello' })).toEqual({
      FunctionError: undefined,
      StatusCode: 200,
      answer: { say: 'hello' },
    });
    expect(await invoke({ fail: 'on purpose' })).toMatchObject({
      FunctionError: 'Unhandled',
      StatusCode: 200,
      answer: { errorMessage: 'on purpose' },
    });

    const concurrency = async () =>
      (await lambda.send(new GetFunctionConcurrencyCommand({ FunctionName: name }))).ReservedConcurrentExecutions;
    expect(await concurrency()).toBeUndefined();
    await lambda.send(new PutFunctionConcurrencyCommand({ FunctionName: name, ReservedConcurrentExecutions: 1 }));
    expect(await concurrency()).toBe(1);
  });

  it('does not know a function that is not there', async () => {
    const lambda = new LambdaClient(target.configuration);

    await expect(lambda.send(new InvokeCommand({ FunctionName: 'strongroom-contract-nowhere' }))).rejects.toMatchObject(
      { name: 'ResourceNotFoundException' },
    );
    lambda.destroy();
  });
});

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/ */
describe('SQS', () => {
  it('gives a message again when it was not deleted, and to the dead-letter queue when that was too often', async () => {
    const sqs = new SQSClient(target.configuration);
    const create = async (word: string, attributes: Record<string, string> = {}) => {
      const { QueueUrl = '' } = await sqs.send(
        new CreateQueueCommand({ QueueName: target.unique(word), Attributes: attributes }),
      );
      target.onStop(() => sqs.send(new DeleteQueueCommand({ QueueUrl })));
      return QueueUrl;
    };
    const dead = await create('dead');
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: dead, AttributeNames: ['QueueArn'] }),
    );
    const QueueUrl = await create('queue', {
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 2 }),
    });
    const receive = async (url: string) => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({
          QueueUrl: url,
          WaitTimeSeconds: 1,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        }),
      );
      return Messages[0];
    };
    const receiveOne = (url: string) =>
      eventually(async () => {
        const message = await receive(url);
        expect(message).toBeDefined();
        return message;
      });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'event' }));

    for (const count of ['1', '2']) {
      const message = await receiveOne(QueueUrl);
      expect(message).toMatchObject({ Body: 'event', Attributes: { ApproximateReceiveCount: count } });
      await sqs.send(
        new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle: message?.ReceiptHandle, VisibilityTimeout: 0 }),
      );
    }
    expect(await receive(QueueUrl)).toBeUndefined();
    const message = await receiveOne(dead);
    expect(message?.Body).toBe('event');
    await sqs.send(new DeleteMessageCommand({ QueueUrl: dead, ReceiptHandle: message?.ReceiptHandle }));
    expect(await receive(dead)).toBeUndefined();
    target.onStop(() => {
      sqs.destroy();
      return Promise.resolve();
    });
  });
});

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-patterns.html */
describe('EventBridge', () => {
  const event = {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': 'AWS API Call via CloudTrail',
    source: 'aws.kms',
    account: '111122223333',
    time: '2026-11-21T10:00:00Z',
    region: 'eu-west-1',
    resources: [],
    detail: { eventName: 'Decrypt', requestParameters: { encryptionContext: { SecretARN: 'arn:aws:dev/a' } } },
  };

  it.each([
    [
      'a prefix of what is deep inside',
      { detail: { requestParameters: { encryptionContext: { SecretARN: [{ prefix: 'arn:aws:dev/' }] } } } },
      true,
    ],
    [
      'another prefix',
      { detail: { requestParameters: { encryptionContext: { SecretARN: [{ prefix: 'arn:aws:prod/' }] } } } },
      false,
    ],
    ['one of two names', { source: ['aws.kms'], detail: { eventName: ['Encrypt', 'Decrypt'] } }, true],
    ['a field that is not there', { detail: { errorCode: [{ exists: false }] } }, true],
  ])('matches %s', async (_what, pattern, matches) => {
    const events = new EventBridgeClient(target.configuration);

    const { Result } = await events.send(
      new TestEventPatternCommand({ Event: JSON.stringify(event), EventPattern: JSON.stringify(pattern) }),
    );
    events.destroy();

    expect(Result).toBe(matches);
  });

  it('lets nobody put an event of AWS itself', async () => {
    const events = new EventBridgeClient(target.configuration);

    const { FailedEntryCount, Entries } = await events.send(
      new PutEventsCommand({ Entries: [{ Source: 'aws.secretsmanager', DetailType: 'x', Detail: '{}' }] }),
    );
    events.destroy();

    expect(FailedEntryCount).toBe(1);
    expect(Entries?.[0]?.ErrorCode).toBe('NotAuthorizedForSourceException');
  });
});
