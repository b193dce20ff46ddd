/**
 * A cache with a time to live, where calls at the same time share one read, failures are remembered for a moment, and the
 * last value is served while it can't be read again.
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
  /** The entry is to be read again, whatever its age. */
  expired?: boolean;
  /** The last read failed; until when this counts. */
  failure?: { readonly error: SecretError; readonly until: number };
  flight?: Flight<Value>;
}

/** A read under way. */
interface Flight<Value> {
  readonly promise: Promise<Entry<Value>>;
  /** It was asked for although the value was fresh. */
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
    // The outage is known: callers go on with the old value and don't wait for one more attempt to fail.
    if (!isRecent) this.#read(name, slot, false).catch(() => undefined);
    return servable;
  }

  /** A read that starts now; shared only with others that force one too. */
  refresh(name: string): Promise<Entry<Value>> {
    return this.#read(name, this.#slot(name), true);
  }

  /** The cached version, fresh or not. */
  versionId(name: string): string | undefined {
    return this.#slots.peek(name)?.entry?.versionId;
  }

  /** The next `get` reads. A read under way is cut loose: it may have begun before the change. */
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
    // A later read has taken over: this one may hold the version before.
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

  /** Never after a refusal: who lost access must lose the value too. */
  #servable(entry: Entry<Value>, error: SecretError, now: number): boolean {
    return error.retryable && this.#isWithin(entry, now, this.#options.ttlMs + this.#options.maxStaleMs);
  }

  /** A clock that was set back makes no value younger. */
  #isWithin({ readAt }: Entry<Value>, now: number, ageMs: number): boolean {
    return now >= readAt && now - readAt < ageMs;
  }
}
