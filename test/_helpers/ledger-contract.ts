/** What every ledger does: the model, and the adapter against DynamoDB. */
import { expect, it } from 'vitest';
import type { Ledger } from '../../lambdas/audit/ledger/ledger.ts';

const deadline = { remainingMs: () => 60_000 };
const ids = (count: number, prefix = 'event') => Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** @param start - an empty ledger. */
export const ledgerContract = (start: () => Promise<Ledger>): void => {
  it('has no event at first', async () => {
    const ledger = await start();
    expect(await ledger.delivered('siem', ['a', 'b'], deadline)).toEqual(new Set());
  });

  it('finds the events that it was told of, and no others', async () => {
    const ledger = await start();
    await ledger.remember('siem', ['a', 'b'], deadline);
    expect(await ledger.delivered('siem', ['a', 'c', 'b'], deadline)).toEqual(new Set(['a', 'b']));
  });

  it('keeps the destinations apart', async () => {
    const ledger = await start();
    await ledger.remember('siem', ['a'], deadline);
    expect(await ledger.delivered('lake', ['a'], deadline)).toEqual(new Set());
  });

  it('takes ids twice in one call, and again in another', async () => {
    const ledger = await start();
    await ledger.remember('siem', ['a', 'a'], deadline);
    await ledger.remember('siem', ['a', 'b'], deadline);
    expect(await ledger.delivered('siem', ['a', 'b', 'a'], deadline)).toEqual(new Set(['a', 'b']));
  });

  it('takes no id', async () => {
    const ledger = await start();
    await ledger.remember('siem', [], deadline);
    expect(await ledger.delivered('siem', [], deadline)).toEqual(new Set());
  });

  it('takes more ids than one request of DynamoDB', async () => {
    const ledger = await start();
    await ledger.remember('siem', ids(130), deadline);
    expect(await ledger.delivered('siem', [...ids(130), ...ids(130, 'other')], deadline)).toEqual(new Set(ids(130)));
  });

  it('takes ids that are long or hold any character, and keeps them apart', async () => {
    const ledger = await start();
    const long = ['x'.repeat(10_000), `${'x'.repeat(9_999)}y`, 'é'.repeat(5_000)];
    const odd = ['', '#', 'a\n\u0000b', '"', '\u{1F512}'];
    await ledger.remember('siem', [long[0]!, ...odd], deadline);
    expect(await ledger.delivered('siem', [...long, ...odd], deadline)).toEqual(new Set([long[0], ...odd]));
  });
};
