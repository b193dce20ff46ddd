/** What the middlewares add to Lambda's context, and the shape of a function that they wrap. */
import type { Context } from 'aws-lambda';
import type { Deadline } from '../deadline.ts';

/** By the middleware `deadline`. */
export interface WithDeadline {
  deadline: Deadline;
}

/** By the middleware `outcome-log`. */
export interface WithFacts {
  /** What became known so far; the line at the end has all of it. */
  facts: Readonly<Record<string, unknown>>;
}

/** By the middleware `metrics`. */
export interface WithCounts {
  count: (metric: string, value: number) => void;
}

/** As Lambda calls it. Whatever the event is, the middlewares check it. */
export type LambdaFunction<Result> = (
  event: unknown,
  context: Pick<Context, 'getRemainingTimeInMillis'>,
) => Promise<Result>;

/** A time-out of middy would answer while work continues; the functions have a deadline instead. */
export const middyOptions = { timeoutEarlyInMillis: 0 } as const;

/** The only place where the types of the parsed event and of the answer meet Lambda's unknown ones. */
export const asLambdaFunction =
  <Result>(chain: (event: unknown, context: never) => Promise<unknown>): LambdaFunction<Result> =>
  async (event, context) =>
    (await chain(event, context as never)) as Result;
