import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { together } from '../../../local/together.ts';

const never = new AbortController().signal;

describe('together', () => {
  it('gives what each gave, in their order', async () => {
    const results = await together<[number, string]>(
      never,
      () => sleep(5, 1),
      () => Promise.resolve('two'),
    );
    expect(results).toEqual([1, 'two']);
  });

  it('throws the first failure after the others have ended by their signal', async () => {
    const ended: string[] = [];
    const slow = async (signal: AbortSignal): Promise<undefined> => {
      await sleep(60_000, undefined, { signal }).catch(() => undefined);
      await sleep(50);
      ended.push('slow');
      throw new Error('interrupted');
    };
    await expect(
      together<[undefined, undefined]>(never, slow, () => Promise.reject(new Error('the cause'))),
    ).rejects.toThrow('the cause');
    expect(ended).toEqual(['slow']);
  });

  it('ends all by the signal of the caller', async () => {
    const controller = new AbortController();
    const wait = (signal: AbortSignal): Promise<undefined> => sleep(60_000, undefined, { signal });
    const all = together<[undefined, undefined]>(controller.signal, wait, wait);
    controller.abort();
    await expect(all).rejects.toThrow('aborted');
  });
});
