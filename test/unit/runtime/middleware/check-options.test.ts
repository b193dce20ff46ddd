/** Every middleware checks its options when the function starts. */
import { describe, expect, it } from 'vitest';
import { batchItems } from '../../../../lambdas/runtime/middleware/batch-items.ts';
import { customResource } from '../../../../lambdas/runtime/middleware/custom-resource.ts';
import { deadline } from '../../../../lambdas/runtime/middleware/deadline.ts';
import { errorMapping } from '../../../../lambdas/runtime/middleware/error-mapping.ts';
import { metrics } from '../../../../lambdas/runtime/middleware/metrics.ts';
import { outcomeLog } from '../../../../lambdas/runtime/middleware/outcome-log.ts';
import { parseEvent } from '../../../../lambdas/runtime/middleware/parse-event.ts';
import { redaction } from '../../../../lambdas/runtime/middleware/redaction.ts';
import { Redactor } from '../../../../lambdas/runtime/redaction.ts';
import { keptLog } from '../../../_helpers/middleware-scene.ts';

const { log } = keptLog();
const redactor = new Redactor();
const anything = () => undefined;

const middlewares: readonly [name: string, make: (options: never) => unknown, good: object, wrong: object][] = [
  [
    'batch-items',
    batchItems,
    { parse: anything, log, metrics: { done: 'a', failed: 'b' } },
    { metrics: { done: 'a' } },
  ],
  ['custom-resource', customResource, { redactor, answer: anything }, { answer: 'https://example.com' }],
  ['deadline', deadline, { reserveMs: 1_500 }, { reserveMs: -1 }],
  ['error-mapping', errorMapping, { redactor }, { redactor: {} }],
  ['metrics', metrics, { log, now: anything, dimensions: [['a']], fields: { a: 'b' } }, { dimensions: ['a'] }],
  ['outcome-log', outcomeLog, { log, now: anything, what: anything }, { log: anything }],
  ['parse-event', parseEvent, { what: 'The event', schemaOf: anything }, { what: 7 }],
  ['redaction', redaction, { redactor }, { redactor: undefined }],
];

describe.each(middlewares)('%s', (name, make, good, wrong) => {
  it('takes its options', () => {
    expect(make(good as never)).toBeTypeOf('object');
  });

  it.each([
    ['an unknown key', { ...good, silent: true }, 'unknown key silent'],
    ['a wrong value', { ...good, ...wrong }, Object.keys(wrong)[0]!],
    ['a missing key', {}, Object.keys(good)[0]!],
  ])('refuses %s', (_what, options, problem) => {
    expect(() => make(options as never)).toThrow(
      expect.objectContaining({
        code: 'options-invalid',
        message: expect.stringMatching(`^The options of the middleware ${name} are not valid: .*${problem}`) as string,
      }) as Error,
    );
  });
});
