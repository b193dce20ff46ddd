import { expect, it } from 'vitest';
import { redaction } from '../../../../lambdas/runtime/middleware/redaction.ts';
import { Redactor } from '../../../../lambdas/runtime/redaction.ts';
import { invokeThrough } from '../../../_helpers/middleware-scene.ts';

const canary = 'canary-password';

it('redacts the messages of a report at any depth, and leaves names and codes', async () => {
  const redactor = new Redactor();
  const report = { secret: canary, checks: [{ code: canary, message: `refused ${canary}` }] };
  const answer = await invokeThrough([redaction({ redactor })], () => {
    redactor.learn(canary);
    return report;
  });
  expect(answer).toEqual({ secret: canary, checks: [{ code: canary, message: 'refused [redacted]' }] });
});

it('forgets what the invocation before had learned', async () => {
  const redactor = new Redactor();
  redactor.learn(canary);
  expect(await invokeThrough([redaction({ redactor })], () => redactor.redact(canary))).toBe(canary);
});

it('leaves an invocation without an answer without one', async () => {
  expect(await invokeThrough([redaction({ redactor: new Redactor() })], () => undefined)).toBeUndefined();
});
