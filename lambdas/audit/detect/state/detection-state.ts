/** What detections remember, for a bounded time. Repeating a call with the same event changes nothing. */

/** A time window, and how many of its members are kept at most. */
export interface Window {
  readonly milliseconds: number;
  /** Members that are given back at most: a rule needs no more than its threshold. With 0 adding reads nothing. */
  readonly members: number;
}

export interface Sighting {
  /** Milliseconds since the epoch. */
  readonly first: number;
  readonly last: number;
}

export interface DetectionState {
  /**
   * Adds a member to a set that forgets.
   *
   * @param at - time of the event, milliseconds since the epoch
   * @returns the members of the window that ends at `at`, this one among them
   */
  add(set: string, member: string, at: number, window: Window): Promise<readonly string[]>;
  /** @returns the members of the window that ends at `at`, without adding one. */
  membersOf(set: string, at: number, window: Window): Promise<readonly string[]>;
  /**
   * Remembers that something was seen.
   *
   * @returns when it was seen first and last before, unless that is longer ago than `forMs`
   */
  see(what: string, at: number, forMs: number): Promise<Sighting | undefined>;
  /** @returns as {@link see}, without remembering. */
  seen(what: string, at: number, forMs: number): Promise<Sighting | undefined>;
}
