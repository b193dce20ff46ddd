/** What is wrong with a catalog: problems with a place in a file, and the error that contains all of them. */
import { CodedError } from '../../contract/coded-error.ts';
import type { CatalogProblemCode } from './problem-codes.ts';

export interface CatalogProblem extends LocatedMessage {
  /** What kind of problem it is: stable, unlike the message. docs/catalog-problems.md has them all. */
  readonly code: CatalogProblemCode;
}

/** A sentence about a file. */
export interface LocatedMessage {
  /** Path as the user would type it: the folder that was given, and the file's name in it. */
  readonly file: string;
  /** 1 for the first line; absent if the problem has no position in the text (a file that is missing or unreadable). */
  readonly line?: number;
  /** 1 for the first character; present exactly when `line` is. */
  readonly column?: number;
  /** What was wrong, the offending value (never one that may be a secret) and what to write instead. */
  readonly message: string;
}

/**
 * A catalog that can't be used. Its message lists every problem of every file, one per line, sorted by file and line.
 *
 * @throws by `loadCatalog`, code `catalog-invalid`
 */
export class CatalogError extends CodedError<'catalog-invalid'> {
  override readonly name = 'CatalogError';
  readonly problems: readonly CatalogProblem[];

  constructor(problems: readonly CatalogProblem[]) {
    const sorted = [...problems].sort(byPosition);
    super('catalog-invalid', sorted.map(formatProblem).join('\n'), { retryable: false });
    this.problems = sorted;
  }
}

/** `catalog/payments.yaml:14:9 secrets.orders-db.rotation.every must be at least 4h (got 2h); write 4h to 1000d` */
export const formatProblem = ({ file, line, column, message }: LocatedMessage): string =>
  line === undefined ? `${file} ${message}` : `${file}:${line}:${column ?? 1} ${message}`;

const byPosition = (a: CatalogProblem, b: CatalogProblem): number =>
  compare(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
