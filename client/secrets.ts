/** The client that `createSecrets` returns. */
import type { IamConnection, IamDatabase } from './iam-login.ts';
import type { DatabaseCredential, IamLogin, JsonSecret, TextSecret } from './secret-values.ts';

/** The value of a secret. Distinguish the three by a field: `'password' in secret`, `'fields' in secret`, `'text' in secret`. */
export type Secret = DatabaseCredential | JsonSecret | TextSecret;

/**
 * Typed, cached access to the secrets of one application.
 *
 * @typeParam Types - types of the values, by name of the secret.
 * @typeParam Databases - names of the databases with IAM login.
 */
export interface Secrets<Types, Databases extends string = never> {
  /**
   * Returns the current value, from the cache if it is fresh. Concurrent calls share one read.
   *
   * @param name - name of the secret in the catalog, such as `orders-db`.
   * @throws SecretError with any of its codes.
   */
  get<Name extends keyof Types & string>(name: Name, options?: GetOptions): Promise<Types[Name]>;

  /**
   * Reads the value now and returns it.
   *
   * @throws SecretError with the codes of `get`.
   */
  refresh<Name extends keyof Types & string>(name: Name, options?: GetOptions): Promise<Types[Name]>;

  /**
   * Calls `action` with the current value. If the login is refused, the secret has probably been rotated: the client
   * reads until the version changes, and calls `action` once more.
   *
   * @throws the error of `action`; SecretError with the codes of `get`.
   */
  use<Name extends keyof Types & string, Result>(
    name: Name,
    action: (secret: Types[Name]) => Promise<Result>,
    options?: UseOptions,
  ): Promise<Result>;

  /**
   * Returns a login with RDS IAM authentication for a connection that is opened now. The token is signed with the
   * caller's credentials and cached until a minute before it expires.
   *
   * @param database - name of the database in the declaration, or the database itself.
   * @throws SecretError `credentials`, `invalid-argument`, `timeout`, `aborted` or `unexpected`.
   */
  iamLogin(database: Databases | IamDatabase, options?: GetOptions): Promise<IamLogin>;

  /**
   * Returns the settings of a connection pool with RDS IAM authentication. `password` is a function that the pool calls
   * for each new connection.
   *
   * @throws SecretError `invalid-argument`.
   */
  iamConnection(database: Databases | IamDatabase): IamConnection;

  /** Makes the next `get` read, even if the value is fresh. */
  invalidate(name: keyof Types & string): void;

  /** Drops all values and closes connections. Every later call throws `disposed`. */
  dispose(): void;
}

/** Options of a read. */
export interface GetOptions {
  /** Stops waiting, with code `aborted`. The read continues for other callers. @default none */
  readonly signal?: AbortSignal | undefined;
}

/** Options of `use`. */
export interface UseOptions extends GetOptions {
  /** Whether an error means that the login was refused. @default {@link isLoginFailure} */
  readonly isAuthError?: ((error: unknown) => boolean) | undefined;
}

/** A failed read after which the last value is used. */
export interface StaleSecret {
  /** Full name or ARN of the secret. */
  readonly name: string;
  /** Age of the value in milliseconds. */
  readonly ageMs: number;
  /** Why the read failed. */
  readonly error: Error;
}

/**
 * A source of change events, such as `Secret Label Updated` of Secrets Manager. A changed value is read at the next `get`
 * instead of at the end of its TTL. This version includes no source.
 */
export interface SecretChanges {
  /** Starts a subscription and returns the function that ends it. */
  subscribe(listener: (change: SecretChange) => void): () => void;
}

/** A change of one secret. */
export interface SecretChange {
  /** Full name or ARN of the secret. */
  readonly name: string;
  /** Id of the current version. A value of this version is not read again. @default unknown: the value is read again */
  readonly versionId?: string | undefined;
}
