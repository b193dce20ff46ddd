/** What `createSecrets` gives: typed, cached access to the secrets of one application. */
import type { IamConnection, IamDatabase } from './iam-login.ts';
import type { DatabaseCredential, IamLogin, JsonSecret, TextSecret } from './secret-values.ts';

/** What a secret can be. */
export type Secret = DatabaseCredential | JsonSecret | TextSecret;

/**
 * @typeParam Types - secrets by name.
 * @typeParam Databases - names of the databases with IAM login.
 */
export interface Secrets<Types, Databases extends string = never> {
  /**
   * The current value, from the cache where it is fresh. Calls at the same time share one read.
   *
   * @param name - name of the secret in the catalog, such as `orders-db`.
   * @throws SecretError with its `code`.
   */
  get<Name extends keyof Types & string>(name: Name, options?: GetOptions): Promise<Types[Name]>;

  /** Reads the value again, whatever the cache holds. @throws SecretError as `get` does. */
  refresh<Name extends keyof Types & string>(name: Name, options?: GetOptions): Promise<Types[Name]>;

  /**
   * Calls `action` with the current value. When it fails because the login is refused, the secret has probably been
   * rotated: the value is read again until it has changed, and `action` is called once more with the new one.
   *
   * @throws whatever `action` throws in the end; SecretError as `get` does.
   */
  use<Name extends keyof Types & string, Result>(
    name: Name,
    action: (secret: Types[Name]) => Promise<Result>,
    options?: UseOptions,
  ): Promise<Result>;

  /**
   * A login with RDS IAM authentication, for a connection that is opened now. The password is made here, under the
   * application's own role; it is kept until shortly before it expires.
   *
   * @param database - its name in the declaration, or the database itself.
   * @throws SecretError `credentials`, `invalid-argument`, `timeout`, `aborted` or `unexpected`.
   */
  iamLogin(database: Databases | IamDatabase, options?: GetOptions): Promise<IamLogin>;

  /**
   * The same for a pool: where to connect to, and a function that gives each connection its password.
   *
   * @throws SecretError `invalid-argument`.
   */
  iamConnection(database: Databases | IamDatabase): IamConnection;

  /** The next `get` reads the value again, however fresh it is. */
  invalidate(name: keyof Types & string): void;

  /** Forgets everything and closes connections. Every later call throws `disposed`. */
  dispose(): void;
}

export interface GetOptions {
  /** Stops waiting; a read that others wait for goes on. */
  readonly signal?: AbortSignal;
}

export interface UseOptions extends GetOptions {
  /** @default {@link isLoginFailure}, which knows PostgreSQL, MySQL, MariaDB and Redis */
  readonly isAuthError?: (error: unknown) => boolean;
}

/** A value that was served although it could not be read again in time. */
export interface StaleSecret {
  /** Full name of the secret. */
  readonly name: string;
  /** How long ago the value was read. */
  readonly ageMs: number;
  /** Why it could not be read again. */
  readonly error: Error;
}

/**
 * Tells when secrets change, so that values are read again at once instead of at the end of their time to live. A source
 * fed by Secrets Manager's `Secret Label Updated` events fits here; none comes with this version.
 */
export interface SecretChanges {
  /** @returns what ends the subscription. */
  subscribe(listener: (change: SecretChange) => void): () => void;
}

export interface SecretChange {
  /** Full name of the secret. */
  readonly name: string;
  /** Version that is current now; without it the value is read again in any case. */
  readonly versionId?: string;
}
