import { expect, it } from 'vitest';
import { InvalidEvent } from '../../../../lambdas/runtime/invalid-event.ts';
import { batchItems, type BatchItem } from '../../../../lambdas/runtime/middleware/batch-items.ts';
import { metrics } from '../../../../lambdas/runtime/middleware/metrics.ts';
import { invokeThrough, keptLog } from '../../../_helpers/middleware-scene.ts';

const canary = 'canary-value';

const parse = (body: string): string => {
  if (body.startsWith('bad')) throw new InvalidEvent('The message is not valid');
  if (body.startsWith('bug')) throw new TypeError('of ours');
  return body.toUpperCase();
};

const scene = () => {
  const { log, lines } = keptLog();
  const fields = { environment: 'dev' };
  const chain = [
    metrics({ log, now: () => 1, dimensions: [['environment']], fields }),
    batchItems({ parse, log, metrics: { done: 'Done', failed: 'Failed' } }),
  ];
  const invoke = (event: unknown, handler: (items: readonly BatchItem<string>[]) => unknown = () => []) =>
    invokeThrough(chain, (items) => handler(items as readonly BatchItem<string>[]), event);
  const counted = () => lines.filter(({ message }) => message === 'Done' || message === 'Failed');
  return { invoke, lines, counted };
};

const batch = (...bodies: readonly string[]) => ({
  Records: bodies.map((body, index) => ({ messageId: `${index}`, body, eventSource: 'aws:sqs', added: canary })),
  added: canary,
});

it('gives the handler the messages that are valid, and sends back the others and those that it names', async () => {
  const { invoke, lines, counted } = scene();
  const seen: unknown[] = [];
  const answer = await invoke(batch('a', `bad ${canary}`, 'b'), (items) => {
    seen.push(...items);
    return ['2'];
  });
  expect(seen).toEqual([
    { messageId: '0', body: 'A' },
    { messageId: '2', body: 'B' },
  ]);
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: '2' }] });
  expect(counted()).toMatchObject([
    { Done: 1, environment: 'dev' },
    { Failed: 2, environment: 'dev' },
  ]);
  expect(lines[0]).toEqual({
    level: 'error',
    message: 'Message refused',
    messageId: '1',
    code: 'event-invalid',
    reason: 'The message is not valid',
  });
  expect(JSON.stringify(lines)).not.toContain(canary);
});

it('counts nothing where there is nothing to count', async () => {
  const { invoke, counted } = scene();
  expect(await invoke(batch('a'))).toEqual({ batchItemFailures: [] });
  expect(counted()).toMatchObject([{ Done: 1 }]);
});

it('sends the whole batch back where the handler fails, and counts it', async () => {
  const { invoke, counted } = scene();
  const failing = invoke(batch('a', 'bad', 'b'), () => Promise.reject(new Error('no token')));
  await expect(failing).rejects.toThrow('no token');
  expect(counted()).toMatchObject([{ Failed: 3 }]);
});

it('fails the invocation for a fault of ours in a parser', async () => {
  await expect(scene().invoke(batch('bug'))).rejects.toThrow('of ours');
});

it.each([
  [undefined, 'Records is missing and must be an array'],
  [{ Records: 'a' }, 'Records is a string and must be an array'],
  [{ Records: [{ messageId: 7, body: 'a' }] }, 'Records.0.messageId is a number and must be a string'],
  [{ Records: [{ messageId: 'a', body: { canary } }] }, 'Records.0.body is an object and must be a string'],
])('refuses %j, which is not a batch of SQS', async (event, problem) => {
  await expect(scene().invoke(event)).rejects.toMatchObject({
    code: 'event-invalid',
    message: `The batch of messages is not valid: ${problem}`,
  });
});
