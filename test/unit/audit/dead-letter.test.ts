import { expect, it } from 'vitest';
import { deadLetter } from '../../../lambdas/audit/queues/dead-letter.ts';

it('has texts as attributes, none of them empty, long, or with characters that SQS refuses', () => {
  const facts = { attempts: 3, eventId: '', destination: 'a\u0000b\uD800' };
  expect(deadLetter({ body: 'b', code: 'c', reason: 'r'.repeat(5_000), facts })).toEqual({
    body: 'b',
    attributes: { code: 'c', reason: 'r'.repeat(1_000), attempts: '3', eventId: '-', destination: 'a\uFFFDb\uFFFD' },
  });
});
