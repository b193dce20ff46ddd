/** A time limit that holds whether or not the work heeds its signal. */
import { SecretError } from './secret-error.ts';

/** @throws SecretError `timeout`, beside whatever `work` throws. */
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
  // Work that does not heed its signal must not hold up everyone who waits for it.
  return Promise.race([work(timeout), late]);
};
