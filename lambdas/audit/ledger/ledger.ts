/** The port to the ledger: which destinations have which events. */
import type { Deadline } from '../../runtime/deadline.ts';

/** An entry is kept for {@link ledgerRetentionMs}. Ids may be given more than once. */
export interface Ledger {
  /**
   * @returns the ids of those that the destination has.
   * @throws AwsError `aws-…`
   */
  delivered(destination: string, eventIds: readonly string[], deadline: Deadline): Promise<ReadonlySet<string>>;
  /**
   * Remembers events that the destination confirmed.
   *
   * @throws AwsError `aws-…`; some of them may be remembered.
   */
  remember(destination: string, eventIds: readonly string[], deadline: Deadline): Promise<void>;
}

/** A day longer than a message can wait in a queue. */
export const ledgerRetentionMs = 15 * 24 * 60 * 60 * 1000;
