/** Calls something again: bounded by attempts or by the deadline, with the clock's pauses. The loop is cockatiel's. */
import { ConstantBackoff, handleWhen, retry } from 'cockatiel';
import type { Clock } from './clock.ts';

export interface RetryOptions<Result> {
  readonly clock: Pick<Clock, 'pause' | 'hasTime'>;
  /** Calls in all. @default - as many as there is time for */
  readonly attempts?: number;
  /** All attempts are made, also if the deadline is near. @default false */
  readonly always?: boolean;
  /** Errors after which another call can succeed. @default - none */
  readonly afterError?: (error: unknown, attempt: number) => boolean;
  /** Results after which another call can have another one. @default - none */
  readonly afterResult?: (result: Result) => boolean;
}

/** @returns the last result. It throws the last error. */
export const retrying = <Result>(
  call: () => Promise<Result>,
  {
    clock,
    attempts = Infinity,
    always = false,
    afterError = () => false,
    afterResult = () => false,
  }: RetryOptions<Result>,
): Promise<Result> => {
  let made = 0;
  const mayGoOn = (): boolean => always || clock.hasTime();
  const policy = handleWhen((error) => afterError(error, made) && mayGoOn()).orWhenResult(
    (result) => afterResult(result as Result) && mayGoOn(),
  );
  // The pauses are the clock's, which knows the deadline; those of cockatiel can't be shortened.
  return retry(policy, { maxAttempts: attempts - 1, backoff: new ConstantBackoff(0) }).execute(async () => {
    if (made > 0) await clock.pause(made);
    made += 1;
    return call();
  });
};
