/** Why a login is refused, as far as an admin can read it from the accounts, without a login as the user. */
import type { Credential, DatabaseAddress, LoginBarrier, UserInspection } from '../port.ts';
import { DatabaseError, EngineError } from '../errors.ts';
import { accountName, type Account } from './account.ts';
import type { Dialect } from './dialect.ts';
import { accountFor } from './hosts.ts';
import { hasPassword } from './passwords.ts';
import type { Session } from './session.ts';

/**
 * The password is compared with those of all accounts of the name: an application that comes from another host than this
 * function can use another account.
 */
export const inspectAccounts = async (
  session: Session,
  dialect: Dialect,
  { username, password }: Credential,
  tls: DatabaseAddress['tls'],
): Promise<UserInspection> => {
  const accounts = await readable(session, dialect, username);
  if (accounts === undefined) return { password: 'unreadable' };
  if (accounts.length === 0) return { password: 'no-such-user' };
  const answers = accounts.map((account) => hasPassword(account, password));
  const state = answers.includes(true) ? 'matches' : answers.includes(undefined) ? 'unreadable' : 'differs';
  const barrier = await barrierOf(session, dialect, accounts, { tls, password, matches: state === 'matches' });
  return { password: state, ...(barrier && { barrier }) };
};

/** @throws EngineError `user-disabled` if somebody locked the user, or the account that this function would log in to. */
export const refuseDisabled = async (session: Session, accounts: readonly Account[]): Promise<void> => {
  const locked = await lockedAccount(session, accounts);
  if (!locked) return;
  throw new EngineError(
    'user-disabled',
    `Account ${accountName(locked)} is locked, and nothing was changed: a rotation does not unlock accounts. Find out who locked it and why; if it may log in again: ALTER USER ${accountName(locked)} ACCOUNT UNLOCK`,
    { retryable: false },
  );
};

const readable = async (
  session: Session,
  dialect: Dialect,
  username: string,
): Promise<readonly Account[] | undefined> => {
  try {
    return await dialect.accounts(session, username);
  } catch (error) {
    if (error instanceof DatabaseError && error.kind === 'privilege') return undefined;
    throw error;
  }
};

/** The host that this function's logins come from, as the server sees it. */
const clientHost = async (session: Session): Promise<string> => {
  const [row] = await session.query<{ me: string }>('SELECT USER() AS me');
  const me = row?.me ?? '';
  return me.slice(me.lastIndexOf('@') + 1);
};

const lockedAccount = async (session: Session, accounts: readonly Account[]): Promise<Account | undefined> => {
  const locked = accounts.filter((account) => account.locked);
  if (locked.length === 0 || locked.length === accounts.length) return locked[0];
  const own = accountFor(accounts, await clientHost(session));
  return own !== 'unknown' && own?.locked ? own : undefined;
};

interface Circumstances {
  readonly tls: DatabaseAddress['tls'];
  readonly password: string;
  readonly matches: boolean;
}

const barrierOf = async (
  session: Session,
  dialect: Dialect,
  accounts: readonly Account[],
  { tls, password, matches }: Circumstances,
): Promise<LoginBarrier | undefined> => {
  const locked = await lockedAccount(session, accounts);
  if (locked) return { kind: 'disabled', detail: `account ${accountName(locked)} is locked` };
  const from = await clientHost(session);
  const anonymous = await dialect.accounts(session, '');
  const own = accountFor([...accounts, ...anonymous], from);
  if (own === 'unknown') return undefined;
  if (own === undefined) {
    return { kind: 'host', detail: `none of ${names(accounts)} takes logins from ${from}, where this function is` };
  }
  if (own.username === '') {
    return {
      kind: 'host',
      detail: `the server takes logins from ${from} for the anonymous account ${accountName(own)}`,
    };
  }
  if (matches && hasPassword(own, password) === false) {
    const holders = accounts.filter((account) => hasPassword(account, password));
    return {
      kind: 'host',
      detail: `${names(holders)} has this password, and logins from ${from} are for ${accountName(own)}`,
    };
  }
  return barrierAt(session, own, { encrypted: tls.mode !== 'off', matches });
};

const barrierAt = async (
  session: Session,
  own: Account,
  { encrypted, matches }: { readonly encrypted: boolean; readonly matches: boolean },
): Promise<LoginBarrier | undefined> => {
  const name = accountName(own);
  if (own.requires === 'certificate' || own.requires === 'fields') {
    return {
      kind: 'certificate',
      detail: `account ${name} requires a client certificate (REQUIRE X509, ISSUER, SUBJECT or CIPHER)`,
    };
  }
  if (own.requires === 'tls' && !encrypted) {
    return { kind: 'certificate', detail: `account ${name} requires TLS (REQUIRE SSL), and the secret turns it off` };
  }
  // Another password ends that.
  if (own.expired && matches) return { kind: 'expired', detail: `the password of account ${name} has expired` };
  if (own.maxConnections > 0) {
    const [row] = await session.query<{ open: number }>(
      'SELECT COUNT(*) AS open FROM information_schema.PROCESSLIST WHERE USER = ?',
      [own.username],
    );
    if (Number(row?.open) >= own.maxConnections) {
      return { kind: 'limit', detail: `account ${name} has its ${own.maxConnections} sessions (MAX_USER_CONNECTIONS)` };
    }
  }
  return undefined;
};

const names = (accounts: readonly Account[]): string => accounts.map(accountName).join(', ');
