/** What the receiver keeps: the newest events up to a bound, searchable by event id and awaitable. */
import type { HecEvent } from './hec-events.ts';

export interface ReceivedEvent extends HecEvent {
  /** `metadata.uid` of an OCSF event: the id by which duplicates are recognised. */
  readonly eventId?: string;
  readonly channel?: string;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
}

interface Waiter {
  readonly matches: (event: ReceivedEvent) => boolean;
  readonly resolve: (event: ReceivedEvent) => void;
}

export class ReceivedEvents {
  readonly #capacity: number;
  readonly #waiters = new Set<Waiter>();
  #events: ReceivedEvent[] = [];
  #dropped = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(event: HecEvent, channel: string | undefined): void {
    const eventId = eventIdOf(event.event);
    const received: ReceivedEvent = {
      ...event,
      ...(eventId !== undefined && { eventId }),
      ...(channel !== undefined && { channel }),
      receivedAt: Date.now(),
    };
    this.#events.push(received);
    if (this.#events.length > this.#capacity) {
      this.#events.shift();
      this.#dropped += 1;
    }
    for (const waiter of this.#waiters) if (waiter.matches(received)) waiter.resolve(received);
  }

  /** In order of arrival, duplicates included. */
  all(): readonly ReceivedEvent[] {
    return [...this.#events];
  }

  /** The first arrival of each event id; events without an id all count. */
  distinct(): readonly ReceivedEvent[] {
    const seen = new Set<string>();
    return this.#events.filter(({ eventId }) => {
      if (eventId === undefined) return true;
      if (seen.has(eventId)) return false;
      seen.add(eventId);
      return true;
    });
  }

  withId(eventId: string): readonly ReceivedEvent[] {
    return this.#events.filter((event) => event.eventId === eventId);
  }

  /** How many events were given up because the bound was reached. */
  get dropped(): number {
    return this.#dropped;
  }

  clear(): void {
    this.#events = [];
    this.#dropped = 0;
  }

  /** @throws Error when no event matches within `timeoutMs`. */
  async waitFor(matches: (event: ReceivedEvent) => boolean, timeoutMs: number): Promise<ReceivedEvent> {
    const present = this.#events.find(matches);
    if (present) return present;
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        matches,
        resolve: (event) => {
          finish();
          resolve(event);
        },
      };
      const timer = setTimeout(() => {
        finish();
        reject(new Error(`no matching event within ${timeoutMs} ms; ${this.#events.length} others have arrived`));
      }, timeoutMs);
      this.#waiters.add(waiter);
    });
  }
}

const eventIdOf = (event: unknown): string | undefined => {
  const { metadata } = (typeof event === 'object' && event !== null ? event : {}) as { metadata?: { uid?: unknown } };
  return typeof metadata?.uid === 'string' ? metadata.uid : undefined;
};
