/**
 * Events that CloudTrail loses on the way to EventBridge, which is best effort. A fault of `events:PutEvents` meets them:
 * `{ service: 'events', operation: 'PutEvents', match: { Entries: [{ Source: 'aws.secretsmanager' }] }, kind: 'server-error' }`.
 */
import type { Faults } from '../faults/faults.ts';
import { DroppedConnection } from '../pipeline.ts';
import { jsonCall, jsonResponse } from '../service-call.ts';
import type { BusEvent } from './trail-record.ts';

/** Gives whether the event is lost. */
export const createBusFaults =
  (faults: Pick<Faults, 'on'>) =>
  async (event: BusEvent): Promise<boolean> => {
    const { account, region, source, detail } = event;
    const call = jsonCall({ account, region }, 'cloudtrail.amazonaws.com', 'events', 'PutEvents', {
      Entries: [{ Source: source, DetailType: event['detail-type'], Detail: { eventName: detail['eventName'] } }],
    });
    try {
      const { status } = await faults.on(() => Promise.resolve(jsonResponse({})))(call);
      return status >= 400;
    } catch (error) {
      if (error instanceof DroppedConnection) return true;
      throw error;
    }
  };
