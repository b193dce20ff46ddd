/** The ledger in memory; held to the same contract as the one in DynamoDB. */
import { ledgerKey } from '../../lambdas/audit/ledger/ledger-key.ts';
import type { Ledger } from '../../lambdas/audit/ledger/ledger.ts';

export interface LedgerModel extends Ledger {
  /** `<destination>#<eventId>` of all entries. */
  readonly keys: ReadonlySet<string>;
}

export const createLedgerModel = (): LedgerModel => {
  const keys = new Set<string>();
  return {
    keys,
    delivered: (destination, eventIds) =>
      Promise.resolve(new Set(eventIds.filter((eventId) => keys.has(ledgerKey(destination, eventId))))),
    remember: (destination, eventIds) => {
      for (const eventId of eventIds) keys.add(ledgerKey(destination, eventId));
      return Promise.resolve();
    },
  };
};
