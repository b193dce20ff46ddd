/** Where MySQL and MariaDB differ, for the parts that both share. */
import type { DatabaseEngine } from '../../../lib/contract/index.ts';
import type { Account } from './account.ts';
import type { Session } from './session.ts';

export interface Dialect {
  readonly engine: Extract<DatabaseEngine, 'mysql' | 'mariadb'>;
  /** For a new user. */
  readonly defaultPlugin: string;
  /** Whether what `VERSION()` says is this engine. */
  speaks(version: string): boolean;
  /** All accounts of a name. @throws DatabaseError `database-privilege` where the admin may not read them. */
  accounts(session: Session, username: string): Promise<Account[]>;
  /** `IDENTIFIED …` with another password, of which only a hash is in it. @throws DatabaseError `database-locked` where the account has none. */
  identified(account: Account, password: string): string;
  /** Gives the session's own account another password. */
  changeOwn(session: Session, passwords: { readonly current: string; readonly next: string }): Promise<void>;
  /** Names of the global privileges of which one is needed to end the sessions of others. */
  readonly killPrivileges: readonly string[];
  setDefaultRoles(account: string, roles: readonly string[]): string;
  /** How a database is named in a grant, where `_` and `%` mean themselves. */
  grantedDatabase(session: Session): Promise<(database: string) => string>;
}
