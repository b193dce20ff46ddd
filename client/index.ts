/** `strongroom/client`: what applications import. */
export { createSecrets } from './create-secrets.ts';
export { isLoginFailure } from './login-failure.ts';
export { SecretError } from './secret-error.ts';
export type { SecretErrorCode } from './secret-error.ts';
export { createSecretsManagerReader } from './secret-reader.ts';
export type { SecretReader, SecretsManagerReaderOptions, StoredSecret } from './secret-reader.ts';
export { DatabaseCredential, JsonSecret, TextSecret } from './secret-values.ts';
export type { Clock, SecretsOptions } from './secrets-options.ts';
export type {
  GetOptions,
  Secret,
  SecretChange,
  SecretChanges,
  Secrets,
  SecretsOf,
  SecretTypes,
  StaleSecret,
  UseOptions,
} from './secrets.ts';
