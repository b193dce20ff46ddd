import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe } from 'vitest';
import { createDynamoDbLedger } from '../../../lambdas/audit/adapters/dynamodb-ledger.ts';
import { startContractTarget, type ContractTarget } from '../../_helpers/contract-target.ts';
import { ledgerContract } from '../../_helpers/ledger-contract.ts';

let target: ContractTarget;
let client: DynamoDBClient;

beforeAll(async () => {
  target = await startContractTarget();
  client = new DynamoDBClient(target.configuration);
});

afterAll(async () => {
  await target.stop();
});

describe('the ledger in DynamoDB', () => {
  ledgerContract(async () => {
    const table = target.unique(`ledger-${randomUUID().slice(0, 8)}`);
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 120 }, { TableName: table });
    target.onStop(() => client.send(new DeleteTableCommand({ TableName: table })));
    return createDynamoDbLedger({ client, table, now: Date.now });
  });
});
