/** What CloudFormation sends for the resource that starts first rotations, beyond what every custom resource has. */
import * as z from 'zod/mini';

const arns = z.array(z.string().check(z.minLength(1)));

/** Strict: the construct writes these, next to `ServiceToken` and `ServiceTimeout`, which every custom resource may have. */
const properties = z.strictObject({
  ServiceToken: z.optional(z.string()),
  ServiceTimeout: z.optional(z.string()),
  /** Generated secrets that a schedule rotates. */
  ScheduledSecrets: arns,
  /** Every generated secret. */
  GeneratedSecrets: arns,
});

/** Not strict: what an earlier or, after a roll-back, a later version of the construct wrote. */
const oldProperties = z.object({ GeneratedSecrets: arns });

/** Envelopes are CloudFormation's: keys that it adds are dropped. A deletion asks for nothing, so its properties may be anything. */
export const firstRotationSchema = z.discriminatedUnion('RequestType', [
  z.object({ RequestType: z.literal('Create'), RequestId: z.string(), ResourceProperties: properties }),
  z.object({
    RequestType: z.literal('Update'),
    RequestId: z.string(),
    ResourceProperties: properties,
    OldResourceProperties: oldProperties,
  }),
  z.object({ RequestType: z.literal('Delete') }),
]);

export type FirstRotationEvent = z.output<typeof firstRotationSchema>;
