/** The base of the project's own errors: a stable code, and whether a retry can help. */

/** Facts of an error next to its code and message. */
export interface CodedErrorOptions {
  /** Whether the same call can succeed later, with nothing changed. */
  readonly retryable: boolean;
  /** The error that led to this one. @default none */
  readonly cause?: unknown;
}

/**
 * An error with a stable code.
 *
 * @typeParam Code - union of the codes, in kebab case.
 */
export class CodedError<Code extends string = string> extends Error {
  override readonly name: string = 'CodedError';
  /** What went wrong. */
  readonly code: Code;
  /** Whether the same call can succeed later, with nothing changed. */
  readonly retryable: boolean;

  constructor(code: Code, message: string, { retryable, cause }: CodedErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
  }
}

/** `instanceof` with the code as a string, where it would be `any`. */
export const isCodedError = (error: unknown): error is CodedError => error instanceof CodedError;
