/**
 * Runs every schedule of some actors up to a bound. Where a schedule comes to a state from which all has been tried
 * already, with the same bound left, its continuations are counted and not run again.
 */
import { hash } from 'node:crypto';
import { pendingMarkPrefix } from '../../lib/contract/index.ts';
import { run, type Actor, type Bound, type Move } from './run.ts';
import { Teller, type CounterExample } from './timeline.ts';
import { World, type Sabotage, type Scenario } from './world.ts';

export interface Case {
  readonly scenario: Scenario;
  readonly actors: readonly Actor[];
  readonly bound: Bound;
  /** The most failed logins of a whole schedule, before retries. */
  readonly failedLogins?: number;
}

export interface Exploration {
  /** Different schedules that were covered: each a different series of moves. */
  readonly schedules: number;
  /** Different states that were visited. */
  readonly states: number;
  /** Schedules that were run, the others being continuations of these. */
  readonly runs: number;
  /** The shortest counter-example of the least bound that has one. */
  readonly counterExample?: CounterExample;
}

export interface ExploreOptions {
  readonly sabotage?: Sabotage;
  /** `false`: runs what leads to known states too, to see that it leads to nothing new. @default true */
  readonly prune?: boolean;
}

export const explore = async (what: Case, options: ExploreOptions = {}): Promise<Exploration> => {
  const exploration = await exploreTo(what, what.bound, options);
  if (!exploration.counterExample) return exploration;
  // What needs fewer faults and switches is easier to read.
  for (const bound of smallerBounds(what.bound)) {
    const { counterExample } = await exploreTo(what, bound, options);
    if (counterExample) return { ...exploration, counterExample };
  }
  return exploration;
};

const smallerBounds = ({ faults, switches }: Bound): readonly Bound[] =>
  Array.from({ length: (faults + 1) * (switches + 1) - 1 }, (_, index) => ({
    faults: index % (faults + 1),
    switches: Math.floor(index / (faults + 1)),
  })).sort((a, b) => a.faults + a.switches - (b.faults + b.switches));

interface Choice {
  taken: number;
  readonly width: number;
  readonly key: string | undefined;
  /** Schedules below the state in which this choice was made, as far as they were covered. */
  below: number;
}

const exploreTo = async (
  what: Case,
  bound: Bound,
  { sabotage, prune = true }: ExploreOptions,
): Promise<Exploration> => {
  const { scenario, actors } = what;
  /** Schedules below each state, once all of them have been covered. */
  const covered = new Map<string, number>();
  let runs = 0;
  // A schedule is the list of choices taken; the next one differs in the last choice that has an untried alternative.
  let stack: Choice[] = [];
  for (;;) {
    const world = new World(scenario, sabotage);
    const known = stack.length;
    const next: Choice[] = [];
    let below = 1;
    let key: string | undefined;
    const choose = (moves: readonly Move[]): number => {
      const choice = stack[next.length] ?? { taken: 0, width: moves.length, key, below: 0 };
      next.push(choice);
      return choice.taken;
    };
    const goOn = (state: () => string): boolean => {
      key = undefined;
      // The states on the way to the first new choice are known: they are being covered.
      if (next.length < known) return true;
      key = hash('sha1', canonical(state()), 'base64');
      const count = covered.get(key);
      if (count === undefined) {
        covered.set(key, 0);
        return true;
      }
      if (!prune) return true;
      below = count;
      return false;
    };
    const ended = await run(world, actors, bound, choose, { goOn });
    runs += 1;
    refuseFailedLogins(world, what);
    if (ended && world.violations.length === 0) {
      const end = hash('sha1', canonical(JSON.stringify(world.state())), 'base64');
      if (!covered.has(end)) await world.settle();
      covered.set(end, 1);
    }
    if (world.violations.length > 0) {
      const choices = next.map(({ taken }) => taken);
      const counterExample = await tell({ ...what, bound }, choices, sabotage);
      return { schedules: runs, states: covered.size, runs, counterExample };
    }
    stack = next;
    for (;;) {
      const last = stack.at(-1);
      if (!last) return { schedules: below, states: covered.size, runs };
      last.below += below;
      if (last.taken + 1 < last.width) {
        last.taken += 1;
        break;
      }
      // All that can happen from here on is covered.
      if (last.key !== undefined) covered.set(last.key, last.below);
      below = last.below;
      stack.pop();
    }
  }
};

const refuseFailedLogins = ({ database, violations }: World, { failedLogins = Infinity }: Case): void => {
  if (database.failedLogins > failedLogins) violations.push(`${database.failedLogins} logins failed`);
};

/** Runs a schedule once more. */
const tell = async (
  what: Case,
  choices: readonly number[],
  sabotage: Sabotage | undefined,
): Promise<CounterExample> => {
  const { scenario, actors, bound } = what;
  const teller = new Teller(scenario, sabotage);
  const { world, watcher } = teller;
  let taken = 0;
  await run(world, actors, bound, () => choices[taken++] ?? 0, watcher);
  refuseFailedLogins(world, what);
  if (world.violations.length === 0) {
    await world.settle();
    teller.say('everybody is done; retries have run undisturbed');
  }
  return teller.counterExample;
};

/**
 * Which passwords were generated does not matter, only which of them are the same: they, and the digests over them in marks,
 * are named in order of appearance.
 */
export const canonical = (state: string): string => {
  const names = new Map<string, string>();
  return state.replace(generated, (name) => {
    const known = names.get(name) ?? `g${names.size}`;
    names.set(name, known);
    return known;
  });
};

const generated = new RegExp(`generated-password-\\d+|${pendingMarkPrefix}[\\w-]+`, 'g');
