/** Runs every schedule of some workers up to a bound: which worker moves next, and what befalls it there. */
import type { RotationStep } from '../../lib/contract/index.ts';
import type { Decision, Point } from '../_helpers/interleaving.ts';
import { World, type Sabotage, type Scenario } from './world.ts';

export interface Bound {
  /** Crashes, refusals, lost answers and stale reads in one schedule. */
  readonly faults: number;
  /** How often another worker gets its turn although the one before could go on. */
  readonly switches: number;
}

/** Steps that one worker is asked for, one after the other; a step that failed is asked for once more. */
export type Script = readonly RotationStep[];

export interface Exploration {
  readonly schedules: number;
  /** The first schedule that broke something, as a timeline. */
  readonly counterExample?: { readonly timeline: readonly string[]; readonly violations: readonly string[] };
}

export const explore = async (
  scenario: Scenario,
  scripts: readonly Script[],
  bound: Bound,
  sabotage?: Sabotage,
): Promise<Exploration> => {
  let schedules = 0;
  // A schedule is the list of choices taken; the next one differs in the last choice that has an untried alternative.
  let choices: number[] = [];
  for (;;) {
    const run = new Run(scenario, scripts, bound, choices, sabotage);
    const { taken, widths } = await run.complete();
    schedules += 1;
    if (run.world.violations.length > 0) {
      return { schedules, counterExample: { timeline: run.timeline, violations: run.world.violations } };
    }
    let last = taken.length - 1;
    while (last >= 0 && taken[last]! + 1 >= widths[last]!) last -= 1;
    if (last < 0) return { schedules };
    choices = [...taken.slice(0, last), taken[last]! + 1];
  }
};

type Fate = Decision | 'crash';

/** The invocation ends here, and whatever it would have done after. */
class Crash extends Error {}

interface Worker {
  readonly name: string;
  parked: { readonly point: Point; readonly resume: (fate: Fate) => void } | undefined;
  done: boolean;
  /** Settles when the worker has parked or is done. */
  quiet: Promise<void>;
  becomeQuiet: () => void;
}

const fates: Readonly<Record<Point['kind'], readonly Fate[]>> = {
  read: ['go', 'stale', 'refuse', 'crash'],
  write: ['go', 'lose-answer', 'refuse', 'crash'],
  login: ['go', 'refuse', 'crash'],
  lock: ['go', 'crash'],
};

const canGoOn = ({ done, parked }: Worker): boolean => !done && (parked?.point.free?.() ?? true);

class Run {
  readonly world: World;
  readonly timeline: string[] = [];
  readonly #scripts: readonly Script[];
  readonly #choices: readonly number[];
  readonly #taken: number[] = [];
  readonly #widths: number[] = [];
  #faults: number;
  #switches: number;

  constructor(
    scenario: Scenario,
    scripts: readonly Script[],
    bound: Bound,
    choices: readonly number[],
    sabotage: Sabotage | undefined,
  ) {
    this.world = new World(scenario, sabotage);
    this.#scripts = scripts;
    this.#choices = choices;
    this.#faults = bound.faults;
    this.#switches = bound.switches;
  }

  async complete(): Promise<{ taken: readonly number[]; widths: readonly number[] }> {
    const workers = this.#scripts.map((script, index) => this.#start(script, String.fromCharCode(97 + index)));
    let running = workers[0];
    for (;;) {
      await Promise.all(workers.map(({ quiet }) => quiet));
      this.world.check();
      const ready = workers.filter(({ done }) => !done);
      if (ready.length === 0 || this.world.violations.length > 0) break;
      const next = this.#choose(this.#options(ready, running));
      this.#move(next.worker, next.fate, running);
      running = next.worker;
    }
    if (this.world.violations.length === 0) await this.world.settle();
    return { taken: this.#taken, widths: this.#widths };
  }

  #start(script: Script, name: string): Worker {
    const worker: Worker = {
      name,
      parked: undefined,
      done: false,
      quiet: Promise.resolve(),
      becomeQuiet: () => undefined,
    };
    this.#awaken(worker);
    const at = (point: Point): Promise<Decision> =>
      new Promise((resolve, reject) => {
        const resume = (fate: Fate) => {
          if (fate === 'crash') reject(new Crash());
          else resolve(fate);
        };
        worker.parked = { point, resume };
        worker.becomeQuiet();
      });
    void this.#work(script, at).then(() => {
      worker.done = true;
      worker.becomeQuiet();
    });
    return worker;
  }

  async #work(script: Script, at: (point: Point) => Promise<Decision>): Promise<void> {
    for (const step of script) {
      const error = await this.#invoke(step, at);
      // Secrets Manager asks again for a step that failed, and gives up a rotation whose step fails again.
      if (error !== undefined && (await this.#invoke(step, at)) !== undefined) return;
    }
  }

  /** A dead invocation does nothing more, even where the code under test would go on after the crash. */
  async #invoke(step: RotationStep, at: (point: Point) => Promise<Decision>): Promise<unknown> {
    let crash: Crash | undefined;
    return this.world.invoke(step, async (point) => {
      if (crash) throw crash;
      try {
        return await at(point);
      } catch (error) {
        if (error instanceof Crash) crash = error;
        throw error;
      }
    });
  }

  #options(ready: readonly Worker[], running: Worker | undefined): readonly { worker: Worker; fate: Fate }[] {
    const free = ready.filter(canGoOn);
    if (free.length === 0) throw new Error(`Every worker waits for a lock: ${this.timeline.join(', ')}`);
    const mustSwitch = running === undefined || !free.includes(running);
    const eligible = free.filter((worker) => mustSwitch || worker === running || this.#switches > 0);
    // Whoever ran goes on first, undisturbed: the first schedule is the one in which nothing happens.
    const ordered = [...eligible].sort((a, b) => Number(b === running) - Number(a === running));
    return ordered.flatMap((worker) => {
      const kind = worker.parked?.point.kind ?? 'read';
      return fates[kind].filter((fate) => fate === 'go' || this.#faults > 0).map((fate) => ({ worker, fate }));
    });
  }

  #choose<Option>(options: readonly Option[]): Option {
    const index = this.#choices[this.#taken.length] ?? 0;
    this.#taken.push(index);
    this.#widths.push(options.length);
    return options[index]!;
  }

  #move(worker: Worker, fate: Fate, running: Worker | undefined): void {
    const { parked } = worker;
    if (!parked) throw new Error(`Worker ${worker.name} is neither parked nor done`);
    if (fate !== 'go') this.#faults -= 1;
    if (running !== undefined && running !== worker && canGoOn(running)) this.#switches -= 1;
    this.timeline.push(`${worker.name} ${parked.point.operation}${fate === 'go' ? '' : `: ${fate}`}`);
    worker.parked = undefined;
    this.#awaken(worker);
    parked.resume(fate);
  }

  #awaken(worker: Worker): void {
    worker.quiet = new Promise((resolve) => {
      worker.becomeQuiet = resolve;
    });
  }
}
