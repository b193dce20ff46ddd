/** Counts of the trail's files, as items of the ledger's table: one per destination and hour, with a field per file. */
import { createHash } from 'node:crypto';
import { UpdateItemCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { completenessKey } from '../../../lib/contract/index.ts';
import { callAws } from '../../runtime/adapters/aws-client.ts';
import type { Counters } from '../complete/ports.ts';

/** As long as the months that a report covers. */
const retentionMs = 100 * 24 * 60 * 60 * 1000;

export const createDynamoDbCounters = ({
  client,
  table,
  now,
}: {
  readonly client: DynamoDBClient;
  readonly table: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}): Counters => ({
  // A field is replaced as a whole, so that a repeated look at a file counts it once.
  set: async (destination, hour, key, { expected, delivered }, deadline) => {
    const command = new UpdateItemCommand({
      TableName: table,
      Key: { id: { S: completenessKey(destination, hour) } },
      UpdateExpression: 'SET #file = :count, #expires = :expires',
      ExpressionAttributeNames: { '#file': fieldOf(key), '#expires': 'expires' },
      ExpressionAttributeValues: {
        ':count': { M: { expected: { N: String(expected) }, delivered: { N: String(delivered) } } },
        ':expires': { N: String(Math.ceil((now() + retentionMs) / 1000)) },
      },
    });
    await callAws('count what was delivered', deadline, (options) => client.send(command, options));
  },
});

/** A key is long, and an item has 400 KB at most. */
const fieldOf = (key: string): string => `file-${createHash('sha256').update(key).digest('hex').slice(0, 16)}`;
