/** Long runs by chance: several rotations in a row, operators and the sweep beside them, faults, a clock that moves. */
import fc from 'fast-check';
import { hash } from 'node:crypto';
import { forcedTokenPrefix, secretTag } from '../../lib/contract/index.ts';
import { anew, steps } from './cases.ts';
import { canonical } from './explore.ts';
import { run, type Actor, type Bound, type Watcher } from './run.ts';
import { allScenarios } from './scenarios.ts';
import { Teller, type CounterExample } from './timeline.ts';
import { firstToken, tokenOf, World, type Sabotage, type Scenario } from './world.ts';

export interface SampleOptions {
  readonly seed: number;
  /** How many long runs. */
  readonly bound: number;
  readonly sabotage?: Sabotage;
  /** Called after each run. */
  readonly onProgress?: (sofar: Sample) => void;
}

export interface Sample {
  readonly runs: number;
  readonly moves: number;
  /** Different worlds that were seen after a move. */
  readonly states: number;
  /** Made as small as it gets. */
  readonly counterExample?: CounterExample;
}

/** The same seed gives the same runs. */
export const sample = async ({ seed, bound, sabotage, onProgress }: SampleOptions): Promise<Sample> => {
  const states = new Set<string>();
  const sofar = { runs: 0, moves: 0 };
  const property = fc.asyncProperty(longRuns, async (longRun) => {
    const world = new World(longRun.scenario, sabotage);
    await play(longRun, world, {
      moved: () => {
        sofar.moves += 1;
        states.add(hash('sha1', canonical(JSON.stringify([longRun.scenario.name, world.state()])), 'base64'));
      },
    });
    sofar.runs += 1;
    onProgress?.({ ...sofar, states: states.size });
    return world.violations.length === 0;
  });
  const { counterexample } = await fc.check(property, { seed, numRuns: bound, endOnFailure: false });
  const [smallest] = counterexample ?? [];
  return {
    ...sofar,
    states: states.size,
    ...(smallest && { counterExample: await tell(smallest, sabotage) }),
  };
};

const companions = ['again', 'steps again', 'finish early', 'sweep', 'roll forward'] as const;

/** One rotation with whoever is active at the same time; after it, retries run undisturbed until it has ended. */
interface Episode {
  readonly forced: boolean;
  readonly companion: (typeof companions)[number] | undefined;
  /** Hours until the next one. */
  readonly pause: number;
  /** Which move is made at each point, as long as they last; 0 is that all goes on undisturbed. */
  readonly choices: readonly number[];
}

interface LongRun {
  readonly scenario: Scenario;
  readonly episodes: readonly Episode[];
}

const bound: Bound = { faults: 2, switches: 3 };

const episodes: fc.Arbitrary<Episode> = fc.record({
  forced: fc.boolean(),
  companion: fc.constantFrom(undefined, ...companions),
  pause: fc.constantFrom(0, 1, 25),
  // Mostly 0: a fault here and there, and not all of them in the first step.
  choices: fc.array(fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(7) }), {
    maxLength: 60,
    size: 'max',
  }),
});

const longRuns: fc.Arbitrary<LongRun> = fc.record({
  scenario: fc.constantFrom(...Object.values(allScenarios).flat()),
  episodes: fc.array(episodes, { minLength: 1, maxLength: 5, size: 'max' }),
});

const play = async (
  { scenario, episodes: all }: LongRun,
  world: World,
  watcher: Watcher,
  say: (line: string) => void = () => undefined,
): Promise<void> => {
  const hasGrace = secretTag.grace in scenario.tags;
  for (const [index, { forced, companion, pause, choices }] of all.entries()) {
    const name = `rotation-${index + 1}`;
    const token = index === 0 ? firstToken : tokenOf(forced && hasGrace ? `${forcedTokenPrefix}${name}` : name);
    const actors = [index === 0 ? steps(token) : anew(token), ...besides(companion, token)];
    let taken = 0;
    await run(world, actors, bound, (moves) => (choices[taken++] ?? 0) % moves.length, watcher);
    if (world.violations.length > 0) return;
    await world.finish();
    say('retries have run undisturbed');
    if (world.violations.length > 0) return;
    world.wait(pause);
    if (pause > 0) say(`${pause} hours later`);
  }
  await world.settle();
  say('the grace time is over, and the sweep has run');
};

const besides = (companion: Episode['companion'], token: string): readonly Actor[] => {
  switch (companion) {
    case undefined:
      return [];
    case 'again':
      return [steps(token)];
    case 'steps again':
      return [steps(token, ['setSecret', 'testSecret'])];
    case 'finish early':
      return [steps(token, ['finishSecret'])];
    case 'sweep':
      return [[{ do: 'sweep' }]];
    case 'roll forward':
      return [[{ do: 'rollForward', token }]];
  }
};

const tell = async (longRun: LongRun, sabotage: Sabotage | undefined): Promise<CounterExample> => {
  const teller = new Teller(longRun.scenario, sabotage);
  await play(longRun, teller.world, teller.watcher, (line) => {
    teller.say(line);
  });
  const { violations, timeline } = teller.counterExample;
  const { strategy, name } = longRun.scenario;
  return { violations, timeline: [`${strategy}: ${name}`, ...timeline] };
};
