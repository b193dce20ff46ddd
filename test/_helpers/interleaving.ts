/** Where a model could be interrupted. Unit tests pass {@link undisturbed}; the simulation decides at each point. */

export interface Point {
  /** The port's operation: `versions.read`, `database.commit`. */
  readonly operation: string;
  /**
   * `look`: a read that itself moves time on, so that it can't be stale; `answer`: the invocation is about to end;
   * `outside`: somebody else's doing, whole.
   */
  readonly kind: 'read' | 'look' | 'write' | 'login' | 'lock' | 'answer' | 'outside';
  /** What it is about, for whoever reads a timeline; never a password. */
  readonly detail?: string;
  /** On a read: whether there is anything older to see. @default yes */
  readonly canBeStale?: () => boolean;
  /** On a lock: whether it is free, without which nobody gets past this point. */
  readonly free?: () => boolean;
}

/**
 * - `go`: it happens and is answered;
 * - `refuse`: it does not happen, and the caller is told (throttled, connection lost before the effect);
 * - `lose-answer`: it happens, and the caller is told that it failed;
 * - `stale`: a read sees what was before the last write.
 */
export type Decision = 'go' | 'refuse' | 'lose-answer' | 'stale';

/** Asked before every effect. Throws where the worker dies there. */
export type Interleaving = (point: Point) => Promise<Decision>;

export const undisturbed: Interleaving = () => Promise.resolve('go');
