/** How reading a secret fails. */

export type SecretErrorCode =
  /** No secret of that name, or it has no current value yet. */
  | 'not-found'
  /** The secret is marked for deletion. */
  | 'deleted'
  /** The caller's role may not read the secret or use its key. */
  | 'access-denied'
  /** The secret was generated, and its first rotation has not created the user yet. */
  | 'not-ready'
  /** The value is not what the client can read. */
  | 'invalid-value'
  /** Secrets Manager asks to slow down. */
  | 'throttled'
  /** No answer in time. */
  | 'timeout'
  /** No connection, or Secrets Manager fails. */
  | 'unavailable'
  /** No valid AWS credentials were found. */
  | 'credentials'
  /** The caller's signal fired. */
  | 'aborted'
  /** An option or name is wrong. */
  | 'invalid-argument'
  /** The client was disposed of. */
  | 'disposed'
  /** Anything else; `cause` tells. */
  | 'unexpected';

/** Every error of the client. Its message and fields never hold anything of a secret's value. */
export class SecretError extends Error {
  override readonly name = 'SecretError';
  readonly code: SecretErrorCode;
  /** Whether the same call can succeed later with nothing changed. */
  readonly retryable: boolean;
  /** Full name of the secret, where the error is about one. */
  readonly secretName: string | undefined;

  constructor(
    code: SecretErrorCode,
    message: string,
    options: { readonly retryable?: boolean; readonly secretName?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.secretName = options.secretName;
  }
}
