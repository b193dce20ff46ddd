/** What the command says when it can't do what was asked, and the exit code that it ends with. */
import { CommanderError } from 'commander';

import { CatalogError, formatProblem } from '../../lib/catalog/index.ts';
import type { Host } from './host.ts';
import { stylesOf } from './styles.ts';

/** `findings`: the command did what it should, and found something to mend. `interrupted`: Ctrl-C, as shells have it. */
export const exitCode = { ok: 0, unexpected: 1, badInput: 2, findings: 3, interrupted: 130 } as const;

/** An argument that is well-formed but names nothing. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE_INVALID';
}

/** Ways in which a verb ends without having done its work; docs/commands.md has the list. */
export type CommandErrorCode =
  /** A file that `generate --check` looked at is not what the catalog says. */
  | 'GENERATED_STALE'
  /** `place --check`: the file is not what the catalog needs. */
  | 'PLACEMENT_STALE'
  /** Which secrets are deployed is not known, and those must not move. */
  | 'DEPLOYMENT_UNKNOWN'
  /** The bootstrap template of the installed CDK is not one that can be narrowed. */
  | 'BOOTSTRAP_UNKNOWN'
  /** The CDK command did not print its bootstrap template. */
  | 'CDK_FAILED'
  /** The catalog of a commit does not synthesise. */
  | 'SYNTH_FAILED'
  /** It has not synthesised within `--timeout`. */
  | 'SYNTH_SLOW'
  /** AWS has no such secret. */
  | 'SECRET_UNKNOWN'
  /** The credentials are of another account than the environment. */
  | 'ACCOUNT_MISMATCH'
  | 'NO_CREDENTIALS'
  | 'NO_REGION'
  | 'ROTATION_OFF'
  /** A version is pending: AWS would refuse another rotation. */
  | 'ROTATION_PENDING'
  | 'WITHIN_GRACE'
  /** Nobody confirmed the plan. */
  | 'NOT_CONFIRMED'
  /** What was asked for would leave no credential that logs in. */
  | 'NOTHING_WOULD_WORK'
  | 'AWS_DENIED'
  | 'AWS_REFUSED'
  | 'AWS_THROTTLED'
  | 'AWS_UNAVAILABLE'
  | 'AWS_FAILED';

export interface CommandErrorOptions extends ErrorOptions {
  /** @default 2: something to mend in what was given, nothing changed */
  readonly exitCode?: 1 | 2;
}

/** A verb can't go on, for a reason that the operator understands. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: CommandErrorCode;
  readonly exitCode: 1 | 2;

  constructor(code: CommandErrorCode, message: string, { exitCode: exit = 2, ...options }: CommandErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.exitCode = exit;
  }
}

/** Prints an error once, and gives the exit code: 2 for what the user can mend, 1 for what should not happen. */
export const reportError = (host: Host, error: unknown, debug: boolean): number => {
  const { red, bold } = stylesOf(host);
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
  if (error instanceof UsageError || error instanceof CommandError) {
    if (host.json) printJson(host, { code: error.code, message });
    else host.stderr.write(`${red('error:')} ${message}\n`);
    return error instanceof CommandError ? error.exitCode : exitCode.badInput;
  }
  if (host.json) printJson(host, { code: 'UNEXPECTED', message });
  else {
    const stack = error instanceof Error ? error.stack : undefined;
    host.stderr.write(`${red('unexpected error:')} ${message}\n`);
    host.stderr.write(debug && stack ? `${stack}\n` : 'Set STRONGROOM_DEBUG=1 to see where it came from.\n');
  }
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
