/** Lines of the rehearsal: what was shown, whether it held, and how long it took. */
import pc from 'picocolors';
import Table from 'cli-table3';
import yoctoSpinner, { type Spinner } from 'yocto-spinner';

export type RehearsalEvent =
  | { readonly type: 'started'; readonly title: string }
  | {
      readonly type: 'held' | 'failed';
      readonly title: string;
      readonly detail: string;
      readonly milliseconds: number;
    };

/** Takes events as they come. Must not throw. */
export type Listener = (event: RehearsalEvent) => void;

export class Report {
  readonly lines: Exclude<RehearsalEvent, { type: 'started' }>[] = [];
  readonly #listener: Listener;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** Runs one line; `show` returns what it saw, or throws where the line does not hold. */
  async line(title: string, show: () => Promise<string>): Promise<void> {
    this.#listener({ type: 'started', title });
    const start = performance.now();
    try {
      this.#end({ type: 'held', title, detail: await show(), milliseconds: performance.now() - start });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      this.#end({ type: 'failed', title, detail, milliseconds: performance.now() - start });
      throw error;
    }
  }

  #end(event: Exclude<RehearsalEvent, { type: 'started' }>): void {
    this.lines.push(event);
    this.#listener(event);
  }
}

/** Prints events to a terminal (with a spinner) or to a pipe (a line each). */
export const terminalListener = (stream: NodeJS.WriteStream): Listener => {
  let spinner: Spinner | undefined;
  return (event) => {
    if (event.type === 'started') {
      if (stream.isTTY) spinner = yoctoSpinner({ text: event.title, stream }).start();
      return;
    }
    const time = pc.dim(seconds(event.milliseconds));
    const text = `${event.title}: ${event.detail} ${time}`;
    if (spinner) spinner[event.type === 'held' ? 'success' : 'error'](text);
    else stream.write(`${event.type === 'held' ? pc.green('✔') : pc.red('✖')} ${text}\n`);
    spinner = undefined;
  };
};

/** The closing table. */
export const summary = (lines: Report['lines'], totalMilliseconds: number): string => {
  const table = new Table({
    head: ['', 'line', 'time'],
    style: { head: [], border: [] },
    colAligns: ['left', 'left', 'right'],
  });
  for (const { type, title, milliseconds } of lines) {
    table.push([type === 'held' ? pc.green('held') : pc.red('failed'), title, seconds(milliseconds)]);
  }
  table.push(['', pc.bold('all together'), pc.bold(seconds(totalMilliseconds))]);
  return table.toString();
};

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
