/** The base of every error that the functions raise themselves: a stable code, and whether trying again can help. */

export interface CodedErrorOptions {
  /** Whether the same call can succeed later with nothing changed. */
  readonly retryable: boolean;
  readonly cause?: unknown;
}

/** @typeParam Code - the string-literal union of the codes that one function documents. */
export class CodedError<Code extends string = string> extends Error {
  override readonly name: string = 'CodedError';
  readonly code: Code;
  readonly retryable: boolean;

  constructor(code: Code, message: string, { retryable, cause }: CodedErrorOptions) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.retryable = retryable;
  }
}

/** `instanceof` with the code as a string, where it would be `any`. */
export const isCodedError = (error: unknown): error is CodedError => error instanceof CodedError;
