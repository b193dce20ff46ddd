/**
 * A cache with a time to live (TTL). Concurrent calls share one read. Failures are cached for a short time. During an
 * outage it serves the last value.
 */
import { LRUCache } from 'lru-cache';
import type { SecretError } from './secret-error.ts';

export interface Entry<Value> {
  readonly value: Value;
  readonly versionId: string;
  readonly readAt: number;
}

export interface CacheOptions<Value> {
  /** @throws SecretError */
  readonly read: (name: string) => Promise<{ readonly value: Value; readonly versionId: string }>;
  readonly now: () => number;
  readonly ttlMs: number;
  readonly maxStaleMs: number;
  readonly failureTtlMs: number;
  readonly maxEntries: number;
  readonly onStale: (name: string, ageMs: number, error: SecretError) => void;
}

interface Slot<Value> {
  entry?: Entry<Value>;
  /** The next `get` reads, regardless of the entry's age. */
  expired?: boolean;
  /** The last read failed. It is not repeated before `until`. */
  failure?: { readonly error: SecretError; readonly until: number };
  flight?: Flight<Value>;
}

/** A read in progress. */
interface Flight<Value> {
  readonly promise: Promise<Entry<Value>>;
  /** Requested by `refresh`, regardless of the entry's age. */
  readonly forced: boolean;
}

export class SecretCache<Value> {
  readonly #options: CacheOptions<Value>;
  readonly #slots: LRUCache<string, Slot<Value>>;

  constructor(options: CacheOptions<Value>) {
    this.#options = options;
    this.#slots = new LRUCache({ max: options.maxEntries });
  }

  get(name: string): Entry<Value> | Promise<Entry<Value>> {
    const slot = this.#slot(name);
    const { entry, failure } = slot;
    const now = this.#options.now();
    if (entry && !slot.expired && this.#isWithin(entry, now, this.#options.ttlMs)) return entry;
    if (!failure) return this.#read(name, slot, false);

    const servable = entry && this.#servable(entry, failure.error, now) ? entry : undefined;
    const isRecent = now < failure.until;
    if (isRecent && !servable) return Promise.reject(failure.error);
    if (!servable) return this.#read(name, slot, false);
    // The outage is known, so callers get the last value and don't wait for another failure.
    if (!isRecent) this.#read(name, slot, false).catch(() => undefined);
    return servable;
  }

  /** Reads now. Only concurrent calls of `refresh` share the read. */
  refresh(name: string): Promise<Entry<Value>> {
    return this.#read(name, this.#slot(name), true);
  }

  /** The cached version, fresh or not. */
  versionId(name: string): string | undefined {
    return this.#slots.peek(name)?.entry?.versionId;
  }

  /** Makes the next `get` read. Drops a read in progress, which may have started before the change. */
  invalidate(name: string): void {
    const slot = this.#slots.peek(name);
    if (!slot) return;
    slot.expired = true;
    delete slot.failure;
    delete slot.flight;
  }

  clear(): void {
    this.#slots.clear();
  }

  #slot(name: string): Slot<Value> {
    const known = this.#slots.get(name);
    if (known) return known;
    const slot: Slot<Value> = {};
    this.#slots.set(name, slot);
    return slot;
  }

  #read(name: string, slot: Slot<Value>, forced: boolean): Promise<Entry<Value>> {
    if (slot.flight && (slot.flight.forced || !forced)) return slot.flight.promise;
    const promise: Promise<Entry<Value>> = this.#options.read(name).then(
      ({ value, versionId }) => this.#succeeded(slot, flight, { value, versionId, readAt: this.#options.now() }),
      (error: unknown) => this.#failed(name, slot, flight, error as SecretError),
    );
    const flight: Flight<Value> = { promise, forced };
    slot.flight = flight;
    return promise;
  }

  #succeeded(slot: Slot<Value>, flight: Flight<Value>, entry: Entry<Value>): Entry<Value> | Promise<Entry<Value>> {
    // A later read replaced this one, which may have the previous version.
    if (slot.flight !== flight) return slot.flight?.promise ?? slot.entry ?? entry;
    slot.entry = entry;
    delete slot.expired;
    delete slot.failure;
    delete slot.flight;
    return entry;
  }

  #failed(
    name: string,
    slot: Slot<Value>,
    flight: Flight<Value>,
    error: SecretError,
  ): Entry<Value> | Promise<Entry<Value>> {
    if (slot.flight !== flight) {
      if (slot.flight) return slot.flight.promise;
      if (slot.entry && !slot.expired) return slot.entry;
      throw error;
    }
    const now = this.#options.now();
    delete slot.flight;
    slot.failure = { error, until: now + this.#options.failureTtlMs };
    if (!error.retryable) delete slot.entry;
    const { entry } = slot;
    if (!entry || !this.#servable(entry, error, now)) throw error;
    this.#options.onStale(name, now - entry.readAt, error);
    return entry;
  }

  /** A refusal is not an outage: an application that lost access gets no cached value. */
  #servable(entry: Entry<Value>, error: SecretError, now: number): boolean {
    return error.retryable && this.#isWithin(entry, now, this.#options.ttlMs + this.#options.maxStaleMs);
  }

  /** If the clock was set back, the age is unknown and the value counts as expired. */
  #isWithin({ readAt }: Entry<Value>, now: number, ageMs: number): boolean {
    return now >= readAt && now - readAt < ageMs;
  }
}
