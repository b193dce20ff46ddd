/** Writes the digests of all hours that are over, on demand: POST on `/_strongroom/digests`. */
import { controlRoute } from '../control-route.ts';
import type { Route } from '../server.ts';
import type { CloudTrail } from './cloud-trail.ts';

export const createDigestsRoute = (trail: Pick<CloudTrail, 'writeDigests'>, onError: (error: unknown) => void): Route =>
  controlRoute('/_strongroom/digests', {
    POST: () => {
      trail.writeDigests().catch(onError);
      return { status: 202, body: {} };
    },
  });
