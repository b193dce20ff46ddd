/**
 * Delivers events in chunks, with bounded retries: what the SIEM can't take now is tried again within the time there is,
 * what it refuses fails alone.
 */
import { Buffer } from 'node:buffer';
import type { ApiActivity } from '../normalise/ocsf.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import { deliveryRetry, type DeliveryRetryOptions } from './delivery-retry.ts';
import { SiemError, type Siem } from './siem.ts';

export interface DeliveryPolicy extends DeliveryRetryOptions {
  /** Longest time for one attempt. @default 10000 */
  readonly attemptTimeoutMs?: number;
  /** Size of a chunk as JSON. @default 524288 */
  readonly chunkBytes?: number;
}

export interface Delivery<Item> {
  readonly delivered: readonly Item[];
  readonly failed: readonly { readonly item: Item; readonly error: SiemError }[];
}

interface Pending {
  readonly body: ApiActivity;
}

export interface DeliveryContext {
  readonly siem: Siem;
  readonly deadline: Deadline;
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

const attempts = async (
  chunk: readonly Pending[],
  { siem, deadline, policy = {} }: DeliveryContext,
): Promise<SiemError | undefined> => {
  const { attemptTimeoutMs = 10_000 } = policy;
  const events = chunk.map(({ body }) => body);
  try {
    await deliveryRetry(deadline, policy).execute(async () => {
      const left = deadline.remainingMs();
      if (left === 0) throw new SiemError('timeout', 'No time is left for an attempt to deliver');
      await siem.send(events, AbortSignal.timeout(Math.min(attemptTimeoutMs, left)));
    });
    return undefined;
  } catch (error) {
    if (error instanceof SiemError) return error;
    throw error;
  }
};

const split = <Item extends Pending>(items: readonly Item[], chunkBytes: number): Item[][] => {
  const chunks: Item[][] = [];
  let size = 0;
  for (const item of items) {
    const bytes = Buffer.byteLength(JSON.stringify(item.body));
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
