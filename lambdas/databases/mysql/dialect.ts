/** Where MySQL and MariaDB differ, for the parts that both share. */
import type { DatabaseEngine } from '../../../lib/contract/index.ts';
import type { PasswordPolicy } from '../port.ts';
import type { Account } from './account.ts';
import type { Session } from './session.ts';

export interface PasswordPair {
  readonly current: string;
  readonly next: string;
}

export interface Dialect {
  readonly engine: Extract<DatabaseEngine, 'mysql' | 'mariadb'>;
  /** For a new user. */
  readonly defaultPlugin: string;
  /** Whether what `VERSION()` says is this engine. */
  speaks(version: string): boolean;
  /** All accounts of a name. @throws DatabaseError `database-privilege` if the admin may not read them. */
  accounts(session: Session, username: string): Promise<Account[]>;
  /**
   * `IDENTIFIED …` with another password, of which only a hash is in it; `undefined` for the hash that the account has.
   *
   * @throws DatabaseError `database-locked` if the account keeps none.
   */
  identified(account: Account, password: string | undefined): string;
  /** Gives the session's own account, by its quoted name, another password. */
  changeOwn(session: Session, account: string, passwords: PasswordPair): Promise<void>;
  /**
   * Whether the server refuses hashes, since a plugin checks passwords: then the password itself must travel.
   *
   * @throws DatabaseError `database-privilege` if statements with passwords would be logged.
   */
  refusesHashes(session: Session): Promise<boolean>;
  /** What a new password must hold. */
  passwordPolicy(session: Session): Promise<PasswordPolicy | undefined>;
  /** Whether one `ALTER USER` changes all its accounts or none. */
  readonly changesTogether: boolean;
  /** Names of the global privileges of which one is needed to end the sessions of others. */
  readonly killPrivileges: readonly string[];
  setDefaultRoles(account: string, roles: readonly string[]): string;
  /** How a database is named in a grant, where `_` and `%` mean themselves. */
  grantedDatabase(session: Session): Promise<(database: string) => string>;
}
