/**
 * Delivers events in chunks, with bounded retries: what the SIEM can't take now is tried again within the time there is,
 * what it refuses fails alone.
 */
import { Buffer } from 'node:buffer';
import type { ApiActivity } from '../normalise/ocsf.ts';
import { SiemError, type Siem } from './siem.ts';

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export interface DeliveryPolicy {
  /** Attempts for a chunk. @default 4 */
  readonly maxAttempts?: number;
  /** Longest time for one attempt. @default 10000 */
  readonly attemptTimeoutMs?: number;
  /** The first pause is up to this long, each further one up to twice as long. @default 250 */
  readonly firstPauseMs?: number;
  /** @default 5000 */
  readonly longestPauseMs?: number;
  /** Size of a chunk as JSON. @default 524288 */
  readonly chunkBytes?: number;
}

export interface Delivery<Item> {
  readonly delivered: readonly Item[];
  readonly failed: readonly { readonly item: Item; readonly error: SiemError }[];
}

interface Pending {
  readonly event: ApiActivity;
}

export interface DeliveryContext {
  readonly siem: Siem;
  readonly clock: Clock;
  /** A number from 0 up to 1, for the jitter. */
  readonly random: () => number;
  /** When to stop, in milliseconds since the epoch. */
  readonly deadline: number;
  readonly policy?: DeliveryPolicy;
}

/** Once the SIEM as a whole fails, the chunks that are left fail with the same error, without an attempt. */
export const deliver = async <Item extends Pending>(
  items: readonly Item[],
  context: DeliveryContext,
): Promise<Delivery<Item>> => {
  const delivered: Item[] = [];
  const failed: { item: Item; error: SiemError }[] = [];
  const chunks = split(items, context.policy?.chunkBytes ?? 524_288);
  let outage: SiemError | undefined;
  for (let chunk = chunks.shift(); chunk; chunk = chunks.shift()) {
    const error = outage ?? (await attempts(chunk, context));
    if (!error) delivered.push(...chunk);
    else if (error.code === 'event-refused' && error.eventNumber !== undefined && chunk[error.eventNumber]) {
      // Whether the SIEM kept the others of the chunk is not known; the event id makes a second arrival harmless.
      const refused = chunk[error.eventNumber];
      const others = chunk.filter((item) => item !== refused);
      if (refused) failed.push({ item: refused, error });
      if (others.length > 0) chunks.unshift(others);
    } else if (error.code === 'too-large' && chunk.length > 1) {
      const middle = Math.ceil(chunk.length / 2);
      chunks.unshift(chunk.slice(0, middle), chunk.slice(middle));
    } else {
      failed.push(...chunk.map((item) => ({ item, error })));
      if (error.code !== 'too-large' && error.code !== 'event-refused') outage = error;
    }
  }
  return { delivered, failed };
};

const attempts = async (chunk: readonly Pending[], context: DeliveryContext): Promise<SiemError | undefined> => {
  const { siem, clock, deadline, policy = {} } = context;
  const { maxAttempts = 4, attemptTimeoutMs = 10_000 } = policy;
  const events = chunk.map(({ event }) => event);
  let last = new SiemError('timeout', 'no time was left for an attempt to deliver');
  for (let attempt = 1; attempt <= maxAttempts; attempt += 1) {
    const left = deadline - clock.now();
    if (left <= 0) return last;
    try {
      await siem.send(events, AbortSignal.timeout(Math.min(attemptTimeoutMs, left)));
      return undefined;
    } catch (error) {
      if (!(error instanceof SiemError)) throw error;
      last = error;
    }
    if (!last.retryable || attempt === maxAttempts) return last;
    const pause = pauseBefore(attempt + 1, last, context);
    if (clock.now() + pause >= deadline) return last;
    await clock.sleep(pause);
  }
  return last;
};

/** Full jitter, unless the SIEM says how long: https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/ */
const pauseBefore = (attempt: number, error: SiemError, { random, policy = {} }: DeliveryContext): number => {
  const { firstPauseMs = 250, longestPauseMs = 5_000 } = policy;
  const bound = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 2));
  return Math.max(Math.round(random() * bound), error.retryAfterMs ?? 0);
};

const split = <Item extends Pending>(items: readonly Item[], chunkBytes: number): Item[][] => {
  const chunks: Item[][] = [];
  let size = 0;
  for (const item of items) {
    const bytes = Buffer.byteLength(JSON.stringify(item.event));
    const current = chunks.at(-1);
    if (current && size + bytes <= chunkBytes) {
      current.push(item);
      size += bytes;
    } else {
      chunks.push([item]);
      size = bytes;
    }
  }
  return chunks;
};
