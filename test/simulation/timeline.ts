/** Runs a schedule once more and tells it: one line an event, and what the world looks like where it changed. */
import { run, type Actor, type Bound } from './run.ts';
import { secretName, World, type Sabotage, type Scenario } from './world.ts';

export interface CounterExample {
  readonly violations: readonly string[];
  readonly timeline: readonly string[];
}

export interface Schedule {
  readonly scenario: Scenario;
  readonly actors: readonly Actor[];
  readonly bound: Bound;
  /** The moves taken; after them, everybody goes on undisturbed. */
  readonly choices: readonly number[];
  readonly sabotage?: Sabotage | undefined;
}

export const describeCounterExample = async (schedule: Schedule): Promise<CounterExample> => {
  const { scenario, actors, bound, choices, sabotage } = schedule;
  const timeline: string[] = [];
  // An invocation ends with the move that let it go on, and so is told after it.
  const ends: string[] = [];
  const world = new World(scenario, sabotage, (actor, what) => ends.push(`${actor.padEnd(5)} => ${what}`));
  let seen = '';
  const look = (): void => {
    const now = picture(world);
    if (now !== seen) timeline.push(`        ${now}`);
    seen = now;
  };
  look();
  let taken = 0;
  const ended = await run(world, actors, bound, () => choices[taken++] ?? 0, {
    moved: ({ actor, point, fate }) => {
      const detail = point.detail === undefined ? '' : ` ${point.detail}`;
      timeline.push(
        `${actor.padEnd(5)} ${point.operation}${shortened(detail)}${fate === 'go' ? '' : `  ** ${fate} **`}`,
      );
      look();
      timeline.push(...ends.splice(0));
    },
  });
  if (ended && world.violations.length === 0) {
    timeline.push('everybody is done; now retries run undisturbed');
    await world.settle();
    timeline.push(...ends.splice(0));
    look();
  }
  timeline.push(...world.violations.map((violation) => `!!! ${violation}`));
  return { violations: world.violations, timeline };
};

/** `AWSCURRENT=rotation-1 AWSPENDING=rotation-2 | app: rotation-1, rotation-2`: labels, and which versions log in. */
const picture = (world: World): string => {
  const labels = world.secrets
    .labelled(secretName)
    .map(({ stage, versionId }) => `${stage}=${shortened(versionId)}`)
    .sort();
  const byPassword = new Map<string, string>();
  for (const [version, value] of world.secrets.values()) {
    const { username = '', password } = JSON.parse(value) as { username?: string; password: string };
    byPassword.set(`${username} ${password}`, shortened(version.split(' ')[1] ?? ''));
  }
  const users = [...world.database.users].map(([name, { passwords, blocked }]) => {
    const valid = passwords.map((password) => byPassword.get(`${name} ${password}`) ?? 'an unknown password');
    return `${name}: ${blocked ? 'blocked' : valid.join(', ')}`;
  });
  return shortened([labels.join(' '), ...users].join(' | '));
};

/** Version ids without what fills them up, secrets without the ends of their ARNs. */
const shortened = (text: string): string => text.replace(/00+(?=[^0-9]|$)/g, '');
