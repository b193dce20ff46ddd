/** The gateway's clock: real time, plus what a test moved it forward. */

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}

export interface MovableClock extends Clock {
  /**
   * Moves the clock forward; what became due in between is due at once.
   * @throws RangeError when `ms` is negative or no number: schedules never run backwards.
   */
  advance(ms: number): void;
  /** Calls `listener` after each {@link MovableClock.advance}; returns what ends that. */
  onAdvance(listener: () => void): () => void;
}

export const createClock = (realNow: () => number = Date.now): MovableClock => {
  const listeners = new Set<() => void>();
  let movedMs = 0;
  return {
    now: () => realNow() + movedMs,
    advance: (ms) => {
      if (!Number.isFinite(ms) || ms < 0) {
        throw new RangeError(`The clock moves forward only: give milliseconds of 0 or more (got ${ms})`);
      }
      movedMs += ms;
      for (const listener of listeners) listener();
    },
    onAdvance: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
};
