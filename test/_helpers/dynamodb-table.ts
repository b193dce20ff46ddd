/** A new table in the contract target, which deletes it at its end. */
import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  waitUntilTableExists,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import type { ContractTarget } from './contract-target.ts';

/** @param keys - names of the keys, which are texts: the partition key, then the sort key if there is one. */
export const makeTable = async (
  target: ContractTarget,
  client: DynamoDBClient,
  ...keys: readonly [partition: string, sort?: string]
): Promise<string> => {
  const TableName = target.unique(`table-${randomUUID().slice(0, 8)}`);
  await client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    }),
  );
  await waitUntilTableExists({ client, maxWaitTime: 120 }, { TableName });
  target.onStop(() => client.send(new DeleteTableCommand({ TableName })));
  return TableName;
};
