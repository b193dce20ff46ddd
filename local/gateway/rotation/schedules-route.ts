/**
 * Takes the rotation schedules of the emulator's CloudFormation: `POST /_strongroom/rotation-schedules` for one that was
 * made or changed, `DELETE` for one that is gone.
 *
 * It is answered before anything is looked up, for the emulator waits for the answer.
 */
import { z } from 'zod';

import { controlRoute } from '../control-route.ts';
import type { Route } from '../server.ts';

export interface ScheduleListener {
  schedule(input: unknown): void;
  cancel(secret: ScheduledSecret): void;
}

const scheduledSecretSchema = z.strictObject({
  account: z.string().regex(/^\d{12}$/),
  region: z.string().min(1),
  /** Name or ARN. */
  secretId: z.string().min(1),
});
export type ScheduledSecret = z.infer<typeof scheduledSecretSchema>;

/** @param token what the emulator shows in `authorization` */
export const createSchedulesRoute = (listener: ScheduleListener, token: string): Route =>
  controlRoute(
    '/_strongroom/rotation-schedules',
    {
      POST: (input) => {
        listener.schedule(input);
        return { status: 202, body: {} };
      },
      DELETE: (input) => {
        listener.cancel(scheduledSecretSchema.parse(input));
        return { status: 202, body: {} };
      },
    },
    token,
  );
