/** Sends dead letters of a destination back to its queue. A message is deleted only after its copy is confirmed. */
import type { DeadLetter, DeliveryAws, DeliveryQueues } from './ports.ts';

export interface ReplayOptions {
  /** Messages at most. */
  readonly limit: number;
  /** Messages per second. */
  readonly rate: number;
  /** Stops between two messages. */
  readonly signal: AbortSignal;
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly onProgress: (replayed: number) => void;
}

export interface ReplayResult {
  readonly replayed: number;
  /** Messages that were not sent: they stay in the dead letters. */
  readonly kept: readonly { readonly id: string; readonly why: string }[];
}

/** Longer than a batch takes at the slowest rate. */
const hiddenSeconds = 120;

export const replay = async (
  aws: Pick<DeliveryAws, 'receive' | 'send' | 'delete' | 'release'>,
  { queueUrl, deadLettersUrl }: DeliveryQueues,
  { limit, rate, signal, pause, onProgress }: ReplayOptions,
): Promise<ReplayResult> => {
  const kept: { id: string; why: string }[] = [];
  let replayed = 0;
  const ends = (): boolean => signal.aborted || replayed >= limit;
  while (!ends()) {
    const messages = await aws.receive(deadLettersUrl, hiddenSeconds);
    if (messages.length === 0) break;
    for (const message of messages) {
      if (ends()) {
        await aws.release(deadLettersUrl, message.receipt);
        continue;
      }
      const body = packOf(message);
      if (typeof body !== 'string') {
        // It stays hidden for a while, so that it is not received again at once.
        kept.push({ id: message.id, why: body.why });
        continue;
      }
      await aws.send(queueUrl, body);
      await aws.delete(deadLettersUrl, message.receipt);
      replayed += 1;
      onProgress(replayed);
      if (!ends()) await pause(1000 / rate, signal);
    }
  }
  return { replayed, kept };
};

/** The pack as it was, with its count of attempts; or why it is not one. */
const packOf = ({ body }: DeadLetter): string | { readonly why: string } => {
  try {
    const value: unknown = JSON.parse(body);
    const isPack =
      typeof value === 'object' &&
      value !== null &&
      'events' in value &&
      Array.isArray(value.events) &&
      value.events.length > 0;
    return isPack ? body : { why: 'it is not a pack of events: its destination would refuse it again' };
  } catch {
    return { why: 'it is not valid JSON' };
  }
};
