import { expect, it } from 'vitest';
import { errorMapping } from '../../../../lambdas/runtime/middleware/error-mapping.ts';
import { Redactor } from '../../../../lambdas/runtime/redaction.ts';
import { CodedError } from '../../../../lib/contract/index.ts';
import { invokeThrough } from '../../../_helpers/middleware-scene.ts';

const canary = 'canary-password';

const failure = async (error: unknown): Promise<unknown> => {
  const redactor = new Redactor();
  redactor.learn(canary);
  return invokeThrough([errorMapping({ redactor })], () => {
    throw error;
  }).then(
    () => expect.unreachable('nothing was thrown'),
    (reason: unknown) => reason,
  );
};

it('passes the code and the redacted message, and nothing else that hangs on the error', async () => {
  const cause = Object.assign(new Error(canary), { detail: canary });
  const error = await failure(new CodedError('database-auth', `refused ${canary}`, { retryable: false, cause }));
  expect(error).toMatchObject({ name: 'database-auth', message: 'refused [redacted]' });
  expect(error).not.toHaveProperty('cause');
  expect(JSON.stringify(Object.getOwnPropertyDescriptors(error))).not.toContain('canary');
  expect((error as Error).stack).toBe('database-auth: refused [redacted]');
});

it.each([
  ['an error without a code', new TypeError('of ours'), 'of ours'],
  ['something that is not an error', 'a text', 'a text'],
])('calls %s unexpected', async (_what, thrown, message) => {
  expect(await failure(thrown)).toMatchObject({ name: 'unexpected', message });
});
