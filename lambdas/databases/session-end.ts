/** How every engine waits for the sessions of a revoked user to end: a large transaction is rolled back first. */
import { ExponentialBackoff, halfJitterGenerator, handleWhenResult, retry } from 'cockatiel';
import type { Deadline } from '../runtime/deadline.ts';

const patienceMs = 5_000;

/**
 * Asks for the end of the sessions again and again, for five seconds at most.
 *
 * @param endAll - ends the sessions that are open, and gives their number.
 * @returns the number of sessions that remain.
 */
export const sessionsLeft = (endAll: () => Promise<number>, deadline: Deadline): Promise<number> => {
  const end = Date.now() + patienceMs;
  const mayGoOn = (): boolean => Date.now() < end && deadline.remainingMs() > 0;
  return retry(
    handleWhenResult((count) => count !== 0 && mayGoOn()),
    {
      maxAttempts: Infinity,
      backoff: new ExponentialBackoff({ generator: halfJitterGenerator, initialDelay: 50, maxDelay: 200 }),
    },
  ).execute(endAll);
};
