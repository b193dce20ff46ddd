/** What the function accepts: the event of a rotation step, or the request of an operator or of the schedule. */
import * as z from 'zod/mini';
import {
  rotationSteps,
  type RotationAction,
  type RotationEvent,
  type RotationRequest,
} from '../../../lib/contract/index.ts';

/** The ARN of the secret. Whether the function may rotate it is decided by its name and tags. */
const SecretId = z.string().check(z.minLength(1), z.maxLength(2048));

/** A version id. */
const ClientRequestToken = z.string().check(z.minLength(32), z.maxLength(64));

/** Not strict: Secrets Manager adds keys over time, as it did with `RotationToken`, and they must not stop a rotation. */
const step: z.ZodMiniType<RotationEvent> = z.object({ Step: z.enum(rotationSteps), SecretId, ClientRequestToken });

/** Strict: only our own side sends these, so an unknown key is a mistake. */
const requests = {
  check: z.strictObject({ Action: z.literal('check'), SecretId }),
  rollForward: z.strictObject({ Action: z.literal('rollForward'), SecretId, ClientRequestToken }),
  rollBack: z.strictObject({ Action: z.literal('rollBack'), SecretId, ClientRequestToken }),
  sweep: z.strictObject({ Action: z.literal('sweep') }),
} satisfies Record<RotationAction, z.ZodMiniType<RotationRequest>>;

const { check, rollForward, rollBack, sweep } = requests;

const request: z.ZodMiniType<RotationRequest> = z.discriminatedUnion('Action', [check, rollForward, rollBack, sweep]);

/** Whether an event is meant as a {@link RotationRequest}, right or wrong. */
export const asksForAction = (event: unknown): boolean =>
  typeof event === 'object' && event !== null && 'Action' in event;

export const rotationSchemaOf = (event: unknown): z.ZodMiniType<RotationEvent | RotationRequest> =>
  asksForAction(event) ? request : step;
