/** What this project asks of a database server. One folder per engine has it; test/_helpers has an honest model of it. */
import type { DatabaseEngine, Grants, Notice, RotationStrategy } from '../../lib/contract/index.ts';

export type { Notice } from '../../lib/contract/index.ts';

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  /** Empty where the engine has no databases. */
  readonly dbname: string;
  readonly tls: TlsMode;
  /** ElastiCache's id of the user, where it is not the user name. */
  readonly userId?: string;
}

/**
 * `verify-full`: chain and name are checked, the name against `servername` where the host is an alias (CNAME), the chain
 * against `ca` (PEM) in addition to the function's own authorities if the secret has one.
 */
export type TlsMode =
  { readonly mode: 'verify-full'; readonly servername?: string; readonly ca?: string } | { readonly mode: 'off' };

export interface Credential {
  readonly username: string;
  readonly password: string;
}

/** Who changes users: an admin who logs in, or, where an AWS API keeps the users, the role of this function. */
export type Admin = Credential | 'function-role';

/**
 * Asked while the database holds the user's rotation lock, right before a change: `false` if the change is not
 * wanted any more. Another worker may have finished the rotation since the caller looked.
 */
export type Confirm = () => Promise<boolean>;

/** One right that a reconciliation took away. Nothing in it is a secret value. */
export interface RevokedRight {
  readonly username: string;
  /** In the engine's own words: `SELECT`, `member of`, `readWrite`. */
  readonly privilege: string;
  /** What the privilege was on: `table public.orders`. */
  readonly object: string;
}

export interface UserChange {
  readonly username: string;
  /** The password that the user gets. */
  readonly password: string;
  /** Whether a user who exists gets {@link password}; a new one always does. */
  readonly resetPassword: boolean;
  /** Present: a user who does not exist is created, and exactly these grants hold afterwards. */
  readonly grants?: Grants;
  /** Present: this password, which the user has now, stays valid with the new one; no third one does. */
  readonly keep?: string;
  /**
   * Version id of the new credential. If the engine can't compare passwords, it marks the user with this in the same
   * statement, so that the same change a second time does nothing.
   */
  readonly version: string;
  /** Called for each right that is taken away, after the commit. */
  readonly onRevoked?: (right: RevokedRight) => void;
}

export type UserChanged = 'created' | 'reset' | 'unchanged' | 'withdrawn';

/** Makes a user the equal of another. */
export interface UserClone {
  readonly from: string;
  /** Created where it does not exist. */
  readonly to: string;
  /** The password that `to` gets. */
  readonly password: string;
  /** Present: exactly these grants hold for `from`, and so for both, afterwards. */
  readonly grants?: Grants;
  /** Called for each right that is taken away from either user, after the commit. */
  readonly onRevoked?: (right: RevokedRight) => void;
}

export type UserCloned = 'created' | 'reset' | 'withdrawn';

export interface UserRevocation {
  readonly username: string;
  /** `block`: it can't log in until it gets another password; `drop`: it is gone. Its sessions are ended in both. */
  readonly then: 'block' | 'drop';
  /** Who owns afterwards what a dropped user owned. */
  readonly heir: string;
}

export interface PasswordDiscard {
  readonly username: string;
  readonly keep: string;
  /** Present: this password alone ends, and only if both it and `keep` are valid. */
  readonly ends?: string;
}

/** What an admin must be able to do in a rotation. */
export interface AdminTask {
  readonly username: string;
  readonly strategy: RotationStrategy;
  readonly grants?: Grants;
  /** Whether a second password is valid in addition to the current one because a rotation by `dual-password` set it. */
  readonly retains?: boolean;
  /** The user of `alternating-users` that will be made the equal of {@link username}. It may not exist yet. */
  readonly twin?: string;
}

/** What the server knows of a user's login, read by the admin without logging in as the user. */
export interface UserInspection {
  /** Whether the stored hash is that of the given password. `unreadable`: this admin may not read hashes. */
  readonly password: 'matches' | 'differs' | 'unreadable' | 'no-such-user';
  /** Present: a login is refused whatever the password. `disabled` is containment: someone did it on purpose. */
  readonly barrier?: LoginBarrier;
}

export interface LoginBarrier {
  readonly kind: 'disabled' | 'expired' | 'host' | 'certificate' | 'limit' | 'policy';
  /** One clause for the message: `VALID UNTIL 2026-01-01 has passed`. Never a secret value. */
  readonly detail: string;
}

/** What the server demands of a new password, as counts of characters. An absent key demands nothing. */
export interface PasswordPolicy {
  readonly minLength?: number;
  readonly upper?: number;
  readonly lower?: number;
  readonly digits?: number;
  readonly special?: number;
}

/**
 * A database engine: one implementation per engine. Failures are `DatabaseError`s; each method logs in once, and no
 * failed login is ever repeated. Each change holds the user's rotation lock, asks `confirm` under it, and happens
 * wholly or not at all; if an engine can't undo, a half is one that the next try completes and nobody uses yet.
 */
export interface Database {
  readonly engine: DatabaseEngine;
  /** Logs in and asks something cheap. */
  login(address: DatabaseAddress, credential: Credential): Promise<void>;
  /**
   * Logs in and gives the user itself a new password.
   *
   * @param onNotice - told what the user can't see of itself, and so what may not have been changed.
   * @throws DatabaseError `database-privilege` if the engine wants an admin for that.
   */
  changeOwnPassword(
    address: DatabaseAddress,
    credential: Credential,
    password: string,
    confirm: Confirm,
    onNotice?: (notice: Notice) => void,
  ): Promise<'changed' | 'withdrawn'>;
  /**
   * Present where more than a login decides {@link Database.changeOwnPassword}: fails as that would, and changes nothing.
   */
  readonly checkOwnPassword?: (
    address: DatabaseAddress,
    credential: Credential,
    onNotice?: (notice: Notice) => void,
  ) => Promise<void>;
  /**
   * Changes a user as the admin. A user that someone disabled stays disabled; one that {@link revokeUser} blocked can
   * log in again.
   *
   * @throws RotationError `user-missing`, `user-reserved`, `user-disabled`, `schema-missing`.
   */
  changeUser(address: DatabaseAddress, admin: Admin, change: UserChange, confirm: Confirm): Promise<UserChanged>;
  /**
   * Checks as the admin that it may do what a rotation needs, without doing it and without a lock that hurts others.
   *
   * @returns what will change or is met and does not stop the rotation.
   * @throws DatabaseError `database-privilege`; RotationError as {@link changeUser}: whatever will fail the rotation.
   */
  checkAdmin(address: DatabaseAddress, admin: Admin, task: AdminTask): Promise<readonly Notice[]>;
  /** Present where the engine lets an admin see this. Compares in constant time, and causes no failed login. */
  readonly inspectUser?: (address: DatabaseAddress, admin: Admin, credential: Credential) => Promise<UserInspection>;
  /** Present where the server has a password policy that can be read. `undefined`: it has none. */
  readonly passwordPolicy?: (address: DatabaseAddress, login: Credential) => Promise<PasswordPolicy | undefined>;
  /**
   * Present where the engine has `alternating-users`. Rights, roles, settings, limits and ownership are equal
   * afterwards: what lacks is added, what is too much is removed. `from` keeps its password.
   *
   * @throws RotationError `user-missing` (there is no `from`), `user-reserved`, `user-disabled` (either of the two),
   * `schema-missing`.
   */
  readonly cloneUser?: (
    address: DatabaseAddress,
    admin: Admin,
    clone: UserClone,
    confirm: Confirm,
  ) => Promise<UserCloned>;
  /**
   * Present where the engine has `dual-password`: only `keep` is valid afterwards. An absent user is success.
   *
   * @returns `nothing` where `ends` is given and not both passwords are valid.
   */
  readonly discardPassword?: (
    address: DatabaseAddress,
    admin: Admin,
    user: PasswordDiscard,
    confirm: Confirm,
  ) => Promise<'discarded' | 'withdrawn' | 'nothing'>;
  /**
   * Present where the engine has `alternating-users`. In this order: no new login, sessions ended until there is none,
   * owned objects to the heir, dropped. Safe to repeat from any point; an absent user is success.
   */
  readonly revokeUser?: (
    address: DatabaseAddress,
    admin: Admin,
    revocation: UserRevocation,
    confirm: Confirm,
  ) => Promise<'revoked' | 'absent' | 'withdrawn'>;
  /**
   * Present where users own what they make: the role that owns for both of `alternating-users` gets what either made since
   * the last rotation. `nothing` if there is no such role yet.
   */
  readonly settleOwnership?: (
    address: DatabaseAddress,
    admin: Admin,
    users: { readonly users: readonly string[] },
    confirm: Confirm,
  ) => Promise<'settled' | 'nothing' | 'withdrawn'>;
}

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface PasswordSource {
  /**
   * A password of at least 128 bits, of characters that every engine and connection string takes as they are, with what
   * the policy demands.
   *
   * @throws RotationError `password-refused` if the policy demands more than every engine takes.
   */
  generate(policy?: PasswordPolicy): string;
}
