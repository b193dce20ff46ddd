/** Pauses between two looks at something that may not be visible yet. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deadline } from './deadline.ts';

export interface Clock {
  now(): Date;
  /** Waits a moment that grows with each attempt (from 1), with jitter; less where the deadline is near. */
  pause(attempt: number): Promise<void>;
  /** Whether there is time for another attempt. */
  hasTime(): boolean;
}

const firstPauseMs = 200;
const longestPauseMs = 2_000;
/** The longest pause, and a login over a network that is slow. */
const attemptMs = longestPauseMs + 3_000;

/** Full jitter: anything between nothing and the doubled pause of the attempt before. */
export const systemClock = (deadline: Deadline): Clock => ({
  now: () => new Date(),
  pause: async (attempt) => {
    const ceiling = Math.min(longestPauseMs, firstPauseMs * 2 ** (attempt - 1));
    await sleep(Math.min(randomInt(ceiling + 1), deadline.remainingMs()));
  },
  hasTime: () => deadline.remainingMs() > attemptMs,
});
