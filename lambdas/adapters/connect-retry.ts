/** Which logins are tried again, for every engine: a server that is out of reach is, a refused login never is. */
import { ExponentialBackoff, handleWhen, retry } from 'cockatiel';
import { DatabaseError } from '../rotation/rotation-error.ts';

export const connectRetry = retry(
  handleWhen((error) => error instanceof DatabaseError && error.kind === 'network' && error.retryable),
  { maxAttempts: 2, backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 1_000 }) },
);
