/** What `createSecrets` gives: typed, cached access to the secrets of one application. */
import type { DatabaseCredential, JsonSecret, TextSecret } from './secret-values.ts';

/** What a secret can be. */
export type Secret = DatabaseCredential | JsonSecret | TextSecret;

/**
 * Types of the secrets of each application, empty here. Declarations generated from the catalog fill it, and every
 * `get` is then typed and every name checked:
 *
 * @example
 * ```ts
 * import type { DatabaseCredential, TextSecret } from 'strongroom/client';
 *
 * declare module 'strongroom/client' {
 *   interface SecretTypes {
 *     payments: { 'orders-db': DatabaseCredential; 'stripe-key': TextSecret };
 *   }
 * }
 * ```
 */
export interface SecretTypes {
  /** Keeps the interface open; no application has this name. */
  readonly [nothing]?: never;
}

declare const nothing: unique symbol;

/** The secrets of an application by name, as declared; any name where nothing is declared. */
export type SecretsOf<Application extends string> = Application extends keyof SecretTypes
  ? SecretTypes[Application]
  : Readonly<Record<string, Secret>>;

/** @typeParam Types - secrets by name. */
export interface Secrets<Types> {
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
