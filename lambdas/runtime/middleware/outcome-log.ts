/** Leaves one line per invocation: what became known, outcome and duration; of a failure also the error and its metric. */
import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { isCodedError } from '../../../lib/contract/index.ts';
import type { EmbeddedMetric } from '../embedded-metric.ts';
import { embeddedMetric } from '../embedded-metric.ts';
import type { Log } from '../log.ts';
import { aFunction, aLog, checkOptions } from './check-options.ts';
import type { WithFacts } from './invocation.ts';

export interface OutcomeLogOptions {
  readonly log: Log;
  /** What was done, for the line, from the event as it came: `Rotation step`. */
  readonly what: (event: unknown) => string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Counts a failure. @default - no metric */
  readonly failureMetric?: (facts: Readonly<Record<string, unknown>>) => Omit<EmbeddedMetric, 'timestamp'>;
}

type Internal = Record<string, unknown> & { what?: string; start?: number };

export const outcomeLog = (
  options: OutcomeLogOptions,
): MiddlewareObj<unknown, unknown, Error, Context & WithFacts, Internal> => {
  checkOptions(
    'outcome-log',
    { log: aLog, what: aFunction, now: aFunction, failureMetric: z.optional(aFunction) },
    options,
  );
  const { log, what, now, failureMetric } = options;
  const durationMs = ({ start = now() }: Internal): number => now() - start;
  return {
    before: ({ event, context, internal }) => {
      context.facts = {};
      internal.what = what(event);
      internal.start = now();
    },
    after: ({ context, internal }) => {
      log.info(`${internal.what} done`, { ...context.facts, durationMs: durationMs(internal) });
    },
    onError: ({ error, context, internal }) => {
      const outcome = isCodedError(error) ? error.code : 'unexpected';
      const retryable = isCodedError(error) && error.retryable;
      const metric = failureMetric && embeddedMetric({ ...failureMetric(context.facts), timestamp: now() });
      const fields = { ...context.facts, outcome, retryable, durationMs: durationMs(internal), error };
      log.error(`${internal.what} failed`, { ...fields, ...metric });
    },
  };
};
