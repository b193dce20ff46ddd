/** The declaration that `strongroom generate` writes for one consumer of an application, and the types derived from it. */
import type { IamDatabase } from './iam-login.ts';
import type { DatabaseCredential, JsonSecret, TextSecret } from './secret-values.ts';
import type { Secret, Secrets } from './secrets.ts';

/** The secrets and databases that one consumer may read. `createSecrets` types and checks values by it. */
export interface SecretsDeclaration {
  /** Name of the application in the catalog. */
  readonly application: string;
  /** Name of the consumer, for messages only: its role decides what it may read. */
  readonly consumer: string;
  /** Classes of the secrets that the consumer may read in every environment, by name. */
  readonly secrets: Readonly<Record<string, DeclaredClass>>;
  /** Facts of each environment, by name. */
  readonly environments: Readonly<Record<string, DeclaredEnvironment>>;
}

/** A class of secrets in the catalog. */
export type DeclaredClass = keyof ValueOfClass;

/** Facts of one environment that can't be derived from names. */
export interface DeclaredEnvironment {
  /** Names or ARNs of secrets with another name or in another account, by name in the catalog. @default none */
  readonly secretIds?: Readonly<Record<string, string>>;
  /** Databases with IAM login, by name in the catalog. @default none */
  readonly iamDatabases?: Readonly<Record<string, IamDatabase>>;
}

/** The type of a value, by class. */
export interface ValueOfClass {
  readonly database: DatabaseCredential;
  readonly 'api-key': TextSecret;
  readonly 'oauth-client': JsonSecret;
  readonly 'tls-certificate': TextSecret | JsonSecret;
  readonly 'ssh-key': TextSecret;
  readonly 'signing-key': TextSecret;
  readonly 'encryption-key': TextSecret;
  readonly generic: Secret;
}

/** The client that `createSecrets` returns for a declaration. */
export type SecretsOf<Declaration extends SecretsDeclaration> = Secrets<
  DeclaredSecrets<Declaration>,
  DeclaredIamDatabases<Declaration>
>;

/** The types of a declaration's values, by name. */
export type DeclaredSecrets<Declaration extends SecretsDeclaration> = {
  readonly [Name in keyof Declaration['secrets']]: ValueOfClass[Declaration['secrets'][Name]];
};

/** Names of the databases that a declaration has in all of its environments. */
export type DeclaredIamDatabases<Declaration extends SecretsDeclaration> = [EnvironmentsOf<Declaration>] extends [
  { readonly iamDatabases: infer Databases },
]
  ? keyof Databases & string
  : never;

/** The environments of a declaration. */
export type EnvironmentsOf<Declaration extends SecretsDeclaration> =
  Declaration['environments'][keyof Declaration['environments']];
