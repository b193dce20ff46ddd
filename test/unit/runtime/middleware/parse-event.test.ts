import { expect, it } from 'vitest';
import * as z from 'zod/mini';
import { parseEvent } from '../../../../lambdas/runtime/middleware/parse-event.ts';
import { invokeThrough } from '../../../_helpers/middleware-scene.ts';

const canary = 'canary-value';

const parsed = (schema: z.ZodMiniType, event: unknown) =>
  invokeThrough([parseEvent({ what: 'The event', schemaOf: () => schema })], (given) => given, event);

const strict = z.strictObject({
  name: z.string(),
  kind: z.enum(['a', 'b']),
  list: z.optional(z.array(z.object({ id: z.number() }))),
});

it('gives the handler what the schema knows', async () => {
  expect(await parsed(z.object({ name: z.string() }), { name: 'n', added: 1 })).toEqual({ name: 'n' });
});

it.each([
  ['an unknown key', { name: 'n', kind: 'a', more: canary }, 'it has the unknown key more'],
  [
    'an unknown key that looks like a value',
    { name: 'n', kind: 'a', [`${canary} 1`]: 1 },
    'it has the unknown key one of 14 characters',
  ],
  ['a wrong type', { name: { canary }, kind: 'a' }, 'name is an object and must be a string'],
  ['an unknown word', { name: 'n', kind: canary }, 'kind must be one of a, b'],
  ['a missing key', { kind: 'a' }, 'name is missing and must be a string'],
  ['a wrong item', { name: 'n', kind: 'a', list: [{ id: canary }] }, 'list.0.id is a string and must be a number'],
  [
    'many faults',
    { name: 1, kind: canary, list: [{ id: canary }, { id: canary }] },
    'name is a number and must be a string; kind must be one of a, b; list.0.id is a string and must be a number; and 1 more',
  ],
])('refuses %s in one sentence without a value', async (_what, event, problem) => {
  await expect(parsed(strict, event)).rejects.toMatchObject({
    code: 'event-invalid',
    retryable: false,
    message: `The event is not valid: ${problem}`,
  });
});
