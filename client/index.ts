/** The public API of `@strongroom/client`. */
export { CodedError, type CodedErrorOptions } from '../lib/contract/index.ts';
export { createSecrets } from './create-secrets.ts';
export type {
  DeclaredClass,
  DeclaredEnvironment,
  DeclaredIamDatabases,
  DeclaredSecrets,
  EnvironmentsOf,
  SecretsDeclaration,
  SecretsOf,
  ValueOfClass,
} from './declaration.ts';
export type { IamConnection, IamDatabase } from './iam-login.ts';
export { isLoginFailure } from './login-failure.ts';
export { createRdsTokenSigner } from './rds-token-signer.ts';
export type { RdsToken, RdsTokenSigner, RdsTokenSignerOptions } from './rds-token-signer.ts';
export { isSecretError, SecretError } from './secret-error.ts';
export type { SecretErrorCode, SecretErrorOptions } from './secret-error.ts';
export { createSecretsManagerReader } from './secret-reader.ts';
export type { SecretReader, SecretsManagerReaderOptions, StoredSecret } from './secret-reader.ts';
export { DatabaseCredential, IamLogin, JsonSecret, SecretValue, TextSecret } from './secret-values.ts';
export type { Clock, DeclaredOptions, SecretsOptions } from './secrets-options.ts';
export type { GetOptions, Secret, SecretChange, SecretChanges, Secrets, StaleSecret, UseOptions } from './secrets.ts';
