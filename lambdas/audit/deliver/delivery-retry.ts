/** How often and how fast a delivery is tried again: a few attempts with jitter, no sooner than the SIEM asks, within the deadline. */
import {
  DelegateBackoff,
  ExponentialBackoff,
  fullJitterGenerator,
  handleWhen,
  retry,
  type IBackoff,
  type IRetryBackoffContext,
  type RetryPolicy,
} from 'cockatiel';
import type { Deadline } from '../../runtime/deadline.ts';
import { SiemError } from './siem.ts';

export interface DeliveryRetryOptions {
  /** Attempts for a chunk. @default 4 */
  readonly maxAttempts?: number;
  /** The first pause is up to this long, each further one up to twice as long. @default 250 */
  readonly firstPauseMs?: number;
  /** @default 5000 */
  readonly longestPauseMs?: number;
}

export const deliveryRetry = (
  deadline: Deadline,
  { maxAttempts = 4, firstPauseMs = 250, longestPauseMs = 5_000 }: DeliveryRetryOptions,
): RetryPolicy => {
  const jittered = new ExponentialBackoff({
    generator: fullJitterGenerator,
    initialDelay: firstPauseMs,
    maxDelay: longestPauseMs,
  });
  // The queue delivers again what there is no time for here.
  const hasTime = (error: SiemError): boolean =>
    deadline.remainingMs() > Math.max(longestPauseMs, error.retryAfterMs ?? 0);
  return retry(
    handleWhen((error) => error instanceof SiemError && error.retryable && hasTime(error)),
    {
      maxAttempts: maxAttempts - 1,
      backoff: new DelegateBackoff<IRetryBackoffContext<unknown>, IBackoff<unknown>>((context, last) => {
        const next = (last ?? jittered).next(context);
        return { delay: Math.max(next.duration, askedPause(context)), state: next };
      }),
    },
  );
};

const askedPause = ({ result }: IRetryBackoffContext<unknown>): number =>
  'error' in result && result.error instanceof SiemError ? (result.error.retryAfterMs ?? 0) : 0;
