/** The error of the client, and how to recognise it. */
import { CodedError } from '../lib/contract/index.ts';

/** What went wrong. New codes are added in minor versions: handle the codes that you know, and the rest by `retryable`. */
export type SecretErrorCode =
  /** The secret does not exist, or it has no value yet. */
  | 'not-found'
  /** The secret is scheduled for deletion. */
  | 'deleted'
  /** The role may not read the secret, or may not use its KMS key. */
  | 'access-denied'
  /** The value was generated, and the first rotation has not created the user yet. */
  | 'not-ready'
  /** The value is binary, or does not match its class. */
  | 'invalid-value'
  /** Secrets Manager throttles requests. */
  | 'throttled'
  /** No answer within the time limit. */
  | 'timeout'
  /** Secrets Manager can't be reached, or answers with a server error. */
  | 'unavailable'
  /** AWS credentials are missing, expired or not valid. */
  | 'credentials'
  /** The caller's `signal` fired. */
  | 'aborted'
  /** An option, a name or a declaration is not valid. */
  | 'invalid-argument'
  /** The client was disposed. */
  | 'disposed'
  /** Any other failure: see `cause`. */
  | 'unexpected';

/** Facts of an error next to its code and message. */
export interface SecretErrorOptions {
  /** Whether the same call can succeed later. @default false */
  readonly retryable?: boolean | undefined;
  /** Full name or ARN of the secret. @default none */
  readonly secretName?: string | undefined;
  /** The error that led to this one. @default none */
  readonly cause?: unknown;
}

/** Key of the mark, the same symbol in every copy of the package. */
const mark = Symbol.for('@strongroom/client.SecretError');

/**
 * Every error of the client. It contains no part of a secret's value.
 *
 * A process can load two copies of the package, one by `import` and one by `require`. `instanceof` knows one copy only:
 * use {@link isSecretError}.
 */
export class SecretError extends CodedError<SecretErrorCode> {
  static {
    Object.defineProperty(this.prototype, mark, { value: true });
  }

  override readonly name = 'SecretError';
  /** Full name or ARN of the secret, if the error is about one. */
  readonly secretName: string | undefined;

  constructor(code: SecretErrorCode, message: string, options: SecretErrorOptions = {}) {
    super(code, message, { retryable: options.retryable ?? false, cause: options.cause });
    this.secretName = options.secretName;
  }
}

/**
 * Whether an error comes from the client, from any copy of the package in the process.
 *
 * @example
 * ```ts
 * import { createSecrets, isSecretError } from '@strongroom/client';
 *
 * const secrets = createSecrets({ application: 'payments', environment: 'prod' });
 * try {
 *   await secrets.get('orders-db');
 * } catch (error) {
 *   if (!isSecretError(error) || error.code !== 'not-ready') throw error;
 * }
 * ```
 */
export const isSecretError = (error: unknown): error is SecretError =>
  typeof error === 'object' && error !== null && mark in error;
