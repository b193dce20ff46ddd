import { expect, it } from 'vitest';
import { withoutQuotedValues } from '../../../../lambdas/audit/normalise/error-message.ts';

it('leaves out an error message far longer than CloudTrail writes, rather than search it for what it quotes', () => {
  const canary = 'canary-value';
  const message = `Value '${canary}' at 'secretString' failed. ${"value '".repeat(20_000)}`;
  expect(withoutQuotedValues(message)).toBe('(left out: longer than 4096 characters)');
});
