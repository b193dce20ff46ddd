/** Writes what an invocation counted as CloudWatch metrics, one line per metric, also where the invocation fails. */
import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { embeddedMetric, type EmbeddedMetric } from '../embedded-metric.ts';
import type { Log } from '../log.ts';
import { aFunction, aLog, checkOptions } from './check-options.ts';
import type { WithCounts } from './invocation.ts';

export interface MetricsOptions extends Pick<EmbeddedMetric, 'dimensions' | 'fields'> {
  readonly log: Log;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

type Internal = Record<string, unknown> & { counts?: Map<string, number> };

/** Use it before what counts: on the way out it comes after. */
export const metrics = (
  options: MetricsOptions,
): MiddlewareObj<unknown, unknown, Error, Context & WithCounts, Internal> => {
  const words = z.array(z.string());
  checkOptions(
    'metrics',
    { log: aLog, now: aFunction, dimensions: z.array(words), fields: z.record(z.string(), z.string()) },
    options,
  );
  const { log, now, dimensions, fields } = options;
  const write = ({ internal: { counts = new Map<string, number>() } }: { internal: Internal }): void => {
    for (const [name, value] of counts) {
      if (value > 0)
        log.info(name, embeddedMetric({ values: { [name]: value }, dimensions, fields, timestamp: now() }));
    }
  };
  return {
    before: ({ context, internal }) => {
      const counts = (internal.counts = new Map<string, number>());
      context.count = (metric, value) => {
        counts.set(metric, (counts.get(metric) ?? 0) + value);
      };
    },
    after: write,
    onError: write,
  };
};
