/** Every way in which a call of a database fails; docs/rotation.md has cause and remedy of each code. */
import { CodedError, type CodedErrorOptions } from '../../lib/contract/index.ts';

export const databaseErrorKinds = ['network', 'tls', 'auth', 'locked', 'privilege', 'unknown'] as const;
export type DatabaseErrorKind = (typeof databaseErrorKinds)[number];

/** The codes, in addition to `database-<kind>` for each of {@link databaseErrorKinds}. */
export const engineErrorCodes = [
  'value-incomplete',
  'engine-mismatch',
  'admin-missing',
  // The engine can't do this strategy, or not with what the secret declares.
  'strategy-impossible',
  // RDS Proxy has logins of its own: rotation goes to the database.
  'proxy-endpoint',
  // The server keeps users in memory only: a new password would be lost when it restarts.
  'users-not-persistent',
  // Sessions of a revoked user do not end.
  'sessions-remain',
  'user-missing',
  // The user is the admin, a superuser or one who makes roles: no application's credential.
  'user-reserved',
  // Someone disabled the user (NOLOGIN, ACCOUNT LOCK, `off`): rotation does not enable it.
  'user-disabled',
  // The password is right, and the login is refused for another reason: nothing is changed.
  'login-refused-otherwise',
  // A password policy of the server (length, characters, history) refuses the new password.
  'password-refused',
  'schema-missing',
] as const;
export type EngineErrorCode = (typeof engineErrorCodes)[number] | `database-${DatabaseErrorKind}`;

export class EngineError extends CodedError<EngineErrorCode> {
  override readonly name: string = 'EngineError';
}

export interface DatabaseErrorOptions extends CodedErrorOptions {
  /** The change had been sent when the error came: it may have been committed. @default false */
  readonly uncertain?: boolean;
}

/** Only `auth` says that the credential is wrong, and so justifies trying another. */
export class DatabaseError extends EngineError {
  readonly kind: DatabaseErrorKind;
  readonly uncertain: boolean;

  constructor(kind: DatabaseErrorKind, message: string, { uncertain = false, ...options }: DatabaseErrorOptions) {
    super(`database-${kind}`, message, options);
    this.kind = kind;
    this.uncertain = uncertain;
  }
}

/** Whether the database refused the credential itself. */
export const isAuthFailure = (error: unknown): boolean => error instanceof DatabaseError && error.kind === 'auth';
