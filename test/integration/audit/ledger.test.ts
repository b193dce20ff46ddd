import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe } from 'vitest';
import { createDynamoDbLedger } from '../../../lambdas/audit/adapters/dynamodb-ledger.ts';
import { startContractTarget, type ContractTarget } from '../../_helpers/contract-target.ts';
import { makeTable } from '../../_helpers/dynamodb-table.ts';
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
    const table = await makeTable(target, client, 'id');
    return createDynamoDbLedger({ client, table, now: Date.now });
  });
});
