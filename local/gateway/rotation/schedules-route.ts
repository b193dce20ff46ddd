/**
 * Takes rotation schedules from the emulator's CloudFormation: `POST /_strongroom/rotation-schedules`.
 *
 * It is answered before anything is looked up, for the emulator waits for the answer.
 */
import { controlRoute } from '../control-route.ts';
import type { Route } from '../server.ts';

/** @param token what the emulator shows in `authorization` */
export const createSchedulesRoute = (schedule: (input: unknown) => void, token: string): Route =>
  controlRoute(
    '/_strongroom/rotation-schedules',
    {
      POST: (input) => {
        schedule(input);
        return { status: 202, body: {} };
      },
    },
    token,
  );
