/** One schedule of some actors in a world: who moves next, and what befalls them there, is asked at each point. */
import type { Decision, Point } from '../_helpers/interleaving.ts';
import type { Task } from './tasks.ts';
import type { World } from './world.ts';

/** Somebody who does one task after the other: Secrets Manager with its four steps, an operator, the hourly sweep. */
export type Actor = readonly Task[];

export interface Bound {
  /** Crashes, refusals, lost answers and stale reads in one schedule. */
  readonly faults: number;
  /** How often another actor gets its turn although the one before could go on. */
  readonly switches: number;
}

export type Fate = Decision | 'crash';

export interface Move {
  readonly actor: string;
  readonly point: Point;
  readonly fate: Fate;
}

/** Gives the index of the move that is made. The first one is always that whoever moved last goes on undisturbed. */
export type Choose = (moves: readonly Move[]) => number;

export interface Watcher {
  /** Asked before each choice with all on which the rest depends: `false` ends the run there. */
  readonly goOn?: (state: () => string) => boolean;
  /** A move has been made, and everybody has come to rest after it. */
  readonly moved?: (move: Move) => void;
}

/** @returns whether the run came to its end: `false` where the watcher ended it. */
export const run = async (
  world: World,
  actors: readonly Actor[],
  bound: Bound,
  choose: Choose,
  watcher: Watcher = {},
): Promise<boolean> => new Run(world, actors, bound).complete(choose, watcher);

/** The invocation ends here, and whatever it would have done after. */
class Crash extends Error {}

interface Worker {
  readonly name: string;
  parked: { readonly point: Point; readonly resume: (fate: Fate) => void } | undefined;
  /** Points of the same invocation that wait until nobody is parked. */
  readonly waiting: (() => void)[];
  done: boolean;
  /** What its invocation has seen so far, and how many points it has passed: from these follows what it does next. */
  seen: (() => string)[];
  passed: number;
  /** Settles when the worker has parked or is done. */
  quiet: Promise<void>;
  becomeQuiet: () => void;
}

const fates: Readonly<Record<Point['kind'], readonly Fate[]>> = {
  read: ['go', 'stale', 'refuse', 'crash'],
  look: ['go', 'refuse', 'crash'],
  write: ['go', 'lose-answer', 'refuse', 'crash'],
  login: ['go', 'refuse', 'crash'],
  lock: ['go', 'crash'],
  answer: ['go', 'crash'],
  outside: ['go'],
};

/** Whatever was let go on has come to its next point, or to its end. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Reads, logins and locks leave everything as it was. */
export const hasEffect = ({ kind }: Point): boolean => kind === 'write' || kind === 'look' || kind === 'outside';

const canGoOn = ({ done, parked }: Worker): boolean => !done && (parked?.point.free?.() ?? true);

class Run {
  readonly #world: World;
  readonly #workers: readonly Worker[];
  #running: Worker | undefined;
  #faults: number;
  #switches: number;

  constructor(world: World, actors: readonly Actor[], { faults, switches }: Bound) {
    this.#world = world;
    this.#faults = faults;
    this.#switches = switches;
    this.#workers = actors.map((actor, index) => this.#start(actor, String.fromCharCode(97 + index)));
  }

  async complete(choose: Choose, { goOn, moved }: Watcher): Promise<boolean> {
    [this.#running] = this.#workers;
    await this.#quiet();
    for (;;) {
      if (this.#world.violations.length > 0 || this.#workers.every(({ done }) => done)) return true;
      if (goOn && !goOn(() => this.#state())) return false;
      const moves = this.#moves();
      const { worker, ...move } = moves[choose(moves)]!;
      this.#move(worker, move.fate);
      await this.#quiet();
      if (hasEffect(move.point)) this.#world.check();
      moved?.(move);
    }
  }

  #start(tasks: Actor, name: string): Worker {
    const worker: Worker = {
      name,
      parked: undefined,
      waiting: [],
      done: false,
      seen: [],
      passed: 0,
      quiet: Promise.resolve(),
      becomeQuiet: () => undefined,
    };
    this.#awaken(worker);
    const at = (point: Point): Promise<Decision> =>
      new Promise((resolve, reject) => {
        const resume = (fate: Fate) => {
          if (fate === 'crash') reject(new Crash('crash'));
          else resolve(fate);
        };
        worker.parked = { point, resume };
        worker.becomeQuiet();
      });
    void this.#work(worker, tasks, at).then(() => {
      worker.done = true;
      worker.becomeQuiet();
    });
    return worker;
  }

  async #work(worker: Worker, tasks: Actor, at: (point: Point) => Promise<Decision>): Promise<void> {
    for (const [index, task] of tasks.entries()) {
      // Secrets Manager asks again for a step that failed, and gives up a rotation whose step fails again.
      const first = await this.#perform(worker, task, `${index}`, at);
      if (first !== undefined && (await this.#perform(worker, task, `${index} again`, at)) !== undefined) return;
    }
  }

  /** A dead invocation does nothing more, even where the code under test would go on after the crash. */
  async #perform(worker: Worker, task: Task, what: string, at: (point: Point) => Promise<Decision>): Promise<unknown> {
    let crash: Crash | undefined;
    worker.seen = [() => what];
    worker.passed = 0;
    const dying = async (point: Point): Promise<Decision> => {
      if (crash) throw crash;
      try {
        const decision = await at(point);
        worker.passed += 1;
        return decision;
      } catch (error) {
        if (error instanceof Crash) crash = error;
        throw error;
      }
    };
    // An invocation that does several things at once gets to its points one after the other.
    const inTurn = async (point: Point): Promise<Decision> => {
      while (worker.parked) {
        await new Promise<void>((resolve) => worker.waiting.push(resolve));
        await settled();
      }
      return dying(point);
    };
    const error = await this.#world.perform(task, worker.name, inTurn, (answer) => worker.seen.push(answer));
    if (crash) this.#world.endProcess(worker.name);
    return crash ?? error;
  }

  async #quiet(): Promise<void> {
    for (const worker of this.#workers) await worker.quiet;
  }

  #moves(): readonly (Move & { readonly worker: Worker })[] {
    const free = this.#workers.filter(canGoOn);
    if (free.length === 0) throw new Error('Every worker waits for a lock');
    const running = this.#running;
    const mustSwitch = running === undefined || !free.includes(running);
    const eligible = free.filter((worker) => mustSwitch || worker === running || this.#switches > 0);
    // Whoever ran goes on first, undisturbed: the first schedule is the one in which nothing happens.
    const ordered = [...eligible].sort((a, b) => Number(b === running) - Number(a === running));
    return ordered.flatMap((worker) => {
      if (!worker.parked) throw new Error(`Worker ${worker.name} is neither parked nor done`);
      const { point } = worker.parked;
      return fates[point.kind]
        .filter((fate) => fate === 'go' || this.#faults > 0)
        .filter((fate) => fate !== 'stale' || (point.canBeStale?.() ?? true))
        .map((fate) => ({ worker, actor: worker.name, point, fate }));
    });
  }

  #move(worker: Worker, fate: Fate): void {
    const { parked } = worker;
    if (!parked) throw new Error(`Worker ${worker.name} is not parked`);
    if (fate !== 'go') this.#faults -= 1;
    const running = this.#running;
    if (running !== undefined && running !== worker && canGoOn(running)) this.#switches -= 1;
    this.#running = worker;
    worker.parked = undefined;
    this.#awaken(worker);
    parked.resume(fate);
    worker.waiting.shift()?.();
  }

  #awaken(worker: Worker): void {
    worker.quiet = new Promise((resolve) => {
      worker.becomeQuiet = resolve;
    });
  }

  /** The code under test has no other memory than what it has seen in this invocation, and what is in the world. */
  #state(): string {
    const workers = this.#workers.map(({ done, seen, passed, parked }) =>
      done ? 'done' : [seen.map((answer) => answer()), passed, parked?.point.operation],
    );
    return JSON.stringify([
      this.#world.state(),
      workers,
      this.#running && this.#workers.indexOf(this.#running),
      this.#faults,
      this.#switches,
    ]);
  }
}
