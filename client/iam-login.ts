/** Logins to databases with RDS IAM authentication: the client signs a token, which is the password. */
import { LRUCache } from 'lru-cache';
import type { RdsToken, RdsTokenSigner } from './rds-token-signer.ts';
import { isSecretError, SecretError } from './secret-error.ts';
import { IamLogin } from './secret-values.ts';
import { within } from './within.ts';

/** A database user with RDS IAM authentication. */
export interface IamDatabase {
  /** The endpoint as RDS shows it. The token is valid for this name only, not for a DNS alias. */
  readonly host: string;
  /** TCP port, from 1 to 65535. */
  readonly port: number;
  /** Name of the database to connect to. @default the one of the driver */
  readonly dbname?: string | undefined;
  /** The database user. */
  readonly username: string;
  /** AWS region of the database. @default the region of the application */
  readonly region?: string | undefined;
}

/** Settings of a connection pool whose passwords are IAM tokens. */
export interface IamConnection {
  /** The endpoint of the database. */
  readonly host: string;
  /** TCP port. */
  readonly port: number;
  /** Name of the database, if one is declared. */
  readonly dbname?: string;
  /** The database user. */
  readonly username: string;
  /** RDS accepts a token over TLS only. */
  readonly ssl: true;
  /**
   * Returns the password for a connection that is opened now.
   *
   * @throws SecretError with the codes of `iamLogin`.
   */
  readonly password: () => Promise<string>;
}

export interface IamLoginsOptions {
  readonly signer: RdsTokenSigner;
  readonly now: () => number;
  readonly timeoutMs: number;
  readonly maxEntries: number;
}

/** Caches one token per database and user until a minute before it expires. Concurrent calls share one signature. */
export class IamLogins {
  readonly #options: IamLoginsOptions;
  readonly #tokens: LRUCache<string, { promise: Promise<RdsToken>; freshUntil: number }>;

  constructor(options: IamLoginsOptions) {
    this.#options = options;
    this.#tokens = new LRUCache({ max: options.maxEntries });
  }

  /** @throws SecretError `invalid-argument`, `credentials`, `timeout` or `unexpected`. */
  async login(database: IamDatabase): Promise<IamLogin> {
    checkDatabase(database);
    const { token, expiresAt } = await this.#token(database);
    return new IamLogin({ ...database, password: token, expiresAt });
  }

  dispose(): void {
    this.#tokens.clear();
    this.#options.signer.dispose?.();
  }

  #token(database: IamDatabase): Promise<RdsToken> {
    const { host, port, username, region = '' } = database;
    const key = [host, port, region, username].join(' ');
    const known = this.#tokens.get(key);
    if (known && this.#options.now() < known.freshUntil) return known.promise;

    const slot = { promise: this.#sign(database), freshUntil: Infinity };
    this.#tokens.set(key, slot);
    slot.promise.then(
      ({ expiresAt }) => {
        slot.freshUntil = expiresAt.getTime() - marginMs;
      },
      () => {
        if (this.#tokens.peek(key) === slot) this.#tokens.delete(key);
      },
    );
    return slot.promise;
  }

  async #sign(database: IamDatabase): Promise<RdsToken> {
    const what = `sign a login of ${database.username} at ${database.host}:${database.port}`;
    try {
      return await within(this.#options.timeoutMs, { what }, (signal) => this.#options.signer.sign(database, signal));
    } catch (cause) {
      if (isSecretError(cause)) throw cause;
      throw new SecretError('unexpected', `can't ${what}: the signer failed`, { retryable: true, cause });
    }
  }
}

/** @throws SecretError `invalid-argument`. */
export const connectionTo = (database: IamDatabase, password: () => Promise<string>): IamConnection => {
  checkDatabase(database);
  const { host, port, dbname, username } = database;
  return { host, port, ...(dbname !== undefined && { dbname }), username, ssl: true, password };
};

/** The server's clock may be ahead and connecting takes time, so a token is not used in its last minute. */
const marginMs = 60_000;

const keys: readonly string[] = ['host', 'port', 'dbname', 'username', 'region'] satisfies (keyof IamDatabase)[];

/** @throws SecretError `invalid-argument`. */
export const checkDatabase = (database: IamDatabase): void => {
  for (const key of Object.keys(database)) {
    if (!keys.includes(key))
      throw invalid(`a database has an unknown key ${JSON.stringify(key)}: its keys are ${keys.join(', ')}`);
  }
  const { host, port, username } = database;
  if (typeof host !== 'string' || !/^[a-z0-9.-]+$/i.test(host)) {
    throw invalid(`host must be the endpoint as RDS shows it, without a port (got ${JSON.stringify(host)})`);
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalid(`port must be an integer from 1 to 65535 (got ${JSON.stringify(port)})`);
  }
  if (typeof username !== 'string' || username === '') {
    throw invalid(`username must be the database user at ${host} (got ${JSON.stringify(username)})`);
  }
};

const invalid = (message: string) => new SecretError('invalid-argument', message);
