import { describe, expect, it } from 'vitest';

import { createSecretLocks } from '../../../local/gateway/services/secrets-manager/secret-locks.ts';

describe('the lock of a secret', () => {
  it('lets one writer after the other, and those of other secrets at the same time', async () => {
    const locks = createSecretLocks();
    const seen: string[] = [];
    const write = (key: string, name: string) =>
      locks.run(key, async () => {
        seen.push(`${name} in`);
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(`${name} out`);
      });

    await Promise.all([write('a', 'first'), write('a', 'second'), write('b', 'other')]);

    expect(seen.filter((entry) => !entry.startsWith('other'))).toEqual([
      'first in',
      'first out',
      'second in',
      'second out',
    ]);
    expect(seen.indexOf('other in')).toBeLessThan(seen.indexOf('second in'));
  });

  it('goes on after a failure, which is its own caller’s alone', async () => {
    const locks = createSecretLocks();

    const results = await Promise.allSettled([
      locks.run('a', () => Promise.reject(new Error('first'))),
      locks.run('a', () => Promise.resolve('second')),
    ]);

    expect(results).toMatchObject([
      { status: 'rejected', reason: { message: 'first' } },
      { status: 'fulfilled', value: 'second' },
    ]);
  });
});
