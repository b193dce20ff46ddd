/**
 * Sends events to a destination in batches by its limits. What it refuses is told apart, what it can't take now is sent
 * again within the time there is: single events alone, and all of them if the whole destination fails.
 */
import { Buffer } from 'node:buffer';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deadline } from '../../runtime/deadline.ts';
import { DestinationError, type Destination, type Outcome, type OutgoingEvent } from '../destinations/destination.ts';

export interface SendPolicy {
  /** Attempts for a batch, if the destination as a whole fails, and for the events that it takes later. @default 4 */
  readonly maxAttempts?: number;
  /** Longest time for one attempt. @default 20000 */
  readonly attemptTimeoutMs?: number;
  /** The first pause is up to this long, each further one up to twice as long. @default 250 */
  readonly firstPauseMs?: number;
  /** @default 5000 */
  readonly longestPauseMs?: number;
}

export interface SendContext<Item> {
  readonly destination: Destination;
  readonly deadline: Deadline;
  readonly policy?: SendPolicy;
  /** Is called with the events of an attempt that are delivered or unconfirmed, before the next attempt. */
  readonly onTaken: (items: readonly Item[]) => Promise<void>;
  /** @default a timer */
  readonly pause?: (milliseconds: number) => Promise<void>;
}

export interface Sendable {
  readonly outgoing: OutgoingEvent;
}

export interface SendResult<Item> {
  readonly delivered: readonly Item[];
  readonly unconfirmed: readonly Item[];
  readonly refused: readonly { readonly item: Item; readonly code: string; readonly reason: string }[];
  /** To be sent later. */
  readonly left: readonly { readonly item: Item; readonly retryAfterMs: number }[];
  /** Why the destination as a whole failed. */
  readonly failure?: DestinationError;
}

interface Batch<Item> {
  readonly items: readonly Item[];
  /** Attempts before this one that count. */
  readonly attempts: number;
  /** Milliseconds that the destination asked to wait. */
  readonly pauseMs: number;
}

/** Once the destination as a whole fails, what is left is not sent. */
export const sendEvents = async <Item extends Sendable>(
  items: readonly Item[],
  context: SendContext<Item>,
): Promise<SendResult<Item>> => new Sending(context).run(items);

class Sending<Item extends Sendable> {
  readonly #context: SendContext<Item>;
  readonly #policy: Required<SendPolicy>;
  readonly #delivered: Item[] = [];
  readonly #unconfirmed: Item[] = [];
  readonly #refused: { item: Item; code: string; reason: string }[] = [];
  readonly #left: { item: Item; retryAfterMs: number }[] = [];
  #failure: DestinationError | undefined;
  #waiting: Batch<Item>[] = [];
  /** Batches that wait for a pause, while there are others. */
  #later: Batch<Item>[] = [];

  constructor(context: SendContext<Item>) {
    this.#context = context;
    const defaults = { maxAttempts: 4, attemptTimeoutMs: 20_000, firstPauseMs: 250, longestPauseMs: 5_000 };
    this.#policy = { ...defaults, ...context.policy };
  }

  async run(items: readonly Item[]): Promise<SendResult<Item>> {
    this.#waiting = split(items, this.#context.destination.limits);
    for (let batch = await this.#next(); batch; batch = await this.#next()) {
      if (this.#failure) this.#leave(batch.items, this.#failure.retryAfterMs);
      else await this.#attempt(batch);
    }
    const failure = this.#failure;
    return {
      delivered: this.#delivered,
      unconfirmed: this.#unconfirmed,
      refused: this.#refused,
      left: this.#left,
      ...(failure && { failure }),
    };
  }

  async #next(): Promise<Batch<Item> | undefined> {
    if (this.#waiting.length === 0 && this.#later.length > 0) {
      if (!this.#failure) await this.#pause(this.#later);
      [this.#waiting, this.#later] = [this.#later, []];
    }
    return this.#waiting.shift();
  }

  async #attempt(batch: Batch<Item>): Promise<void> {
    const { destination, deadline } = this.#context;
    const remaining = deadline.remainingMs();
    if (remaining === 0) {
      this.#fail(batch, new DestinationError('timeout', 'no time is left for another attempt'));
      return;
    }
    const signal = AbortSignal.timeout(Math.min(this.#policy.attemptTimeoutMs, remaining));
    const events = batch.items.map(({ outgoing }) => outgoing);
    try {
      await this.#sort(batch, await destination.send(events, signal));
    } catch (error) {
      if (!(error instanceof DestinationError)) throw error;
      if (error.code === 'too-large') this.#halve(batch, error);
      else if (error.retryable && this.#mayRepeat(batch, error.retryAfterMs)) {
        const again = { ...batch, attempts: batch.attempts + 1, pauseMs: error.retryAfterMs ?? 0 };
        // The others would meet the same: they wait too.
        await this.#pause([again]);
        this.#waiting.unshift(again);
      } else this.#fail(batch, error);
    }
  }

  async #sort(batch: Batch<Item>, outcomes: readonly Outcome[]): Promise<void> {
    const { items, attempts } = batch;
    const taken: Item[] = [];
    const again: { item: Item; retryAfterMs: number }[] = [];
    for (const [index, item] of items.entries()) {
      const outcome = outcomes[index] ?? { status: 'retry', reason: 'the destination said nothing of it' };
      switch (outcome.status) {
        case 'delivered':
          this.#delivered.push(item);
          taken.push(item);
          break;
        case 'unconfirmed':
          this.#unconfirmed.push(item);
          taken.push(item);
          break;
        case 'refused':
          this.#refused.push({ item, code: 'event-refused', reason: outcome.reason });
          break;
        case 'retry':
          again.push({ item, retryAfterMs: outcome.retryAfterMs ?? -1 });
      }
    }
    if (taken.length > 0) await this.#context.onTaken(taken);
    if (again.length === 0) return;
    const pauseMs = Math.max(0, ...again.map(({ retryAfterMs }) => retryAfterMs));
    // Events that were not looked at did not fail, as long as others of the batch were looked at.
    const atOnce = again.length < items.length && again.every(({ retryAfterMs }) => retryAfterMs === 0);
    const repeated = again.map(({ item }) => item);
    if (atOnce) this.#waiting.unshift({ items: repeated, attempts, pauseMs: 0 });
    else if (this.#mayRepeat(batch, pauseMs)) this.#later.push({ items: repeated, attempts: attempts + 1, pauseMs });
    else for (const { item, retryAfterMs } of again) this.#leave([item], Math.max(0, retryAfterMs));
  }

  #halve(batch: Batch<Item>, { message }: DestinationError): void {
    const [first, ...others] = batch.items;
    if (first && others.length === 0) this.#refused.push({ item: first, code: 'event-too-large', reason: message });
    else {
      const middle = Math.ceil(batch.items.length / 2);
      this.#waiting.unshift(
        { ...batch, items: batch.items.slice(0, middle) },
        { ...batch, items: batch.items.slice(middle) },
      );
    }
  }

  #fail(batch: Batch<Item>, error: DestinationError): void {
    this.#failure = error;
    this.#leave(batch.items, error.retryAfterMs);
  }

  #leave(items: readonly Item[], retryAfterMs = 0): void {
    for (const item of items) this.#left.push({ item, retryAfterMs });
  }

  /** The queue delivers again what there is no time for here. */
  #mayRepeat({ attempts }: Batch<Item>, askedMs = 0): boolean {
    const longest = Math.max(this.#policy.longestPauseMs, askedMs);
    return attempts + 1 < this.#policy.maxAttempts && this.#context.deadline.remainingMs() > longest;
  }

  /** Full jitter, and no sooner than the destination asks. */
  async #pause(batches: readonly Batch<Item>[]): Promise<void> {
    const { firstPauseMs, longestPauseMs } = this.#policy;
    const attempts = Math.max(...batches.map((batch) => batch.attempts));
    const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempts - 1));
    const milliseconds = Math.max(randomInt(Math.ceil(ceiling) + 1), ...batches.map(({ pauseMs }) => pauseMs));
    await (this.#context.pause ?? sleep)(milliseconds);
  }
}

const split = <Item extends Sendable>(
  items: readonly Item[],
  { batchEvents, batchBytes }: Destination['limits'],
): Batch<Item>[] => {
  const batches: Item[][] = [];
  let size = 0;
  for (const item of items) {
    const bytes = Buffer.byteLength(item.outgoing.json);
    const current = batches.at(-1);
    if (current && current.length < batchEvents && size + bytes <= batchBytes) {
      current.push(item);
      size += bytes;
    } else {
      batches.push([item]);
      size = bytes;
    }
  }
  return batches.map((batch) => ({ items: batch, attempts: 0, pauseMs: 0 }));
};
