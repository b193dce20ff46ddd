/** The calls of CloudTrail's API that the emulator does not answer as AWS does. */
import type { ServiceOverlay } from '../request.ts';
import type { CloudTrail } from './cloud-trail.ts';
import { listPublicKeys } from './digest-key.ts';
import { lookUpEvents } from './lookup-events.ts';

export const createTrailApi = (trail: Pick<CloudTrail, 'records' | 'digestKey'>): ServiceOverlay => ({
  service: 'cloudtrail',
  handle: async (request, forward) => {
    switch (request.operation) {
      case 'LookupEvents':
        return lookUpEvents(request, trail.records());
      case 'ListPublicKeys':
        return listPublicKeys(request, trail.digestKey());
      default:
        return forward(request);
    }
  },
});
