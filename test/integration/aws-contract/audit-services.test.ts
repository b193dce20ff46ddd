/** What the audit takes for granted of DynamoDB, S3, SNS, SQS and CloudTrail, from their API references. */
import { randomUUID } from 'node:crypto';
import {
  CloudTrailClient,
  CreateTrailCommand,
  DeleteTrailCommand,
  DescribeTrailsCommand,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
} from '@aws-sdk/client-cloudtrail';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  DescribeAlarmsCommand,
  PutMetricAlarmCommand,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  GetPublicAccessBlockCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  DeleteTopicCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  SNSClient,
  SubscribeCommand,
} from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityBatchCommand,
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeTable } from '../../_helpers/dynamodb-table.ts';
import { eventually, startContractTarget, type ContractTarget } from '../../_helpers/contract-target.ts';

let target: ContractTarget;

beforeAll(async () => {
  target = await startContractTarget();
});

afterAll(async () => {
  await target.stop();
});

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/ */
describe('DynamoDB', () => {
  const key = (member: string) => ({ set: { S: 's' }, member: { S: member } });

  it('reads in a batch what was written in one, and nothing for a key that is missing', async () => {
    const client = new DynamoDBClient(target.configuration);
    const table = await makeTable(target, client, 'set', 'member');
    await client.send(
      new BatchWriteItemCommand({
        RequestItems: { [table]: ['a', 'b'].map((member) => ({ PutRequest: { Item: key(member) } })) },
      }),
    );
    const { Responses } = await client.send(
      new BatchGetItemCommand({
        RequestItems: { [table]: { Keys: ['a', 'b', 'c'].map(key), ConsistentRead: true } },
      }),
    );
    expect(Responses?.[table]?.map(({ member }) => member?.S).sort()).toEqual(['a', 'b']);
  });

  it('describes the keys of a table', async () => {
    const client = new DynamoDBClient(target.configuration);
    const { Table } = await client.send(
      new DescribeTableCommand({ TableName: await makeTable(target, client, 'set', 'member') }),
    );
    expect(Table?.KeySchema).toEqual([
      { AttributeName: 'set', KeyType: 'HASH' },
      { AttributeName: 'member', KeyType: 'RANGE' },
    ]);
  });

  it('refuses a batch that names a key twice', async () => {
    const client = new DynamoDBClient(target.configuration);
    const table = await makeTable(target, client, 'set', 'member');
    await expect(
      client.send(
        new BatchWriteItemCommand({
          RequestItems: { [table]: ['a', 'a'].map((member) => ({ PutRequest: { Item: key(member) } })) },
        }),
      ),
    ).rejects.toMatchObject({ name: 'ValidationException' });
  });

  it('updates under a condition, changes nothing if it does not hold, and filters a query', async () => {
    const client = new DynamoDBClient(target.configuration);
    const TableName = await makeTable(target, client, 'set', 'member');
    const update = (at: number) =>
      client.send(
        new UpdateItemCommand({
          TableName,
          Key: key('a'),
          UpdateExpression: 'SET #at = :at',
          ConditionExpression: 'attribute_not_exists(#at) OR #at < :at',
          ExpressionAttributeNames: { '#at': 'at' },
          ExpressionAttributeValues: { ':at': { N: String(at) } },
        }),
      );
    await update(5);
    await expect(update(4)).rejects.toMatchObject({ name: 'ConditionalCheckFailedException' });
    const { Item } = await client.send(new GetItemCommand({ TableName, Key: key('a'), ConsistentRead: true }));
    expect(Item?.['at']).toEqual({ N: '5' });
    const query = async (from: number) => {
      const { Items } = await client.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: '#set = :set',
          FilterExpression: '#at > :from',
          ExpressionAttributeNames: { '#set': 'set', '#at': 'at' },
          ExpressionAttributeValues: { ':set': { S: 's' }, ':from': { N: String(from) } },
        }),
      );
      return Items?.length;
    };
    expect([await query(4), await query(5)]).toEqual([1, 0]);
  });
});

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ */
describe('S3', () => {
  it('gives an object back as it was put, and says by name that one is missing', async () => {
    const client = new S3Client({ ...target.configuration, forcePathStyle: true });
    const Bucket = target.unique('bucket').toLowerCase();
    await client.send(
      new CreateBucketCommand({ Bucket, CreateBucketConfiguration: { LocationConstraint: target.region as never } }),
    );
    target.onStop(async () => {
      await client.send(new DeleteObjectCommand({ Bucket, Key: 'a' }));
      await client.send(new DeleteBucketCommand({ Bucket }));
    });
    await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'text' }));

    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'a' }));

    expect(await Body?.transformToString()).toBe('text');
    await expect(client.send(new GetObjectCommand({ Bucket, Key: 'b' }))).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

const makeBucket = async (client: S3Client): Promise<string> => {
  const Bucket = target.unique(`bucket-${randomUUID().slice(0, 8)}`);
  await client.send(new CreateBucketCommand({ Bucket }));
  target.onStop(() => client.send(new DeleteBucketCommand({ Bucket })));
  return Bucket;
};

/** https://docs.aws.amazon.com/AmazonS3/latest/API/ */
describe('the settings of a bucket', () => {
  it('are told as they were put', async () => {
    const client = new S3Client({ ...target.configuration, forcePathStyle: true });
    const Bucket = await makeBucket(client);
    expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
    const block = {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    };
    await client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: block }));
    const rule = { ID: 'expire', Status: 'Enabled', Filter: { Prefix: '' }, Expiration: { Days: 400 } } as const;
    const put = { Bucket, LifecycleConfiguration: { Rules: [rule] } };
    await client.send(new PutBucketLifecycleConfigurationCommand(put));

    await eventually(async () => {
      expect((await client.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBe('Enabled');
      expect(
        (await client.send(new GetPublicAccessBlockCommand({ Bucket }))).PublicAccessBlockConfiguration,
      ).toMatchObject(block);
      expect((await client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).Rules).toMatchObject([
        { Status: 'Enabled', Expiration: { Days: 400 } },
      ]);
    });
    // S3 encrypts every bucket since 2023: https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
    const { ServerSideEncryptionConfiguration } = await client.send(new GetBucketEncryptionCommand({ Bucket }));
    expect(ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm).toBe(
      'AES256',
    );
  });

  it('have errors of their own where there are none', async () => {
    const client = new S3Client({ ...target.configuration, forcePathStyle: true });
    const Bucket = await makeBucket(client);
    await expect(client.send(new GetBucketLifecycleConfigurationCommand({ Bucket }))).rejects.toMatchObject({
      name: 'NoSuchLifecycleConfiguration',
    });
    await expect(
      client.send(new GetBucketVersioningCommand({ Bucket: target.unique('nowhere') })),
    ).rejects.toMatchObject({ name: 'NoSuchBucket' });
  });
});

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
describe('CloudWatch', () => {
  it('describes the alarms whose names begin so, with their state and their actions', async () => {
    const client = new CloudWatchClient(target.configuration);
    const AlarmName = target.unique('alarm');
    await client.send(
      new PutMetricAlarmCommand({
        AlarmName,
        Namespace: 'Strongroom',
        MetricName: 'Contract',
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      }),
    );
    target.onStop(() => client.send(new DeleteAlarmsCommand({ AlarmNames: [AlarmName] })));
    await eventually(async () => {
      const { MetricAlarms } = await client.send(new DescribeAlarmsCommand({ AlarmNamePrefix: AlarmName }));
      expect(MetricAlarms).toMatchObject([{ AlarmName, ActionsEnabled: true, AlarmActions: [] }]);
      expect(['OK', 'INSUFFICIENT_DATA']).toContain(MetricAlarms?.[0]?.StateValue);
    });
    const none = await client.send(new DescribeAlarmsCommand({ AlarmNamePrefix: target.unique('nowhere') }));
    expect(none.MetricAlarms).toEqual([]);
  });
});

/** https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html */
describe('CloudWatch Logs', () => {
  it('lists no log group under a name that does not exist', async () => {
    const client = new CloudWatchLogsClient(target.configuration);
    const { logGroups } = await client.send(
      new DescribeLogGroupsCommand({ logGroupNamePrefix: target.unique('nowhere') }),
    );
    expect(logGroups).toEqual([]);
  });
});

const makeQueue = async (client: SQSClient): Promise<{ readonly url: string; readonly arn: string }> => {
  const { QueueUrl } = await client.send(
    new CreateQueueCommand({ QueueName: target.unique(`queue-${randomUUID().slice(0, 8)}`) }),
  );
  target.onStop(() => client.send(new DeleteQueueCommand({ QueueUrl })));
  const { Attributes } = await client.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }));
  return { url: QueueUrl ?? '', arn: Attributes?.QueueArn ?? '' };
};

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/ */
describe('SQS', () => {
  it('takes a batch with attributes, and hides what a batch gives back', async () => {
    const client = new SQSClient(target.configuration);
    const { url: QueueUrl } = await makeQueue(client);
    const { Successful } = await client.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: ['a', 'b'].map((MessageBody) => ({
          Id: MessageBody,
          MessageBody,
          MessageAttributes: { code: { DataType: 'String', StringValue: 'refused' } },
        })),
      }),
    );
    expect(Successful?.map(({ Id }) => Id).sort()).toEqual(['a', 'b']);
    const receive = () =>
      client.send(
        new ReceiveMessageCommand({
          QueueUrl,
          MaxNumberOfMessages: 10,
          MessageAttributeNames: ['All'],
          WaitTimeSeconds: 1,
        }),
      );
    const received = await eventually(async () => {
      const { Messages = [] } = await receive();
      expect(Messages).not.toEqual([]);
      return Messages;
    });
    expect(received[0]?.MessageAttributes?.['code']?.StringValue).toBe('refused');
    const hidden = await client.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl,
        Entries: received.map(({ ReceiptHandle }, index) => ({
          Id: String(index),
          ReceiptHandle,
          VisibilityTimeout: 900,
        })),
      }),
    );
    expect(hidden.Successful).toHaveLength(received.length);
  });
});

/** https://docs.aws.amazon.com/sns/latest/api/API_Publish.html */
describe('SNS', () => {
  it('gives each protocol its own text, and the default to those without one', async () => {
    const sns = new SNSClient(target.configuration);
    const sqs = new SQSClient(target.configuration);
    const queue = await makeQueue(sqs);
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: target.unique('topic') }));
    target.onStop(() => sns.send(new DeleteTopicCommand({ TopicArn })));
    await sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: queue.arn,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );

    await sns.send(
      new PublishCommand({
        TopicArn,
        Subject: '[HIGH] a subject',
        Message: JSON.stringify({ default: 'for all', https: 'for chat' }),
        MessageStructure: 'json',
      }),
    );

    const [message] = await eventually(async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 1 }));
      expect(Messages).not.toEqual([]);
      return Messages;
    });
    expect(message?.Body).toBe('for all');
  });

  it('gives a queue its own text in an envelope with topic and attributes, and lists the subscription as confirmed', async () => {
    const sns = new SNSClient(target.configuration);
    const sqs = new SQSClient(target.configuration);
    const queue = await makeQueue(sqs);
    const { TopicArn } = await sns.send(new CreateTopicCommand({ Name: target.unique('envelope') }));
    target.onStop(() => sns.send(new DeleteTopicCommand({ TopicArn })));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queue.arn }));

    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn }));
    expect(Subscriptions).toMatchObject([
      { Protocol: 'sqs', Endpoint: queue.arn, SubscriptionArn: expect.stringMatching(/^arn:/) as string },
    ]);

    const { MessageId } = await sns.send(
      new PublishCommand({
        TopicArn,
        Subject: '[TEST] a subject',
        Message: JSON.stringify({ default: 'for all', sqs: '{"version":"1"}' }),
        MessageStructure: 'json',
        MessageAttributes: { kind: { DataType: 'String', StringValue: 'test' } },
      }),
    );

    const [message] = await eventually(async () => {
      const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl: queue.url, WaitTimeSeconds: 1 }));
      expect(Messages).not.toEqual([]);
      return Messages;
    });
    expect(JSON.parse(message?.Body ?? '')).toMatchObject({
      Type: 'Notification',
      MessageId,
      TopicArn,
      Message: '{"version":"1"}',
      MessageAttributes: { kind: { Type: 'String', Value: 'test' } },
    });
  });
});

/** https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/ */
describe('CloudTrail', () => {
  it('lists no trail under a name that does not exist, and says by name that it has no status', async () => {
    const client = new CloudTrailClient(target.configuration);
    const name = 'strongroom-contract-nowhere';
    const { trailList } = await client.send(new DescribeTrailsCommand({ trailNameList: [name] }));
    expect(trailList).toEqual([]);
    await expect(client.send(new GetTrailStatusCommand({ Name: name }))).rejects.toMatchObject({
      name: 'TrailNotFoundException',
    });
  });

  it('tells what a new trail records: every management event', async () => {
    const client = new CloudTrailClient(target.configuration);
    const s3 = new S3Client({ ...target.configuration, forcePathStyle: true });
    const S3BucketName = await makeBucket(s3);
    const service = { Service: 'cloudtrail.amazonaws.com' };
    const allow = (Action: string, path: string) => ({
      Effect: 'Allow',
      Principal: service,
      Action,
      Resource: `arn:aws:s3:::${S3BucketName}${path}`,
    });
    const Statement = [allow('s3:GetBucketAcl', ''), allow('s3:PutObject', '/AWSLogs/*')];
    const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
    await s3.send(new PutBucketPolicyCommand({ Bucket: S3BucketName, Policy }));
    const { TrailARN } = await eventually(() =>
      client.send(new CreateTrailCommand({ Name: target.unique('trail'), S3BucketName })),
    );
    target.onStop(() => client.send(new DeleteTrailCommand({ Name: TrailARN })));
    const { EventSelectors } = await client.send(new GetEventSelectorsCommand({ TrailName: TrailARN }));
    expect(EventSelectors).toMatchObject([{ IncludeManagementEvents: true, ReadWriteType: 'All' }]);
  });
});
