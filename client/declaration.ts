/** What `strongroom generate` writes of the catalog for one consumer of an application, and the types that follow from it. */
import type { IamDatabase } from './iam-login.ts';
import type { DatabaseCredential, JsonSecret, TextSecret } from './secret-values.ts';
import type { Secret, Secrets } from './secrets.ts';

/**
 * The secrets and databases that a consumer may read. `createSecrets` takes its types from here, and holds every value to
 * them as it reads it.
 */
export interface SecretsDeclaration {
  /** Name of the application in the catalog. */
  readonly application: string;
  /** Name of the consumer, for messages: what it may read is decided by its role. */
  readonly consumer: string;
  /** What the consumer may read in each of the environments, with the class of the catalog. */
  readonly secrets: Readonly<Record<string, DeclaredClass>>;
  readonly environments: Readonly<Record<string, DeclaredEnvironment>>;
}

/** The classes of the catalog. */
export type DeclaredClass = keyof ValueOfClass;

export interface DeclaredEnvironment {
  /** Name or ARN of the secrets that are not `<environment>/<application>/<secret>` of the consumer's own account. */
  readonly secretIds?: Readonly<Record<string, string>>;
  /** Databases that the consumer logs in to with IAM. */
  readonly iamDatabases?: Readonly<Record<string, IamDatabase>>;
}

/** What the client gives for a secret of a class. */
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

/** The client of a declaration: what `createSecrets` gives for it. */
export type SecretsOf<Declaration extends SecretsDeclaration> = Secrets<
  DeclaredSecrets<Declaration>,
  DeclaredIamDatabases<Declaration>
>;

/** The secrets of a declaration, by name. */
export type DeclaredSecrets<Declaration extends SecretsDeclaration> = {
  readonly [Name in keyof Declaration['secrets']]: ValueOfClass[Declaration['secrets'][Name]];
};

/** Names of the databases that a declaration has in every one of its environments. */
export type DeclaredIamDatabases<Declaration extends SecretsDeclaration> = [EnvironmentsOf<Declaration>] extends [
  { readonly iamDatabases: infer Databases },
]
  ? keyof Databases & string
  : never;

/** The environments of a declaration. */
export type EnvironmentsOf<Declaration extends SecretsDeclaration> =
  Declaration['environments'][keyof Declaration['environments']];
