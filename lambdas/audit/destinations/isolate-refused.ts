/** Finds the events for which a destination refuses a batch, if its answer does not say which they are. */
import { DestinationError, type Outcome, type OutgoingEvent } from './destination.ts';

/** Why the destination refused the batch, none of which it has taken; undefined if it confirmed all of it. */
export type SendBatch = (events: readonly OutgoingEvent[]) => Promise<string | undefined>;

/**
 * Sends halves of a refused batch, down to single events. A failure ends it: what is known by then is kept, so that no
 * confirmation is forgotten, and the other events are sent again later.
 *
 * @throws DestinationError if nothing is known about any event.
 */
export const isolateRefused = async (
  events: readonly OutgoingEvent[],
  sendBatch: SendBatch,
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  const waiting = events.length > 0 ? [events] : [];
  for (let batch = waiting.pop(); batch; batch = waiting.pop()) {
    let reason: string | undefined;
    try {
      reason = await sendBatch(batch);
    } catch (error) {
      if (!(error instanceof DestinationError) || outcomes.length === 0) throw error;
      return [...outcomes, ...events.slice(outcomes.length).map(() => retryAfter(error))];
    }
    if (reason === undefined) outcomes.push(...batch.map((): Outcome => ({ status: 'delivered' })));
    else if (batch.length <= 1) outcomes.push(...batch.map(refusedFor(reason)));
    else waiting.push(batch.slice(batch.length / 2), batch.slice(0, batch.length / 2));
  }
  return outcomes;
};

const refusedFor = (reason: string) => (): Outcome => ({ status: 'refused', reason });

const retryAfter = ({ message, retryAfterMs }: DestinationError): Outcome => ({
  status: 'retry',
  reason: message,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
