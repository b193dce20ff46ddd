/** What the parts of the contract share: the database under test, users made up for each test, and what they ask. */
import type { Admin, Confirm, Credential, Database, DatabaseAddress } from '../../../lambdas/databases/port.ts';
import { DatabaseError } from '../../../lambdas/databases/errors.ts';
import {
  alternateUser,
  CodedError,
  engineFacts,
  type DatabaseEngine,
  type EngineFacts,
} from '../../../lib/contract/index.ts';
import { failureOf } from '../coded-failure.ts';

export interface DatabaseContractOptions {
  readonly engine: DatabaseEngine;
  /** Whether users own the objects that they make. @default false */
  readonly ownership?: boolean;
  /** Whether the engine has something to hold while a user is changed. @default true */
  readonly lock?: boolean;
  /** User names as odd as the engine takes them, another one for each number. @default `Odd "user" 1` */
  readonly username?: (number: number) => string;
  /** Passwords as odd as the engine takes them, another one for each word. @default quotes, a backslash, a space, an umlaut */
  readonly password?: (word: string) => string;
  /** What the engine does beside the rest, each with its own part of the contract. @default none */
  readonly holds?: readonly Holding[];
}

/**
 * - `inspection`: an admin can see why a login is refused, {@link Database.inspectUser}.
 * - `containment`: a user whom someone disabled stays so.
 * - `revoked-rights`: each right that is taken away is told.
 * - `password-policy`: what the server demands of passwords can be read.
 */
export type Holding = 'inspection' | 'containment' | 'revoked-rights' | 'password-policy';

export interface DatabaseUnderTest {
  readonly database: Database;
  readonly address: DatabaseAddress;
  /** Of this test alone: the test may change its password. */
  readonly admin: Admin;
  /** An existing user without any right beyond logging in, whom the admin may change. */
  addUser(credential: Credential): Promise<void>;
  userExists(username: string): Promise<boolean>;
  /** Where `holds` has `containment`: someone disables a user by the engine's own means, past Strongroom. */
  readonly disable?: (username: string) => Promise<void>;
  /** Where the engine's users can be provisioned. */
  readonly provisioning?: ProvisioningUnderTest;
  /** Where the engine has `alternating-users`. */
  readonly rights?: RightsUnderTest;
  /** Where the engine has `alternating-users`: logs in and stays. */
  readonly openSession?: (credential: Credential) => Promise<SessionUnderTest>;
  /** Where users own what they make. */
  readonly ownership?: OwnershipUnderTest;
}

export interface ProvisioningUnderTest {
  /** Beside the schema `public`, which is there from the start. */
  addSchema(name: string): Promise<void>;
  /** `audit=read-only public=read-write`: what the user may do now, as `formatGrants` writes it. */
  grantsOf(username: string): Promise<string>;
}

export interface RightsUnderTest {
  /**
   * Gives a user one of two sets of rights, and takes what the other set gave. Each set has something of every kind that
   * the engine knows: memberships, grants on every kind of object, settings, limits.
   */
  give(username: string, set: 'first' | 'second'): Promise<void>;
  /** Everything that shall be equal between two users, one thing a line, sorted, without the user's own name. */
  of(username: string): Promise<readonly string[]>;
}

export interface SessionUnderTest {
  /** Whether the server has ended it. */
  ended(): Promise<boolean>;
  /** Also where it has ended already. */
  close(): Promise<void>;
}

export interface OwnershipUnderTest {
  /** Makes an object as the user. */
  make(credential: Credential, object: string): Promise<void>;
  /** Does with an object, as the user, what only an owner may. Rejects where it may not. */
  alter(credential: Credential, object: string): Promise<void>;
  exists(object: string): Promise<boolean>;
}

export const yes: Confirm = () => Promise.resolve(true);
export const no: Confirm = () => Promise.resolve(false);
/** What a caller finds out under the lock can also be that all is lost. */
export const superseded: Confirm = () =>
  Promise.reject(new CodedError('superseded', 'another rotation took over', { retryable: false }));

export class Bench {
  readonly options: DatabaseContractOptions;
  readonly facts: EngineFacts;
  user: Credential = { username: '', password: '' };
  #under: DatabaseUnderTest | undefined;
  #number = 0;

  constructor(options: DatabaseContractOptions) {
    this.options = options;
    this.facts = engineFacts[options.engine];
  }

  next(under: DatabaseUnderTest): void {
    const { username = (number) => `Odd "user" ${number}` } = this.options;
    this.#under = under;
    this.#number += 1;
    this.user = { username: username(this.#number), password: this.password(`first of ${this.#number}`) };
  }

  get under(): DatabaseUnderTest {
    return present(this.#under, 'prepare');
  }

  /** The user that takes turns with {@link user}, with a password of its own. */
  get clone(): Credential {
    const { username } = this.user;
    return { username: alternateUser(username, username), password: this.password('of the clone') };
  }

  /** The admin, where it logs in. */
  get adminLogin(): Credential {
    const { admin } = this.under;
    if (admin === 'function-role') throw new Error('this engine’s admin does not log in');
    return admin;
  }

  password(word: string): string {
    const { password = (text) => `P'a\\ss "wörd" ${text}` } = this.options;
    return password(word);
  }

  async accepts(credential: Credential): Promise<boolean> {
    return (await this.answer(credential)) === 'accepted';
  }

  /** Whether a login is refused for what the user is or has, whatever else may be out of order. */
  async refuses(credential: Credential): Promise<boolean> {
    const answer = await this.answer(credential);
    return answer === 'auth' || answer === 'locked';
  }

  async answer(credential: Credential): Promise<'accepted' | 'auth' | 'locked'> {
    try {
      await this.under.database.login(this.under.address, credential);
      return 'accepted';
    } catch (error) {
      if (error instanceof DatabaseError && (error.kind === 'auth' || error.kind === 'locked')) return error.kind;
      throw error;
    }
  }
}

/** The code of the error with which something fails. */
export const codeOf = async (promise: Promise<unknown>): Promise<string> => (await failureOf(promise)).code;

/** A hook that the engine's facts ask for. */
export const present = <Hook>(hook: Hook | undefined, name: string): Hook => {
  if (hook === undefined) throw new Error(`the database under test lacks "${name}"`);
  return hook;
};
