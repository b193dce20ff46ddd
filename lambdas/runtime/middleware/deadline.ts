/** Gives the handler the time that it may use, less what the function needs to report. */
import type { MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod/mini';
import { invocationDeadline } from '../deadline.ts';
import { checkOptions } from './check-options.ts';
import type { WithDeadline } from './invocation.ts';

export interface DeadlineOptions {
  /** Milliseconds kept back, so that work that runs out of time is still reported. */
  readonly reserveMs: number;
}

export const deadline = (options: DeadlineOptions): MiddlewareObj<unknown, unknown, Error, Context & WithDeadline> => {
  checkOptions('deadline', { reserveMs: z.int().check(z.gte(0)) }, options);
  return {
    before: ({ context }) => {
      context.deadline = invocationDeadline(() => context.getRemainingTimeInMillis(), options.reserveMs);
    },
  };
};
