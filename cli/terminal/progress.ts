/** Progress: a spinner on a terminal, lines in a log, nothing with JSON. */
import yoctoSpinner from 'yocto-spinner';

import type { Host } from './host.ts';
import { stylesOf } from './styles.ts';
import { oneLine } from './visible.ts';

export interface Progress {
  /** What is being done now. */
  doing(what: string): void;
  /** Something that has happened, and stays to be read. */
  done(what: string): void;
  /** Something that went wrong, and is not the end. */
  failed(what: string): void;
  /** Takes the spinner away. Can be called twice. */
  end(): void;
}

export const progressOn = (host: Host): Progress => {
  const { green, yellow } = stylesOf(host);
  if (host.json) return { doing: nothing, done: nothing, failed: nothing, end: nothing };
  // The command ends on Ctrl-C by itself: the spinner's own handler would exit before the last words.
  const spinner = host.terminal && yoctoSpinner({ stream: host.terminal, handleSignals: false });
  const line = (text: string): void => {
    const current = spinner?.isSpinning === true ? spinner.text : undefined;
    spinner?.stop();
    host.stderr.write(`${text}\n`);
    if (current !== undefined) spinner?.start(current);
  };
  return {
    doing: (said) => {
      if (spinner === undefined) return;
      // The spinner writes to the terminal itself.
      const what = oneLine(said.trim());
      if (spinner.isSpinning) spinner.text = what;
      else spinner.start(what);
    },
    done: (what) => {
      line(`${green('✔')} ${oneLine(what.trim())}`);
    },
    failed: (what) => {
      line(`${yellow('✖')} ${oneLine(what.trim())}`);
    },
    end: () => {
      spinner?.stop();
    },
  };
};

const nothing = (): void => undefined;
