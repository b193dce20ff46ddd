/**
 * Caches whose users an AWS API keeps, behind the `Database` port: ElastiCache and MemoryDB. One logs in as on any Redis,
 * and users are changed under the role of the rotation function.
 *
 * The APIs have no lock and no compare-and-swap. Two workers of one rotation set the same passwords, in whatever order. A
 * worker that is late with an earlier rotation asks `confirm` right before its call, and has no more than the time of its
 * own function for it, in which another rotation would have to begin, wait for the service twice and end.
 */
import type { DatabaseEngine } from '../../../lib/contract/index.ts';
import { systemClock, type Clock } from '../../runtime/clock.ts';
import { retrying } from '../../runtime/retry.ts';
import type { Admin, Confirm, Credential, Database, DatabaseAddress, UserChange } from '../port.ts';
import { DatabaseError, isAuthFailure, EngineError } from '../errors.ts';
import { surplusPasswords } from './acl-user.ts';
import { redisLogin } from './login.ts';
import type { SessionOptions } from './session.ts';

export interface ManagedUser {
  readonly username: string;
  readonly status: 'active' | 'changing' | 'deleting';
  /** `iam` and `no-password-required` have no password to rotate. */
  readonly authentication: string;
  /** Its access string says `off`. */
  readonly disabled: boolean;
  /** The APIs tell how many there are, and nothing else of them. */
  readonly passwordCount: number;
}

/** Users as the API of a service keeps them, by the ids that it has for them. Failures are `EngineError`s `aws-…`. */
export interface ManagedUsers {
  readonly engine: DatabaseEngine;
  /** What the service is called in messages. */
  readonly service: string;
  find(userId: string): Promise<ManagedUser | undefined>;
  /**
   * Asks for exactly these passwords; they hold once the user is active again.
   *
   * @returns `busy` where an earlier change is on its way; nothing is asked for. `absent` if there is no such user.
   */
  setPasswords(userId: string, passwords: readonly string[]): Promise<'asked' | 'busy' | 'absent'>;
}

export interface ManagedDatabaseOptions extends SessionOptions {
  readonly users: ManagedUsers;
  /** @default the system's, with pauses up to the deadline */
  readonly clock?: Clock;
}

export const managedDatabase = (options: ManagedDatabaseOptions): Database => {
  const { users, clock = systemClock(options.deadline) } = options;
  const { service } = users;

  /** The user as soon as no change of it is on its way. */
  const settled = async (userId: string): Promise<Settled | undefined> => {
    let waited = false;
    const user = await retrying(() => users.find(userId), {
      clock,
      afterResult: (found) => {
        const changing = found !== undefined && found.status !== 'active' && found.status !== 'deleting';
        waited ||= changing;
        return changing;
      },
    });
    if (!user || user.status === 'deleting') return undefined;
    if (user.status !== 'active') throw stillChanging(service, userId);
    return { user, waited };
  };

  const setPasswords = async (userId: string, passwords: readonly string[]): Promise<'set' | 'absent'> => {
    const setOnce = async (): Promise<'set' | 'absent' | 'changing'> => {
      const answer = await users.setPasswords(userId, passwords);
      if (answer === 'absent') return 'absent';
      const user = await settled(userId);
      if (answer !== 'asked') return 'changing';
      return user ? 'set' : 'absent';
    };
    const outcome = await retrying(setOnce, { clock, afterResult: (result) => result === 'changing' });
    if (outcome === 'changing') throw stillChanging(service, userId);
    return outcome;
  };

  const accepts = async (address: DatabaseAddress, credential: Credential): Promise<boolean> => {
    try {
      await redisLogin(address, credential, options);
      return true;
    } catch (error) {
      if (isAuthFailure(error)) return false;
      throw error;
    }
  };

  /** Whether exactly these are valid already: as many as there are, each of which logs in. */
  const hasExactly = async (
    { passwordCount }: ManagedUser,
    passwords: readonly string[],
    login: (password: string) => Promise<boolean>,
  ): Promise<boolean> => {
    if (passwordCount !== passwords.length) return false;
    for (const password of passwords) if (!(await login(password))) return false;
    return true;
  };

  const changeUser = async (address: DatabaseAddress, admin: Admin, change: UserChange, confirm: Confirm) => {
    const { username, password, resetPassword, keep, grants } = change;
    refuseAdmin(service, admin);
    if (grants) throw notProvisioned(service, username);
    const userId = idOf(address, username);
    const { user, waited } = usable(service, await settled(userId), { userId, username });
    if (!resetPassword) return 'unchanged';
    refuseDisabled(service, user);
    const wanted = [...new Set([...(keep === undefined ? [] : [keep]), password])];
    // Only after an earlier try: an undisturbed rotation would have a login refused by that. A change that is on its way,
    // or a second password if one is wanted, is what such an attempt leaves.
    const triedBefore = waited || wanted.length === 2;
    const login = (tried: string) => accepts(address, { username, password: tried });
    if (triedBefore && (await hasExactly(user, wanted, login))) return 'unchanged';
    if (!(await confirm())) return 'withdrawn';
    const outcome = await setPasswords(userId, wanted);
    if (outcome === 'absent') throw missing(service, userId, username);
    return 'reset';
  };

  return {
    engine: users.engine,
    login: (address, credential) => redisLogin(address, credential, options),
    changeOwnPassword: (_address, { username }) =>
      Promise.reject(
        new DatabaseError('privilege', `User "${username}" of ${service} can't change itself: the API changes users`, {
          retryable: false,
        }),
      ),
    changeUser,
    discardPassword: async (address, admin, { username, keep, ends }, confirm) => {
      refuseAdmin(service, admin);
      const userId = idOf(address, username);
      const found = await settled(userId);
      if (!found) return ends === undefined ? 'discarded' : 'nothing';
      const { user } = usable(service, found, { userId, username });
      const login = (password: string) => accepts(address, { username, password });
      if (ends !== undefined && !(await hasExactly(user, [keep, ends], login))) return 'nothing';
      if (!(await confirm())) return 'withdrawn';
      if (await hasExactly(user, [keep], login)) return 'discarded';
      await setPasswords(userId, [keep]);
      return 'discarded';
    },
    checkAdmin: async (address, admin, { username, grants, retains = false }) => {
      refuseAdmin(service, admin);
      if (grants) throw notProvisioned(service, username);
      const userId = idOf(address, username);
      const { user } = usable(service, await settled(userId), { userId, username });
      refuseDisabled(service, user);
      return surplusPasswords(username, user.passwordCount, retains ? 2 : 1);
    },
  };
};

interface Settled {
  readonly user: ManagedUser;
  /** Whether a change was on its way when it was first looked at. */
  readonly waited: boolean;
}

interface Named {
  readonly userId: string;
  readonly username: string;
}

const idOf = ({ userId }: DatabaseAddress, username: string): string => userId ?? username;

/** @throws EngineError `user-missing`, `strategy-impossible`. */
const usable = (service: string, found: Settled | undefined, { userId, username }: Named): Settled => {
  if (!found) throw missing(service, userId, username);
  const { user } = found;
  if (user.username !== username) {
    throw new EngineError(
      'user-missing',
      `The ${service} user with the id "${userId}" logs in as "${user.username}", not as "${username}": give the id of the one that does (userId in the catalog)`,
      { retryable: false },
    );
  }
  if (user.authentication !== 'password') {
    throw new EngineError(
      'strategy-impossible',
      `User "${username}" of ${service} authenticates by "${user.authentication}", so it has no password to rotate: take the secret out of rotation, or give the user a password`,
      { retryable: false },
    );
  }
  return found;
};

/** @throws EngineError `user-disabled`. */
const refuseDisabled = (service: string, { username, disabled }: ManagedUser): void => {
  if (!disabled) return;
  throw new EngineError(
    'user-disabled',
    `User "${username}" of ${service} is off in its access string, and nothing was changed: a rotation does not turn users on. Find out why before you turn it on`,
    { retryable: false },
  );
};

const missing = (service: string, userId: string, username: string): EngineError =>
  new EngineError(
    'user-missing',
    `${service} has no user "${username}" with the id "${userId}" in this account and region: create it, or correct its id`,
    { retryable: false },
  );

const notProvisioned = (service: string, username: string): EngineError =>
  new EngineError(
    'strategy-impossible',
    `User "${username}" has "provision" with grants on schemas, which ${service} does not have: create it with an access string and take "provision" out`,
    { retryable: false },
  );

/** @throws EngineError `strategy-impossible`. */
const refuseAdmin = (service: string, admin: Admin): void => {
  if (admin === 'function-role') return;
  throw new EngineError(
    'strategy-impossible',
    `Users of ${service} are changed by its API, under the role of the rotation function: take the admin "${admin.username}" out`,
    { retryable: false },
  );
};

const stillChanging = (service: string, userId: string): DatabaseError =>
  new DatabaseError(
    'unknown',
    `The ${service} user "${userId}" is still being changed, and the function's time is up: the next attempt continues`,
    { retryable: true },
  );
