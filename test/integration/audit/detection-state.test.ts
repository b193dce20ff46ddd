import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe } from 'vitest';
import { createDynamoDbDetectionState } from '../../../lambdas/audit/adapters/dynamodb-detection-state.ts';
import { startContractTarget, type ContractTarget } from '../../_helpers/contract-target.ts';
import { makeTable } from '../../_helpers/dynamodb-table.ts';
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
    const table = await makeTable(target, client, 'set', 'member');
    return createDynamoDbDetectionState({ client, table }, { remainingMs: () => 60_000 });
  });
});
