/** Logins to databases with RDS IAM authentication: there is no secret, the client makes the password itself. */
import { LRUCache } from 'lru-cache';
import type { RdsToken, RdsTokenSigner } from './rds-token-signer.ts';
import { SecretError } from './secret-error.ts';
import { IamLogin } from './secret-values.ts';
import { within } from './within.ts';

/** A user of a database of RDS, as `strongroom generate` writes it. */
export interface IamDatabase {
  /** The endpoint that RDS shows. No other name of the server will do: the token is for this one. */
  readonly host: string;
  readonly port: number;
  /** Database to connect to. */
  readonly dbname?: string;
  readonly username: string;
  /** AWS region of the database. @default that of the application */
  readonly region?: string;
}

/** What a pool of connections is made with. */
export interface IamConnection {
  readonly host: string;
  readonly port: number;
  readonly dbname?: string;
  readonly username: string;
  /** A token is taken over TLS only. */
  readonly ssl: true;
  /** The password of a connection that is opened now. @throws SecretError as `iamLogin` does. */
  readonly password: () => Promise<string>;
}

export interface IamLoginsOptions {
  readonly signer: RdsTokenSigner;
  readonly now: () => number;
  readonly timeoutMs: number;
  readonly maxEntries: number;
}

/** Tokens by database and user, each kept until shortly before it expires. Calls at the same time share one. */
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
      if (cause instanceof SecretError) throw cause;
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

/** A token is not handed out in its last minute: the server's clock may be ahead, and connecting takes a moment. */
const marginMs = 60_000;

const keys: readonly string[] = ['host', 'port', 'dbname', 'username', 'region'] satisfies (keyof IamDatabase)[];

/** @throws SecretError `invalid-argument`. */
export const checkDatabase = (database: IamDatabase): void => {
  for (const key of Object.keys(database)) {
    if (!keys.includes(key)) throw invalid(`a database has no ${key}: it has ${keys.join(', ')}`);
  }
  const { host, port, username } = database;
  if (typeof host !== 'string' || !/^[a-z0-9.-]+$/i.test(host)) {
    throw invalid(`host must be the endpoint that RDS shows, without a port (got ${JSON.stringify(host)})`);
  }
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw invalid(`port must be a whole number from 1 to 65535 (got ${JSON.stringify(port)})`);
  }
  if (typeof username !== 'string' || username === '') {
    throw invalid(`username must be the user of the database at ${host} (got ${JSON.stringify(username)})`);
  }
};

const invalid = (message: string) => new SecretError('invalid-argument', message);
