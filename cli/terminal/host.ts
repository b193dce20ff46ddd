/** Everything outside the command, so that a test can replace a terminal. */
import { createInterface } from 'node:readline/promises';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

import { printable } from './styles.ts';

export interface Host {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether output may have colours. */
  readonly color: boolean;
  /** Whether the result and errors are printed as JSON, for a program that reads them. */
  readonly json: boolean;
  /** Whether a person reads the result as it is printed. */
  readonly isTTY: boolean;
  /** How wide a line may be. Absent: as wide as it gets. */
  readonly columns?: number;
  /** Where a person sees progress as it happens. Absent: nobody watches, or a program reads what is printed. */
  readonly terminal?: Writable;
  /** Asks a person for a yes. Absent: there is no one to ask. */
  readonly confirm?: (question: string) => Promise<boolean>;
  /** Asks a person for a line of text; nothing after Ctrl-C or Ctrl-D. Absent: there is no one to ask. */
  readonly ask?: (question: string) => Promise<string | undefined>;
  /** Waits; ends at once, without an error, where the signal is given. */
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** Has Ctrl-C call `listener` once, in place of ending the process, until the returned function is called. */
  readonly onInterrupt: (listener: () => void) => () => void;
  readonly now: () => Date;
}

export interface Output {
  write(text: string): unknown;
}

/** What {@link processHost} reads of the process. */
export interface ProcessLike {
  readonly stdout: Output & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Output & { readonly isTTY?: boolean };
  readonly stdin?: Readable & { readonly isTTY?: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
  once?(signal: 'SIGINT', listener: () => void): unknown;
  off?(signal: 'SIGINT', listener: () => void): unknown;
}

/**
 * The host of a real process. Colours: see https://no-color.org; `--no-color` does the same. A terminal that calls itself
 * `dumb` gets plain lines.
 */
export const processHost = (process: ProcessLike, args: readonly string[]): Host => {
  const { stdout, stderr, stdin, env } = process;
  const isTTY = stdout.isTTY === true;
  const json = args.includes('--json');
  const isDumb = env['TERM'] === 'dumb';
  const refused = Boolean(env['NO_COLOR']) || args.includes('--no-color') || json || isDumb;
  const wanted = isTTY || (Boolean(env['FORCE_COLOR']) && env['FORCE_COLOR'] !== '0');
  const columns = Number(env['COLUMNS']) || (isTTY ? stdout.columns : undefined);
  const terminal = stderr.isTTY === true && isStream(stderr) ? stderr : undefined;
  return {
    stdout: sink(stdout),
    stderr: sink(stderr),
    color: wanted && !refused,
    json,
    isTTY,
    ...(columns && { columns }),
    ...(terminal && !json && !isDumb && { terminal }),
    ...(terminal &&
      stdin?.isTTY === true && {
        confirm: async (question: string) =>
          /^y(es)?$/i.test((await ask(`${question} [y/N] `, stdin, terminal, !isDumb))?.trim() ?? ''),
        ask: (question: string) => ask(question, stdin, terminal, !isDumb),
      }),
    pause: async (ms, signal) => {
      try {
        await sleep(ms, undefined, signal && { signal });
      } catch (error) {
        if (signal?.aborted !== true) throw error;
      }
    },
    onInterrupt: (listener) => {
      process.once?.('SIGINT', listener);
      return () => void process.off?.('SIGINT', listener);
    },
    now: () => new Date(),
  };
};

/** Prints a result: as JSON, or as the lines that a person reads. */
export const print = ({ json, stdout }: Host, result: unknown, lines: () => readonly string[]): void => {
  stdout.write(json ? `${JSON.stringify(result, undefined, 2)}\n` : `${lines().join('\n')}\n`);
};

/** The one place through which the command prints. */
const sink = (output: Output): Output => ({ write: (text) => output.write(printable(text)) });

const isStream = (output: Output): output is Writable => 'pipe' in output && 'end' in output;

/** Ctrl-C and Ctrl-D give no answer. */
const ask = async (
  question: string,
  input: Readable,
  output: Writable,
  movesCursor: boolean,
): Promise<string | undefined> => {
  const reader = createInterface({ input, output, ...(!movesCursor && { terminal: false }) });
  const ended = new AbortController();
  const end = (): void => {
    ended.abort();
  };
  reader.once('SIGINT', end).once('close', end);
  try {
    return await reader.question(printable(question), { signal: ended.signal });
  } catch (error) {
    if (!ended.signal.aborted) throw error;
    output.write('\n');
    return undefined;
  } finally {
    reader.close();
  }
};
