/** Every way in which a rotation step fails; docs/rotation.md has cause and remedy of each code. */
import { CodedError, isCodedError } from '../../../lib/contract/index.ts';
import type { EngineErrorCode } from '../../databases/errors.ts';
import { awsErrorCodes, type AwsErrorCode } from '../../runtime/aws-error.ts';

/** The codes of a rotation itself. A failed call of the database or of AWS keeps its own error. */
const ownCodes = [
  // The event is not what Secrets Manager sends.
  'event-invalid',
  // The secret belongs to another environment than the function.
  'secret-outside-environment',
  'rotation-off',
  // The token is not a version of the secret.
  'token-unknown',
  // The token's version is neither pending nor current, or AWSCURRENT keeps moving.
  'superseded',
  'tags-invalid',
  'value-missing',
  'value-not-json',
  'value-incomplete',
  // A key of the value holds the password once more, in a form that no rotation rewrites.
  'credential-copied',
  'engine-mismatch',
  // The pending value was not written by this function, or is not what the deployment and AWSCURRENT say now.
  'pending-not-ours',
  // An admin, or the function's own role, would act on names that the deployment does not declare.
  'admin-undeclared',
  // The pending version has no value (yet).
  'pending-without-value',
  'instance-unknown',
  'admin-missing',
  // The admin's secret is for another host than the one that the admin would have to log in at.
  'admin-elsewhere',
  // The admin's own credential is being rotated: whose turn is it next is known when that has ended.
  'admin-rotating',
  // RDS rotates the master credential itself.
  'admin-managed-by-rds',
  // The new master password does not hold yet.
  'master-password-pending',
  // The engine can't do this strategy, or not with what the secret declares.
  'strategy-impossible',
  // The grace time of the credential before this one is not over.
  'within-grace',
  // RDS Proxy has logins of its own: rotation goes to the database.
  'proxy-endpoint',
  // The server keeps users in memory only: a new password would be lost when it restarts.
  'users-not-persistent',
  // A replica does not accept yet what the writer accepts.
  'replica-behind',
  // Sessions of a revoked user do not end.
  'sessions-remain',
  // Giving the pending version up would leave no credential that logs in.
  'nothing-to-return-to',
  // The tags name another user than the value, and there is no admin to set that one up.
  'username-changed',
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
  // No stored password logs in, and there is no admin to set one.
  'no-credential-works',
  // After setSecret the pending password is refused; the old one logs in.
  'pending-refused',
] as const;

/** Everything that a step can fail with, in addition to `database-<kind>`. */
export const rotationErrorCodes = [...ownCodes, ...awsErrorCodes] as const;
export type RotationErrorCode = (typeof ownCodes)[number] | EngineErrorCode | AwsErrorCode;

export class RotationError extends CodedError<RotationErrorCode> {
  override readonly name: string = 'RotationError';
}

/** What a step fails with: its own error, one of the database or one of AWS. The codes are one set. */
export type RotationFailure = CodedError<RotationErrorCode>;

export const isRotationFailure = (error: unknown): error is RotationFailure => isCodedError(error);
