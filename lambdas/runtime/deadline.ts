/** How long this invocation still has. Whatever goes outside takes its timeout from here. */

export interface Deadline {
  /** Milliseconds left for calls outside, never below zero. */
  remainingMs(): number;
}

/**
 * @param remainingInvocationMs - the Lambda context's `getRemainingTimeInMillis`.
 * @param reserveMs - kept back, so that a call that runs out of time is still reported, and not cut off with the function.
 */
export const invocationDeadline = (remainingInvocationMs: () => number, reserveMs: number): Deadline => ({
  remainingMs: () => Math.max(0, remainingInvocationMs() - reserveMs),
});
