/** When a file that is not completely delivered is looked at again, and when what is missing is sent again. */
import type { Look } from './file-message.ts';

const minutes = 60_000;
const hours = 60 * minutes;

/** A destination may be down for as long as a queue keeps its messages: the looks end a day before. */
export const giveUpAfterMs = 13 * 24 * hours;

/** The queue delays each first look by 15 minutes: by the second one everything had 30 minutes to arrive. */
export const isSettled = ({ number }: Look): boolean => number > 1;

/**
 * At the first look, and then once a day. What was sent waits in the queue of its destination, so that more copies would
 * fill it during an outage; one a day heals a queue that was purged.
 */
export const sendsAgain = ({ enqueuedAt }: Look, now: number): boolean =>
  enqueuedAt === undefined || now - enqueuedAt >= 24 * hours;

/** After 15 minutes, then 30, then every hour: the alarm stays on while something is missing. */
export const nextLook = (look: Look, now: number, enqueued: boolean): Look => ({
  ...look,
  number: look.number + 1,
  dueAt: now + Math.min(15 * minutes * 2 ** (look.number - 1), 1 * hours),
  ...(enqueued && { enqueuedAt: now }),
});
