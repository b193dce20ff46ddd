/** The ledger in a DynamoDB table with the key `id` and the TTL attribute `expires`. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  BatchGetItemCommand,
  type BatchGetItemCommandOutput,
  BatchWriteItemCommand,
  type BatchWriteItemCommandOutput,
  type DynamoDBClient,
  type KeysAndAttributes,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb';
import { callAws } from '../../runtime/adapters/aws-client.ts';
import { AwsError } from '../../runtime/aws-error.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import { ledgerKey } from '../ledger/ledger-key.ts';
import { ledgerRetentionMs, type Ledger } from '../ledger/ledger.ts';

export interface DynamoDbLedgerOptions {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Waits before what DynamoDB did not take is asked for again. @default a pause that doubles from 50 ms, with jitter */
  readonly pause?: (attempt: number) => Promise<void>;
}

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const largestRead = 100;
const largestWrite = 25;

const readLedger = 'read the ledger of delivered events';
const writeLedger = 'write the ledger of delivered events';

export const createDynamoDbLedger = ({ client, table, now, pause = defaultPause }: DynamoDbLedgerOptions): Ledger => {
  const read = async (keys: readonly string[], deadline: Deadline): Promise<readonly string[]> => {
    const found: string[] = [];
    let left: KeysAndAttributes | undefined = {
      Keys: keys.map((id) => ({ id: { S: id } })),
      ProjectionExpression: 'id',
      ConsistentRead: true,
    };
    for (let attempt = 1; left; attempt += 1) {
      if (attempt > 1) await pauseWithin(deadline, readLedger, () => pause(attempt - 1));
      const request: { RequestItems: Record<string, KeysAndAttributes> } = { RequestItems: { [table]: left } };
      const answer: BatchGetItemCommandOutput = await callAws(readLedger, deadline, (options) =>
        client.send(new BatchGetItemCommand(request), options),
      );
      for (const { id } of answer.Responses?.[table] ?? []) if (id?.S !== undefined) found.push(id.S);
      left = answer.UnprocessedKeys?.[table];
    }
    return found;
  };
  const write = async (keys: readonly string[], deadline: Deadline): Promise<void> => {
    const expires = String(Math.ceil((now() + ledgerRetentionMs) / 1000));
    let left: WriteRequest[] | undefined = keys.map((id) => ({
      PutRequest: { Item: { id: { S: id }, expires: { N: expires } } },
    }));
    for (let attempt = 1; left && left.length > 0; attempt += 1) {
      if (attempt > 1) await pauseWithin(deadline, writeLedger, () => pause(attempt - 1));
      const request: { RequestItems: Record<string, WriteRequest[]> } = { RequestItems: { [table]: left } };
      const answer: BatchWriteItemCommandOutput = await callAws(writeLedger, deadline, (options) =>
        client.send(new BatchWriteItemCommand(request), options),
      );
      left = answer.UnprocessedItems?.[table];
    }
  };
  return {
    delivered: async (destination, eventIds, deadline) => {
      const ids = new Map(eventIds.map((eventId) => [ledgerKey(destination, eventId), eventId]));
      const found = await Promise.all(slices([...ids.keys()], largestRead).map((keys) => read(keys, deadline)));
      return new Set(found.flat().flatMap((key) => ids.get(key) ?? []));
    },
    remember: async (destination, eventIds, deadline) => {
      // A request that names a key twice is refused as a whole.
      const keys = [...new Set(eventIds.map((eventId) => ledgerKey(destination, eventId)))];
      await Promise.all(slices(keys, largestWrite).map((slice) => write(slice, deadline)));
    },
  };
};

/** @throws AwsError `aws-throttled` once there is no time for another attempt. */
const pauseWithin = async (deadline: Deadline, doing: string, pause: () => Promise<void>): Promise<void> => {
  await pause();
  if (deadline.remainingMs() > 0) return;
  throw new AwsError('aws-throttled', `Could not ${doing}: DynamoDB did not take all of it in time`, {
    retryable: true,
  });
};

/** Full jitter: anything up to the doubled pause of the attempt before. */
const defaultPause = (attempt: number): Promise<void> => sleep(randomInt(Math.min(1_000, 25 * 2 ** attempt)));

const slices = <Item>(items: readonly Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));
