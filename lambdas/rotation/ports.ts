/** What a rotation needs from outside. `lambdas/adapters/` has the real ones, `test/_helpers/` honest models of them. */
import type { DatabaseEngine, Grants } from '../../lib/contract/index.ts';

export interface RotationPorts {
  readonly versions: SecretVersions;
  readonly database: Database;
  readonly instances: Instances;
  readonly passwords: PasswordSource;
  readonly clock: Clock;
}

export interface SecretDescription {
  readonly arn: string;
  readonly name: string;
  readonly rotationEnabled: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** Staging labels by version id; a version without labels may be absent. */
  readonly stages: ReadonlyMap<string, ReadonlySet<string>>;
}

export type VersionSelector = { readonly stage: 'AWSCURRENT' | 'AWSPREVIOUS' } | { readonly versionId: string };

/** Versions of secrets. Reads after a write can be stale for a moment. Failures are `RotationError`s `aws-…`. */
export interface SecretVersions {
  /** @throws RotationError `value-missing` where there is no such secret. */
  describe(secretId: string): Promise<SecretDescription>;
  /** `undefined` where the version has no value or is not there. */
  read(secretId: string, version: VersionSelector): Promise<string | undefined>;
  /**
   * Stores a value as AWSPENDING under the given version id. The same value again changes nothing.
   *
   * @returns `other-value` where that version has another value already; nothing changed.
   */
  storePending(secretId: string, versionId: string, value: string): Promise<'stored' | 'other-value'>;
  /**
   * Moves AWSCURRENT from one version to another, if it is still on the first.
   *
   * @returns `moved-elsewhere` where it is not; nothing changed.
   */
  promote(
    secretId: string,
    versions: { readonly from: string; readonly to: string },
  ): Promise<'promoted' | 'moved-elsewhere'>;
}

export interface DatabaseAddress {
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  readonly tls: TlsMode;
}

/** `verify-full`: chain and name are checked, the name against `servername` where the host is an alias (CNAME). */
export type TlsMode = { readonly mode: 'verify-full'; readonly servername?: string } | { readonly mode: 'off' };

export interface Credential {
  readonly username: string;
  readonly password: string;
}

/**
 * Asked while the database holds the user's rotation lock, right before a change: `false` where the change is not
 * wanted any more. Another worker may have finished the rotation since the caller looked.
 */
export type Confirm = () => Promise<boolean>;

export interface UserChange {
  readonly username: string;
  /** The password that the user shall have. */
  readonly password: string;
  /** Whether a user who exists gets {@link password}; a new one always does. */
  readonly resetPassword: boolean;
  /** Present: a user who does not exist is created, and exactly these grants hold afterwards. */
  readonly grants?: Grants;
}

export type UserChanged = 'created' | 'reset' | 'unchanged' | 'withdrawn';

/**
 * A database engine: one implementation an engine. Failures are `DatabaseError`s; each method logs in once, and no
 * failed login is ever repeated.
 */
export interface Database {
  readonly engine: DatabaseEngine;
  /** What an address lacks is taken from here. */
  readonly defaults: { readonly port: number; readonly dbname: string };
  /** Longest user name, in bytes. */
  readonly usernameLimit: number;
  /** Logs in and asks something cheap. */
  login(address: DatabaseAddress, credential: Credential): Promise<void>;
  /** Logs in and gives the user itself a new password. */
  changeOwnPassword(
    address: DatabaseAddress,
    credential: Credential,
    password: string,
    confirm: Confirm,
  ): Promise<'changed' | 'withdrawn'>;
  /**
   * Logs in as the admin and changes a user: wholly or, where anything fails, not at all.
   *
   * @throws RotationError `user-missing`, `user-reserved`, `schema-missing`.
   */
  changeUser(address: DatabaseAddress, admin: Credential, change: UserChange, confirm: Confirm): Promise<UserChanged>;
  /**
   * Logs in as the admin and checks that it may do what {@link changeUser} does, without doing it.
   *
   * @throws DatabaseError `database-privilege`; RotationError as {@link changeUser}.
   */
  checkAdmin(
    address: DatabaseAddress,
    admin: Credential,
    change: Pick<UserChange, 'username' | 'grants'>,
  ): Promise<void>;
}

export interface Instance {
  readonly host: string;
  readonly port: number;
  /** ARN of the secret with the master credential, where RDS manages it. */
  readonly masterSecretArn?: string;
}

export interface Instances {
  /** @throws RotationError `instance-unknown`. */
  describe(identifier: string): Promise<Instance>;
}

export interface PasswordSource {
  /** A password of at least 128 bits. */
  generate(): string;
}

export interface Clock {
  /** Waits a moment that grows with each attempt (from 1), with jitter; less where the deadline is near. */
  pause(attempt: number): Promise<void>;
}
