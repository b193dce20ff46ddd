/** What the audit takes for granted of DynamoDB, S3, SNS, SQS and CloudTrail, from their API references. */
import { randomUUID } from 'node:crypto';
import { CloudTrailClient, DescribeTrailsCommand, GetTrailStatusCommand } from '@aws-sdk/client-cloudtrail';
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
  GetObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  CreateTopicCommand,
  DeleteTopicCommand,
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
});
