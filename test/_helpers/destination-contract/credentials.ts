/** Credentials that are refused, and credentials that are replaced. */
import { it } from 'vitest';
import type { Bench } from './bench.ts';

export const describeCredentials = (bench: () => Bench): void => {
  it('fails as unauthorised if the credential is refused', async () => {
    const { refusedSecret: refused } = bench();
    const events = bench().events(2);
    const destination = bench().make({ secret: { cached: refused, current: refused } });
    await bench().expectFailure('unauthorised', destination, events);
    await bench().expectNotReceived(events);
  });

  it('delivers in the same attempt if the credential has been replaced', async () => {
    const { refusedSecret: cached, acceptedSecret: current } = bench();
    await bench().expectTaken(bench().make({ secret: { cached, current } }), bench().events(2));
  });

  it('delivers batches in flight while the credential is replaced', async () => {
    const { refusedSecret: cached, acceptedSecret: current } = bench();
    const destination = bench().make({ secret: { cached, current } });
    const batches = [bench().events(3), bench().events(3), bench().events(3)];
    await Promise.all(batches.map((events) => bench().expectTaken(destination, events)));
  });
};
