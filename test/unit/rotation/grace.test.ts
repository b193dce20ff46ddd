import { describe, expect, it } from 'vitest';
import { promotedAt } from '../../../lambdas/rotation/core/grace.ts';
import { formatGrace, parseGrace } from '../../../lib/contract/index.ts';

const day = (number: number): Date => new Date(Date.UTC(2026, 0, number));

describe('point 14: the grace time begins when the current version became current', () => {
  it.each([
    ['a rotation that Secrets Manager ran', { lastRotatedAt: day(2), lastChangedAt: day(9) }, day(1), day(2)],
    ['a value put by hand after that', { lastRotatedAt: day(2), lastChangedAt: day(5) }, day(5), day(5)],
    [
      'a version made days before an operator promoted it',
      { lastRotatedAt: day(2), lastChangedAt: day(8) },
      day(5),
      day(8),
    ],
    ['a secret that Secrets Manager never rotated', { lastChangedAt: day(4) }, day(3), day(4)],
  ])('of %s', (_what, secret, createdAt, expected) => {
    expect(promotedAt(secret, { createdAt })).toEqual(expected);
  });
});

describe('a grace time in a tag', () => {
  it('is read as it was written', () => {
    expect([parseGrace(formatGrace(24)), parseGrace('0h')]).toEqual([24, 0]);
  });

  it.each(['24', '1d', '-1h', '1.5h', 'h', '999999h'])('%s is none', (text) => {
    expect(parseGrace(text)).toBeUndefined();
  });
});
