/** A user changes its own password. */
import type { Notice } from '../port.ts';
import { DatabaseError } from '../errors.ts';
import { accountName, type Account } from './account.ts';
import type { Dialect, PasswordPair } from './dialect.ts';
import { setPassword } from './passwords.ts';
import { mayChangeUsers } from './privileges.ts';
import type { Session } from './session.ts';

/**
 * A user may change the one account that it has logged in to. If its name has several accounts, all of them change, or
 * none: an application that comes from another host would be locked out otherwise.
 *
 * @throws DatabaseError `database-privilege` if the user may not change the others, or may not see whether there are
 * any: an admin can do it.
 */
export const changeOwnAccounts = async (
  session: Session,
  dialect: Dialect,
  passwords: PasswordPair,
  onNotice: OnNotice,
): Promise<void> => {
  const changed = await accountsToChange(session, dialect, onNotice);
  if ('all' in changed) return changeAll(session, dialect, changed.all, passwords.next);
  return dialect.changeOwn(session, accountName(changed.own), passwords);
};

/** @throws DatabaseError as {@link changeOwnAccounts}, which would be refused. */
export const checkOwnAccounts = async (session: Session, dialect: Dialect, onNotice: OnNotice): Promise<void> => {
  const changed = await accountsToChange(session, dialect, onNotice);
  if ('all' in changed && !(await mayChangeUsers(session))) throw mayNotChangeAll(session, changed.all);
};

type ToChange = { readonly own: Own } | { readonly all: readonly Account[] };

const accountsToChange = async (session: Session, dialect: Dialect, onNotice: OnNotice): Promise<ToChange> => {
  const own = await ownAccount(session);
  const accounts = await ifAllowed(dialect.accounts(session, session.username));
  const needsAdmin = accounts !== undefined && (accounts.length > 1 || accounts[0]?.secondaryHash !== undefined);
  if (needsAdmin) return { all: accounts };
  if (accounts === undefined) refuseOthers(own, await ifAllowed(hostsOf(session)), onNotice);
  return { own };
};

export type OnNotice = (notice: Notice) => void;

type Own = Pick<Account, 'username' | 'host'>;

/**
 * The account that the server has logged this session in to. The server decides: it can be an anonymous one, or one that
 * the user is a proxy of, and then it is not this user's.
 */
const ownAccount = async (session: Session): Promise<Own> => {
  const [row] = await session.query<{ me: string }>('SELECT CURRENT_USER() AS me');
  const me = row?.me ?? '';
  const at = me.lastIndexOf('@');
  const own = { username: me.slice(0, at), host: me.slice(at + 1) };
  if (own.username === session.username) return own;
  throw notChanged(session, `the server takes its logins for the account ${accountName(own)}`);
};

const hostsOf = async (session: Session): Promise<readonly string[]> => {
  const rows = await session.query<{ Host: string }>('SELECT Host FROM mysql.user WHERE User = ?', [session.username]);
  // A role of MariaDB has no host.
  return rows.map(({ Host }) => Host).filter((host) => host !== '');
};

/** `undefined` if the user may not look. */
const ifAllowed = async <Result>(looked: Promise<Result>): Promise<Result | undefined> => {
  try {
    return await looked;
  } catch (error) {
    if (error instanceof DatabaseError && error.kind === 'privilege') return undefined;
    throw error;
  }
};

const changeAll = async (
  session: Session,
  dialect: Dialect,
  accounts: readonly Account[],
  password: string,
): Promise<void> => {
  const changed = await ifAllowed(setPassword(session, dialect, accounts, password).then(() => true));
  if (!changed) throw mayNotChangeAll(session, accounts);
};

const mayNotChangeAll = (session: Session, accounts: readonly Account[]): DatabaseError =>
  notChanged(session, `it may not change all that is valid for its name (${accounts.map(accountName).join(', ')})`);

/** An account for one host suggests others; one for every host is mostly the only one, which is said and not known. */
const refuseOthers = (own: Own, hosts: readonly string[] | undefined, onNotice: OnNotice): void => {
  if (hosts && hosts.length <= 1) return;
  if (!hosts && own.host === '%') {
    onNotice({
      code: 'accounts-apart',
      message: `User "${own.username}" may not see whether its name has accounts for other hosts, and the rotation changes ${accountName(own)} alone: GRANT SELECT (User, Host) ON mysql.user lets it see them, and an admin changes all`,
    });
    return;
  }
  const names = (hosts ?? []).map((host) => accountName({ ...own, host })).join(', ');
  const why = hosts
    ? `its name has several accounts (${names}), of which it may change one`
    : `its account ${accountName(own)} is for one host, and it may not see whether its name has others; GRANT SELECT (User, Host) ON mysql.user lets it see that`;
  throw notChanged(own, why);
};

const notChanged = ({ username }: { readonly username: string }, why: string): DatabaseError =>
  new DatabaseError(
    'privilege',
    `User "${username}" can't change its own password, and nothing was changed: ${why}. Declare an admin, which changes all accounts of the name`,
    { retryable: false },
  );
