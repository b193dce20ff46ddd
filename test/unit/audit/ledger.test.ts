import {
  BatchGetItemCommand,
  BatchWriteItemCommand,
  DynamoDBClient,
  type BatchWriteItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDynamoDbLedger } from '../../../lambdas/audit/adapters/dynamodb-ledger.ts';
import { ledgerContract } from '../../_helpers/ledger-contract.ts';
import { createLedgerModel } from '../../_helpers/ledger-model.ts';

describe('the model of the ledger', () => {
  ledgerContract(() => Promise.resolve(createLedgerModel()));
});

describe('the ledger in DynamoDB, when the table is throttled', () => {
  const dynamoDb = mockClient(DynamoDBClient);
  const table = 'strongroom-dev-audit-ledger';
  const now = Date.UTC(2026, 10, 21);

  beforeEach(() => {
    dynamoDb.reset();
  });

  const scene = (remainingMs = () => 60_000) => {
    const pauses: number[] = [];
    const ledger = createDynamoDbLedger({
      client: new DynamoDBClient({ region: 'eu-west-1' }),
      table,
      now: () => now,
      pause: (attempt) => {
        pauses.push(attempt);
        return Promise.resolve();
      },
    });
    return { ledger, pauses, deadline: { remainingMs } };
  };

  it('asks again for the keys that were not read', async () => {
    const { ledger, pauses, deadline } = scene();
    dynamoDb
      .on(BatchGetItemCommand)
      .resolvesOnce({
        Responses: { [table]: [{ id: { S: 'siem#a' } }] },
        UnprocessedKeys: { [table]: { Keys: [{ id: { S: 'siem#b' } }] } },
      })
      .resolvesOnce({ Responses: { [table]: [{ id: { S: 'siem#b' } }] } });
    expect(await ledger.delivered('siem', ['a', 'b'], deadline)).toEqual(new Set(['a', 'b']));
    expect(pauses).toEqual([1]);
    expect(dynamoDb.commandCalls(BatchGetItemCommand)[1]?.args[0].input.RequestItems?.[table]?.Keys).toEqual([
      { id: { S: 'siem#b' } },
    ]);
  });

  it('writes again what was not written, until 15 days from now', async () => {
    const { ledger, pauses, deadline } = scene();
    const item = (id: string) => ({
      PutRequest: { Item: { id: { S: id }, expires: { N: String(now / 1000 + 15 * 86_400) } } },
    });
    dynamoDb
      .on(BatchWriteItemCommand)
      .resolvesOnce({ UnprocessedItems: { [table]: [item('siem#b')] } })
      .resolvesOnce({ UnprocessedItems: {} });
    await ledger.remember('siem', ['a', 'b'], deadline);
    const written = dynamoDb.commandCalls(BatchWriteItemCommand).map(({ args }) => args[0].input.RequestItems?.[table]);
    expect(written).toEqual([[item('siem#a'), item('siem#b')], [item('siem#b')]]);
    expect(pauses).toEqual([1]);
  });

  it('gives up when the time is up', async () => {
    let remaining = 60_000;
    const { ledger, deadline } = scene(() => remaining);
    dynamoDb.on(BatchWriteItemCommand).callsFake((input: BatchWriteItemCommandInput) => {
      remaining = 0;
      return { UnprocessedItems: input.RequestItems };
    });
    await expect(ledger.remember('siem', ['a'], deadline)).rejects.toMatchObject({
      code: 'aws-throttled',
      retryable: true,
    });
  });
});
