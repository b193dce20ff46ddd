/** What was delivered to destinations, and their dead letters: the SDK's clients, with the caller's credentials. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BatchGetItemCommand, DynamoDBClient, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';

import { auditDeliverVariables } from '../../lib/contract/index.ts';
import type { DeliveryAws, FileCounts } from '../operators/audit/ports.ts';
import { callAws, orMissing } from './aws-errors.ts';
import { clientOptions, connectAws } from './operator-aws.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const largestRead = 100;

export const connectDelivery = (region: string): DeliveryAws => {
  const operator = connectAws(region);
  const dynamo = new DynamoDBClient({ ...clientOptions, region });
  const lambda = new LambdaClient({ ...clientOptions, region });
  const sqs = new SQSClient({ ...clientOptions, region });
  const read = async (table: string, keys: readonly string[]): Promise<Record<string, AttributeValue>[]> => {
    const items: Record<string, AttributeValue>[] = [];
    let left: Record<string, AttributeValue>[] | undefined = keys.map((id) => ({ id: { S: id } }));
    while (left && left.length > 0) {
      const RequestItems: Record<string, { Keys: Record<string, AttributeValue>[] }> = { [table]: { Keys: left } };
      const answer = await callAws(`read the counts of ${table} (dynamodb:BatchGetItem)`, () =>
        dynamo.send(new BatchGetItemCommand({ RequestItems })),
      );
      items.push(...(answer.Responses?.[table] ?? []));
      left = answer.UnprocessedKeys?.[table]?.Keys;
      if (left && left.length > 0) await sleep(200);
    }
    return items;
  };
  return {
    whoAmI: () => operator.whoAmI(),
    counts: async (table, keys) => {
      const found = new Map<string, FileCounts>();
      for (let at = 0; at < keys.length; at += largestRead) {
        for (const item of await read(table, keys.slice(at, at + largestRead))) {
          if (item['id']?.S !== undefined) found.set(item['id'].S, countsOf(item));
        }
      }
      return found;
    },
    queues: async (functionName) => {
      const found = await orMissing(`look at ${functionName} (lambda:GetFunctionConfiguration)`, () =>
        lambda.send(new GetFunctionConfigurationCommand({ FunctionName: functionName })),
      );
      const variables = found?.Environment?.Variables ?? {};
      const queueUrl = variables[auditDeliverVariables.queue];
      const deadLettersUrl = variables[auditDeliverVariables.deadLetters];
      return queueUrl === undefined || deadLettersUrl === undefined ? undefined : { queueUrl, deadLettersUrl };
    },
    waiting: async (queueUrl) => {
      const { Attributes } = await callAws('count the dead letters (sqs:GetQueueAttributes)', () =>
        sqs.send(
          new GetQueueAttributesCommand({ QueueUrl: queueUrl, AttributeNames: ['ApproximateNumberOfMessages'] }),
        ),
      );
      return Number(Attributes?.ApproximateNumberOfMessages ?? 0);
    },
    receive: async (queueUrl, hiddenSeconds) => {
      const { Messages = [] } = await callAws('receive dead letters (sqs:ReceiveMessage)', () =>
        sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: queueUrl,
            MaxNumberOfMessages: 10,
            VisibilityTimeout: hiddenSeconds,
            WaitTimeSeconds: 1,
          }),
        ),
      );
      return Messages.flatMap(({ MessageId: id, ReceiptHandle: receipt, Body: body }) =>
        id !== undefined && receipt !== undefined && body !== undefined ? [{ id, receipt, body }] : [],
      );
    },
    send: async (queueUrl, body) => {
      await callAws('send to the queue of the destination (sqs:SendMessage)', () =>
        sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body })),
      );
    },
    delete: async (queueUrl, receipt) => {
      await callAws('delete a dead letter that was sent (sqs:DeleteMessage)', () =>
        sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle: receipt })),
      );
    },
    release: async (queueUrl, receipt) => {
      const input = { QueueUrl: queueUrl, ReceiptHandle: receipt, VisibilityTimeout: 0 };
      await callAws('show a dead letter again (sqs:ChangeMessageVisibility)', () =>
        sqs.send(new ChangeMessageVisibilityCommand(input)),
      );
    },
    close: () => {
      operator.close();
      for (const client of [dynamo, lambda, sqs]) client.destroy();
    },
  };
};

/** Each file has a field of its own. */
const countsOf = (item: Record<string, AttributeValue>): FileCounts => {
  const files = Object.entries(item).flatMap(([name, value]) => (name.startsWith('file-') && value.M ? [value.M] : []));
  const sum = (name: string): number => files.reduce((total, file) => total + Number(file[name]?.N ?? 0), 0);
  return { files: files.length, expected: sum('expected'), delivered: sum('delivered') };
};
