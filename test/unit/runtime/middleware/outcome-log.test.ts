import { expect, it } from 'vitest';
import type { WithFacts } from '../../../../lambdas/runtime/middleware/invocation.ts';
import { outcomeLog } from '../../../../lambdas/runtime/middleware/outcome-log.ts';
import { CodedError } from '../../../../lib/contract/index.ts';
import { invokeThrough, keptLog } from '../../../_helpers/middleware-scene.ts';

const scene = () => {
  const { log, lines } = keptLog();
  let time = 1_000;
  const middleware = outcomeLog({
    log,
    what: (event) => `Work on ${String(event)}`,
    now: () => (time += 5),
    failureMetric: ({ secret }) => ({
      values: { Failed: 1 },
      dimensions: [['secret'], ['environment']],
      fields: { environment: 'dev', ...(typeof secret === 'string' && { secret }) },
    }),
  });
  const invoke = (handler: (context: WithFacts) => unknown) =>
    invokeThrough([middleware], (_event, context: WithFacts) => handler(context), 'it');
  return { invoke, lines };
};

it('leaves one line with the facts and the duration', async () => {
  const { invoke, lines } = scene();
  await invoke((context) => {
    context.facts = { ...context.facts, secret: 's', outcome: 'stored' };
  });
  expect(lines).toEqual([{ level: 'info', message: 'Work on it done', secret: 's', outcome: 'stored', durationMs: 5 }]);
});

it('leaves one line with code and metric where the handler fails', async () => {
  const { invoke, lines } = scene();
  const error = new CodedError('too-late', 'Too late', { retryable: true });
  const failing = invoke((context) => {
    context.facts = { secret: 's' };
    throw error;
  });
  await expect(failing).rejects.toBe(error);
  expect(lines).toMatchObject([
    {
      level: 'error',
      message: 'Work on it failed',
      secret: 's',
      outcome: 'too-late',
      retryable: true,
      error,
      Failed: 1,
      _aws: { CloudWatchMetrics: [{ Dimensions: [['secret'], ['environment']] }] },
    },
  ]);
});

it('calls an error without a code unexpected, and counts it under the dimensions that are known', async () => {
  const { invoke, lines } = scene();
  const failing = invoke(() => {
    throw new TypeError('of ours');
  });
  await expect(failing).rejects.toThrow('of ours');
  expect(lines).toMatchObject([
    { outcome: 'unexpected', retryable: false, _aws: { CloudWatchMetrics: [{ Dimensions: [['environment']] }] } },
  ]);
});
