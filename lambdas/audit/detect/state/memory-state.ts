/** The state in memory: a model for tests and simulations. It forgets like the table, by the time of the events. */
import type { DetectionState, Sighting, Window } from './detection-state.ts';

export const createMemoryState = (): DetectionState => {
  const sets = new Map<string, Map<string, number>>();
  const sightings = new Map<string, Sighting>();
  const membersOf = (set: string, at: number, window: Window): readonly string[] =>
    [...(sets.get(set) ?? [])]
      .filter(([, time]) => time > at - window.milliseconds && time <= at)
      .map(([member]) => member)
      .slice(0, window.members);
  const seen = (what: string, at: number, forMs: number): Sighting | undefined => {
    const known = sightings.get(what);
    return known && known.last > at - forMs ? known : undefined;
  };
  return {
    add: (set, member, at, window) => {
      const members = sets.get(set) ?? new Map<string, number>();
      sets.set(set, members);
      members.set(member, Math.max(members.get(member) ?? 0, at));
      return Promise.resolve(membersOf(set, at, window));
    },
    membersOf: (set, at, window) => Promise.resolve(membersOf(set, at, window)),
    see: (what, at, forMs) => {
      const before = seen(what, at, forMs);
      sightings.set(what, { first: Math.min(before?.first ?? at, at), last: Math.max(before?.last ?? 0, at) });
      return Promise.resolve(before);
    },
    seen: (what, at, forMs) => Promise.resolve(seen(what, at, forMs)),
  };
};
