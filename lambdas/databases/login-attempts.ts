/** How every engine logs in: within the time that is left, again if the server is out of reach, never after a refusal. */
import { ExponentialBackoff, handleWhen, retry, type RetryPolicy } from 'cockatiel';
import type { Deadline } from '../runtime/deadline.ts';
import { DatabaseError } from './errors.ts';

export const connectRetry = (deadline: Deadline): RetryPolicy =>
  retry(
    handleWhen(
      (error) =>
        error instanceof DatabaseError && error.kind === 'network' && error.retryable && deadline.remainingMs() > 0,
    ),
    { maxAttempts: 2, backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 1_000 }) },
  );

/**
 * Milliseconds that a login and what follows may take.
 *
 * @param where - user and address, for the message.
 * @throws DatabaseError `database-network` if there are none.
 */
export const timeForLogin = (deadline: Deadline, where: string): number => {
  const remaining = deadline.remainingMs();
  if (remaining > 0) return remaining;
  throw new DatabaseError('network', `Could not log in as ${where}: the function's time is up`, { retryable: true });
};
