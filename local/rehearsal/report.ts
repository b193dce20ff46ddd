/** Lines of the rehearsal: what was shown, whether it held, and how long it took. */
import pc from 'picocolors';
import Table from 'cli-table3';
import yoctoSpinner, { type Spinner } from 'yocto-spinner';

export type RehearsalEvent =
  | { readonly type: 'started'; readonly title: string }
  /** What a long line is doing just now. */
  | { readonly type: 'progress'; readonly title: string; readonly detail: string }
  | {
      readonly type: 'held' | 'failed';
      readonly title: string;
      readonly detail: string;
      readonly milliseconds: number;
    };

/** Takes events as they come. Must not throw. */
export type Listener = (event: RehearsalEvent) => void;

type EndedLine = Extract<RehearsalEvent, { type: 'held' | 'failed' }>;

export class Report {
  readonly lines: EndedLine[] = [];
  readonly #listener: Listener;

  constructor(listener: Listener) {
    this.#listener = listener;
  }

  /** Runs one line; `show` returns what it saw (a glance, or a few lines), or throws if the line does not hold. */
  async line(title: string, show: (progress: (detail: string) => void) => Promise<string>): Promise<void> {
    this.#listener({ type: 'started', title });
    const start = performance.now();
    const end = (type: EndedLine['type'], detail: string): void => {
      const line: EndedLine = { type, title, detail, milliseconds: Math.round(performance.now() - start) };
      this.lines.push(line);
      this.#listener(line);
    };
    try {
      const detail = await show((progress) => {
        this.#listener({ type: 'progress', title, detail: progress });
      });
      end('held', detail);
    } catch (error) {
      end('failed', error instanceof Error ? error.message : String(error));
      throw error;
    }
  }
}

/** Prints events as JSON, one a line. */
export const jsonListener =
  (stream: NodeJS.WriteStream): Listener =>
  (event) => {
    stream.write(`${JSON.stringify(event)}\n`);
  };

/** Prints events to a terminal (with a spinner) or to a pipe (a line each). */
export const terminalListener = (stream: NodeJS.WriteStream): Listener => {
  let spinner: Spinner | undefined;
  return (event) => {
    if (event.type === 'started') {
      if (stream.isTTY) spinner = startSpinner(event.title, stream);
      return;
    }
    if (event.type === 'progress') {
      if (spinner) spinner.text = `${event.title}: ${pc.dim(event.detail)}`;
      return;
    }
    const text = inWords(event);
    if (spinner) spinner[event.type === 'held' ? 'success' : 'error'](text);
    else stream.write(`${event.type === 'held' ? pc.green('✔') : pc.red('✖')} ${text}\n`);
    spinner = undefined;
  };
};

/** On its own the spinner would end the process at Ctrl-C, before anything else could be ended. */
const startSpinner = (text: string, stream: NodeJS.WriteStream): Spinner =>
  yoctoSpinner({ text, stream, handleSignals: false }).start();

/** A line at a glance: what was shown, what was seen, how long it took; further lines of what was seen stand below. */
const inWords = ({ type, title, detail, milliseconds }: EndedLine): string => {
  const [first = '', ...more] = detail.split('\n');
  const line = `${title}: ${first} ${pc.dim(seconds(milliseconds))}`;
  // A failure is printed in full at the very end, where it is seen.
  return [line, ...(type === 'held' ? more : []).map((further) => `    ${further}`)].join('\n');
};

/** The closing table. */
export const summary = (lines: Report['lines'], totalMilliseconds: number): string => {
  const table = new Table({
    head: ['', 'what was shown', 'time'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'left', 'right'],
  });
  for (const { type, title, milliseconds } of lines) {
    table.push([type === 'held' ? pc.green('held') : pc.red('failed'), title, seconds(milliseconds)]);
  }
  table.push(['', pc.bold('all together'), pc.bold(seconds(totalMilliseconds))]);
  return table.toString();
};

const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(1)} s`;
