import { describe, expect, it } from 'vitest';
import { createReadCache } from '../../../local/gateway/authorization/read-cache.ts';

const counting = () => {
  let reads = 0;
  return () => Promise.resolve(++reads);
};

describe('what is kept of the deployed policies', () => {
  it('is read once, until something was written', async () => {
    const cache = createReadCache();
    const read = counting();
    expect([await cache.get('a', read), await cache.get('a', read)]).toEqual([1, 1]);

    cache.forget();

    expect(await cache.get('a', read)).toBe(2);
  });

  it('is read anew after a read that failed', async () => {
    const cache = createReadCache();
    await expect(cache.get('a', () => Promise.reject(new Error('down')))).rejects.toThrow('down');

    expect(await cache.get('a', () => Promise.resolve('up'))).toBe('up');
  });

  it('is nothing while a stack changes, and read once more when it has come to rest', async () => {
    const cache = createReadCache();
    const read = counting();
    let settled = false;
    await cache.get('a', read);

    cache.unsettle(() => Promise.resolve(settled));
    expect([await cache.get('a', read), await cache.get('a', read)]).toEqual([2, 3]);

    settled = true;
    expect([await cache.get('a', read), await cache.get('a', read)]).toEqual([4, 4]);
  });

  it('waits for every stack that changes', async () => {
    const cache = createReadCache();
    const read = counting();
    cache.unsettle(() => Promise.resolve(true));
    cache.unsettle(() => Promise.resolve(false));

    expect([await cache.get('a', read), await cache.get('a', read)]).toEqual([1, 2]);
  });
});
