import { describe, expect, it } from 'vitest';
import { randomPasswords } from '../../../lambdas/databases/passwords.ts';
import { EngineError } from '../../../lambdas/databases/errors.ts';

const classes = { lower: /[a-z]/g, upper: /[A-Z]/g, digits: /[0-9]/g, special: /[-_]/g };
const countOf = (password: string, kind: keyof typeof classes): number => password.match(classes[kind])?.length ?? 0;
const samples = Array.from({ length: 2_000 }, () => randomPasswords.generate());

describe('generated passwords', () => {
  it('have 32 characters that nothing needs to escape, of each class at least one', () => {
    for (const password of samples) {
      expect(password).toMatch(/^[A-Za-z0-9_-]{32}$/);
      for (const kind of Object.keys(classes) as (keyof typeof classes)[]) {
        expect(countOf(password, kind)).toBeGreaterThan(0);
      }
    }
  });

  it('are never the same, and have every character at every position', () => {
    expect(new Set(samples).size).toBe(samples.length);
    for (let position = 0; position < 32; position++) {
      const seen = new Set(samples.map((password) => password[position]));
      expect(seen.size).toBe(64);
    }
  });

  it.each([
    [{ minLength: 40 }, 40],
    [{ minLength: 8, special: 5, digits: 6, upper: 7, lower: 8 }, 5 + 6 + 7 + 8 + 22],
    [{ special: 0, digits: 2 }, 32],
  ])('hold what the policy %j demands', (policy, total) => {
    for (let sample = 0; sample < 200; sample++) {
      const password = randomPasswords.generate(policy);
      expect(password).toHaveLength(total);
      for (const kind of ['lower', 'upper', 'digits', 'special'] as const) {
        expect(countOf(password, kind)).toBeGreaterThanOrEqual(
          Math.max(1, (policy as Record<string, number>)[kind] ?? 0),
        );
      }
    }
  });

  it.each([{ minLength: 129 }, { special: 1e9 }, { digits: Number.NaN }])('are refused for the policy %j', (policy) => {
    const attempt = () => randomPasswords.generate(policy);
    expect(attempt).toThrow(EngineError);
    expect(attempt).toThrow(/policy/);
  });
});
