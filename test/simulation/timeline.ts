/** Tells a run: one line an event, and what the world looks like where it changed. */
import type { Watcher } from './run.ts';
import { secretName, World, type Sabotage, type Scenario } from './world.ts';

export interface CounterExample {
  readonly violations: readonly string[];
  readonly timeline: readonly string[];
}

export class Teller {
  readonly world: World;
  readonly watcher: Watcher;
  readonly #lines: string[] = [];
  /** An invocation ends with the move that let it go on, and so is told after it. */
  readonly #ends: string[] = [];
  #seen = '';

  constructor(scenario: Scenario, sabotage?: Sabotage) {
    this.world = new World(scenario, sabotage, (actor, what) => this.#ends.push(`${actor.padEnd(5)} => ${what}`));
    this.#look();
    this.watcher = {
      moved: ({ actor, point: { operation, detail = '' }, fate }) => {
        this.say(`${actor.padEnd(5)} ${operation} ${shortened(detail)}${fate === 'go' ? '' : `  ** ${fate} **`}`);
      },
    };
  }

  /** A line, and what has changed with it. */
  say(line: string): void {
    this.#lines.push(line.trimEnd());
    this.#look();
    this.#lines.push(...this.#ends.splice(0));
  }

  get counterExample(): CounterExample {
    const { violations } = this.world;
    return { violations, timeline: [...this.#lines, ...violations.map((violation) => `!!! ${shortened(violation)}`)] };
  }

  #look(): void {
    const now = picture(this.world);
    if (now !== this.#seen) this.#lines.push(`        ${now}`);
    this.#seen = now;
  }
}

/** `AWSCURRENT=rotation-1 AWSPENDING=rotation-2 | app: rotation-1, rotation-2`: labels, and which versions log in. */
const picture = (world: World): string => {
  const labels = world.secrets
    .labelled(secretName)
    .map(({ stage, versionId }) => `${stage}=${shortened(versionId)}`)
    .sort();
  const byPassword = new Map<string, string>();
  for (const [version, value] of world.secrets.values()) {
    const { username = 'app', password } = JSON.parse(value) as { username?: string; password: string };
    byPassword.set(`${username} ${password}`, version.split(' ')[1] ?? '');
  }
  const users = [...world.database.users].map(([name, { passwords, blocked }]) => {
    const valid = passwords.map((password) => byPassword.get(`${name} ${password}`) ?? 'an unknown password');
    return `${name}: ${blocked ? 'blocked' : valid.join(', ')}`;
  });
  return shortened([labels.join(' '), ...users].join(' | '));
};

/** Version ids without what fills them up. */
const shortened = (text: string): string => text.replace(/00+(?=[^0-9]|$)/g, '');
