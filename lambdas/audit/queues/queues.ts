/** The port to the queues that a function writes to, or gives messages back to. */
import type { Deadline } from '../../runtime/deadline.ts';

export interface QueueMessage {
  readonly body: string;
  /** Texts, none of them empty. @default none */
  readonly attributes?: Readonly<Record<string, string>>;
  /** Time after which it can be received, up to 900. @default 0 */
  readonly delaySeconds?: number;
}

export interface HiddenMessage {
  readonly receiptHandle: string;
  /** Time after which it can be received again. */
  readonly seconds: number;
}

export interface Queues {
  /**
   * Sends messages, each by itself: some can fail. It never throws.
   *
   * @returns why, for the positions of those that the queue did not take.
   */
  send(queueUrl: string, messages: readonly QueueMessage[], deadline: Deadline): Promise<ReadonlyMap<number, string>>;
  /**
   * Gives messages back that are not to be received at once. It never throws: one that fails is received after the
   * time-out of its queue.
   *
   * @returns why the first of those failed.
   */
  hide(queueUrl: string, messages: readonly HiddenMessage[], deadline: Deadline): Promise<string | undefined>;
}
