/** The request of the schedule. Strict: the deployment writes it, so an unknown key is a mistake. */
import * as z from 'zod/mini';
import type { WatchRequest } from '../../../lib/contract/index.ts';

const watchedSecret = z.strictObject({
  arn: z.string().check(z.refine((arn) => arn.startsWith('arn:'), 'must be an ARN')),
  overdueAfterHours: z.optional(z.number().check(z.gt(0))),
});

const request = z.strictObject({ application: z.string().check(z.minLength(1)), secrets: z.array(watchedSecret) });

// TypeScript distinguishes an optional key from one that may be undefined, and zod does not.
export const watchSchema = request as unknown as z.ZodMiniType<WatchRequest>;
