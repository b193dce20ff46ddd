/** How long this invocation still has. Whatever goes outside takes its timeout from here. */

export interface Deadline {
  /** Milliseconds left for calls outside, never below zero. */
  remainingMs(): number;
}

/** Kept back so that a call that runs out of time is still reported, and not cut off together with the function. */
const reserveMs = 1_500;

/** @param remainingInvocationMs - the Lambda context's `getRemainingTimeInMillis`. */
export const invocationDeadline = (remainingInvocationMs: () => number): Deadline => ({
  remainingMs: () => Math.max(0, remainingInvocationMs() - reserveMs),
});
