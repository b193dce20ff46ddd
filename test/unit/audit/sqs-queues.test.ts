import type { ChangeMessageVisibilityBatchCommand, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { type SQSClient } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { createSqsQueues } from '../../../lambdas/audit/adapters/sqs-queues.ts';

const deadline = { remainingMs: () => 60_000 };

/** SQS that answers as told, then takes everything. */
const scene = (...answers: readonly (object | Error)[]) => {
  const calls: (readonly (string | undefined)[])[] = [];
  const left = [...answers];
  const client = {
    send: ({ input }: SendMessageBatchCommand | ChangeMessageVisibilityBatchCommand) => {
      calls.push(
        (input.Entries ?? []).map((entry) => ('MessageBody' in entry ? entry.MessageBody : entry.ReceiptHandle)),
      );
      const answer = left.shift() ?? {};
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
  } as unknown as SQSClient;
  const queues = createSqsQueues({ client, pause: () => Promise.resolve() });
  return {
    calls,
    send: (...bodies: readonly string[]) =>
      queues.send(
        'queue',
        bodies.map((body) => ({ body })),
        deadline,
      ),
    hide: (...handles: readonly string[]) =>
      queues.hide(
        'queue',
        handles.map((receiptHandle) => ({ receiptHandle, seconds: 60 })),
        deadline,
      ),
  };
};

const failure = (Id: string, SenderFault: boolean) => ({ Id, SenderFault, Code: 'Refused', Message: 'no' });

describe('messages that are sent', () => {
  it('go in batches of ten', async () => {
    const { calls, send } = scene();
    expect(await send(...'abcdefghijkl'.split(''))).toEqual(new Map());
    expect(calls.map((call) => call.join(''))).toEqual(['abcdefghij', 'kl']);
  });

  it('are sent again alone if SQS did not take them', async () => {
    const { calls, send } = scene({ Failed: [failure('1', false)] });
    expect(await send('a', 'b', 'c')).toEqual(new Map());
    expect(calls).toEqual([['a', 'b', 'c'], ['b']]);
  });

  it('fail at once, with the reason, if they are themselves at fault', async () => {
    const { calls, send } = scene({ Failed: [failure('1', true)] });
    expect(await send('a', 'b', 'c')).toEqual(new Map([[1, 'Refused: no']]));
    expect(calls).toHaveLength(1);
  });

  it('fail with the reason if SQS does not take them in four attempts', async () => {
    const busy = { Failed: [failure('0', false)] };
    const { calls, send } = scene(busy, busy, busy, busy);
    expect(await send('a')).toEqual(new Map([[0, 'Refused: no']]));
    expect(calls).toHaveLength(4);
  });

  it('fail together if the call is refused, and those of another batch do not', async () => {
    const { send } = scene(new Error('denied'));
    const failed = await send(...'abcdefghijkl'.split(''));
    expect([...failed.keys()]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(failed.get(0)).toMatch(/denied/);
  });
});

describe('messages that are hidden', () => {
  it('say nothing if all are', async () => {
    expect(await scene().hide('a', 'b')).toBeUndefined();
  });

  it('say why one of them is not', async () => {
    expect(await scene({ Failed: [failure('1', true)] }).hide('a', 'b')).toBe('Refused: no');
  });

  it('say why the call failed', async () => {
    expect(await scene(new Error('denied')).hide('a')).toMatch(/denied/);
  });
});
