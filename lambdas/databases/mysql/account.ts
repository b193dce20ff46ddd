/** One account: a user name and the hosts that it may come from. Several accounts can have one name. */
import { escape } from 'mysql2';
import { DatabaseError } from '../errors.ts';
import type { Requirements } from './account-settings.ts';

export interface Account {
  readonly username: string;
  readonly host: string;
  /** Any one of these is enough to log in. */
  readonly methods: readonly AccountMethod[];
  /** What is stored of the password before the present one, where that is valid too. */
  readonly secondaryHash?: string;
  readonly locked: boolean;
  /** Whether its password is past its lifetime, or was made to expire. */
  readonly expired: boolean;
  /** What a login needs in addition to the password. */
  readonly requires: Requirements['kind'];
  /** How many sessions it may have at once; 0 means no limit of its own. */
  readonly maxConnections: number;
  /** The clauses of `ALTER USER` that make the rest as it is: requirements, limits, expiry. */
  readonly settings: string;
  /** As statements name them, sorted. */
  readonly defaultRoles: readonly string[];
}

export interface AccountMethod {
  readonly plugin: string;
  readonly hash: string;
}

/** `'app'@'10.%'` */
export const accountName = ({ username, host }: Pick<Account, 'username' | 'host'>): string =>
  `${escape(username)}@${escape(host)}`;

/** An account as the server would make it for a name and a host. */
export const newAccount = (
  { username, host }: Pick<Account, 'username' | 'host'>,
  methods: readonly AccountMethod[],
): Account => ({
  username,
  host,
  methods,
  locked: false,
  expired: false,
  requires: 'none',
  maxConnections: 0,
  settings: '',
  defaultRoles: [],
});

/** For an account that logs in with tokens, sockets or directories alone. */
export const withoutPassword = (account: Account): DatabaseError =>
  new DatabaseError(
    'locked',
    `Account ${accountName(account)} logs in with ${account.methods.map(({ plugin }) => plugin).join(' or ')}, which keeps no password here: give it one of a method that does, or take it out of rotation`,
    { retryable: false },
  );
