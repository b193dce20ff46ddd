/** What the command reports when it can't do what was asked, and its exit codes. */
import { CommanderError } from 'commander';

import { CatalogError, formatProblem } from '../../lib/catalog/messages/problem.ts';
import { CodedError } from '../../lib/contract/coded-error.ts';
import type { Host } from './host.ts';
import { stylesOf } from './styles.ts';

/** `findings`: the command did its work, and found something to fix. `interrupted`: Ctrl-C, as in shells. */
export const exitCode = { ok: 0, unexpected: 1, badInput: 2, findings: 3, interrupted: 130 } as const;

/** An argument that is well-formed but names nothing. */
export class UsageError extends CodedError<'usage-invalid'> {
  override readonly name = 'UsageError';

  constructor(message: string, { cause }: ErrorOptions = {}) {
    super('usage-invalid', message, { retryable: false, cause });
  }
}

/** Why a verb did not do its work; docs/commands.md has the list. */
export type CommandErrorCode =
  /** `generate --check`: a file differs from what the catalog gives. */
  | 'generated-stale'
  /** `place --check`: the file is not what the catalog needs. */
  | 'placement-stale'
  /** It is not known which secrets are deployed, and those must not move. */
  | 'deployment-unknown'
  /** `init`: files that it writes exist and differ. */
  | 'files-exist'
  /** `init`: a file could not be written. */
  | 'write-failed'
  /** The bootstrap template of the installed CDK can't be narrowed. */
  | 'bootstrap-unknown'
  /** The CDK command did not print its bootstrap template. */
  | 'cdk-failed'
  /** There is no cdk.json in the current folder. */
  | 'app-missing'
  /** cdk.json is not valid. */
  | 'app-invalid'
  /** The app does not read the catalog folder that it is told to. */
  | 'app-catalog-fixed'
  /** A catalog does not synthesise. */
  | 'synth-failed'
  /** It has not synthesised within `--timeout`. */
  | 'synth-slow'
  /** AWS has no such secret. */
  | 'secret-unknown'
  /** AWS has no such trail. */
  | 'trail-unknown'
  /** The function of a destination is not deployed. */
  | 'destination-unknown'
  /** The credentials are of another account than the environment. */
  | 'account-mismatch'
  | 'no-credentials'
  | 'no-region'
  | 'rotation-off'
  /** A version is pending: AWS would refuse another rotation. */
  | 'rotation-pending'
  | 'within-grace'
  /** The plan was not confirmed. */
  | 'not-confirmed'
  /** The request would leave no credential that logs in. */
  | 'nothing-would-work'
  | 'aws-denied'
  | 'aws-refused'
  | 'aws-throttled'
  | 'aws-unavailable'
  | 'aws-failed';

export interface CommandErrorOptions extends ErrorOptions {
  /** @default 2: invalid input or a refusal, nothing changed */
  readonly exitCode?: 1 | 2;
}

/** A verb can't go on, for a reason that the operator understands. */
export class CommandError extends CodedError<CommandErrorCode> {
  override readonly name = 'CommandError';
  readonly exitCode: 1 | 2;

  constructor(code: CommandErrorCode, message: string, { exitCode: exit = 2, cause }: CommandErrorOptions = {}) {
    super(code, message, { retryable: retryable.has(code), cause });
    this.exitCode = exit;
  }
}

const retryable: ReadonlySet<CommandErrorCode> = new Set(['aws-throttled', 'aws-unavailable', 'synth-slow']);

/** Prints an error once, and returns the exit code. */
export const reportError = (host: Host, error: unknown, debug: boolean): number => {
  const { red, bold, dim } = stylesOf(host);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCode.ok;
    if (host.json) printJson(host, { code: 'usage-invalid', message: error.message.replace(/^error: /, '') });
    return exitCode.badInput;
  }
  if (error instanceof CatalogError) {
    const { code, problems } = error;
    if (host.json) printJson(host, { code, message: summary(error), problems });
    else {
      for (const { code: kind, message, ...location } of problems) {
        const line = formatProblem({ ...location, message: '' }).trimEnd();
        host.stderr.write(`${bold(line)} ${message} ${dim(`[${kind}]`)}\n`);
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
  if (host.json) printJson(host, { code: 'unexpected', message });
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
