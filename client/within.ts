/** A time limit that holds even if the work ignores its signal. */
import { SecretError } from './secret-error.ts';

/** @throws SecretError `timeout`, and whatever `work` throws. */
export const within = <Result>(
  timeoutMs: number,
  { what, ...about }: { readonly what: string; readonly secretName?: string },
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const timeout = AbortSignal.timeout(timeoutMs);
  const late = new Promise<never>((_resolve, reject) => {
    timeout.addEventListener('abort', () => {
      const message = `can't ${what}: no answer within ${timeoutMs} ms`;
      reject(new SecretError('timeout', message, { retryable: true, ...about }));
    });
  });
  // Without the race, work that ignores its signal would block every caller.
  return Promise.race([work(timeout), late]);
};
