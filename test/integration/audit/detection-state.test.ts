import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe } from 'vitest';
import { createDynamoDbDetectionState } from '../../../lambdas/audit/adapters/dynamodb-detection-state.ts';
import { startContractTarget, type ContractTarget } from '../../_helpers/contract-target.ts';
import { detectionStateContract } from '../../_helpers/detection-state-contract.ts';

let target: ContractTarget;
let client: DynamoDBClient;

beforeAll(async () => {
  target = await startContractTarget();
  client = new DynamoDBClient(target.configuration);
});

afterAll(async () => {
  await target.stop();
});

describe('the state of detections in DynamoDB', () => {
  detectionStateContract(async () => {
    const table = target.unique(`detections-${randomUUID().slice(0, 8)}`);
    await client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [
          { AttributeName: 'set', AttributeType: 'S' },
          { AttributeName: 'member', AttributeType: 'S' },
        ],
        KeySchema: [
          { AttributeName: 'set', KeyType: 'HASH' },
          { AttributeName: 'member', KeyType: 'RANGE' },
        ],
      }),
    );
    await waitUntilTableExists({ client, maxWaitTime: 120 }, { TableName: table });
    target.onStop(() => client.send(new DeleteTableCommand({ TableName: table })));
    return createDynamoDbDetectionState({ client, table }, { remainingMs: () => 60_000 });
  });
});
