/** What the command says when it can't do what was asked, and the exit code that it ends with. */
import { CommanderError } from 'commander';
import pico from 'picocolors';

import { CatalogError, formatProblem } from '../lib/catalog/index.ts';
import type { Host } from './host.ts';

export const exitCode = { ok: 0, unexpected: 1, badInput: 2 } as const;

/** An argument that is well-formed but names nothing. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE_INVALID';
}

/** Prints an error once, and gives the exit code: 2 for what the user can mend, 1 for what should not happen. */
export const reportError = (host: Host, error: unknown, debug: boolean): number => {
  const { red, bold } = pico.createColors(host.color);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCode.ok;
    if (host.json) printJson(host, { code: 'USAGE_INVALID', message: error.message.replace(/^error: /, '') });
    return exitCode.badInput;
  }
  if (error instanceof CatalogError) {
    const { code, problems } = error;
    if (host.json) printJson(host, { code, message: summary(error), problems });
    else {
      for (const { message, ...place } of problems) {
        const line = formatProblem({ ...place, message: '' }).trimEnd();
        host.stderr.write(`${bold(line)} ${message}\n`);
      }
      host.stderr.write(red(`${summary(error)}\n`));
    }
    return exitCode.badInput;
  }
  const message = error instanceof Error ? error.message : String(error);
  const isUsage = error instanceof UsageError;
  if (host.json) printJson(host, { code: isUsage ? error.code : 'UNEXPECTED', message });
  else host.stderr.write(`${red(isUsage ? 'error:' : 'unexpected error:')} ${message}\n`);
  if (isUsage) return exitCode.badInput;
  const stack = error instanceof Error ? error.stack : undefined;
  if (!host.json)
    host.stderr.write(debug && stack ? `${stack}\n` : 'Set STRONGROOM_DEBUG=1 to see where it came from.\n');
  return exitCode.unexpected;
};

const summary = ({ problems }: CatalogError): string => {
  const files = new Set(problems.map(({ file }) => file)).size;
  return `${count(problems.length, 'problem')} in ${count(files, 'file')}`;
};

/** `1 file`, `2 files` */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;

const printJson = (host: Host, error: object): void => {
  host.stdout.write(`${JSON.stringify({ error }, undefined, 2)}\n`);
};
