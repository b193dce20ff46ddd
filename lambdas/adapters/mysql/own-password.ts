/** A user changes its own password. */
import { DatabaseError } from '../../rotation/rotation-error.ts';
import type { Account } from './account.ts';
import type { Dialect } from './dialect.ts';
import { setPassword } from './passwords.ts';
import type { Session } from './session.ts';

/**
 * A user may change the one account that it has logged in to. Where it has several, and may see that, it must be allowed
 * to change them all: an application that comes from another host would be locked out otherwise.
 *
 * @throws DatabaseError `database-privilege` where it is not.
 */
export const changeOwnAccounts = async (
  session: Session,
  dialect: Dialect,
  passwords: { readonly current: string; readonly next: string },
): Promise<void> => {
  const accounts = await visibleAccounts(session, dialect);
  if (accounts.length > 1) await setPassword(session, dialect, accounts, passwords.next);
  else await dialect.changeOwn(session, passwords);
};

/** None where the user may not see them. */
const visibleAccounts = async (session: Session, dialect: Dialect): Promise<readonly Account[]> => {
  try {
    return await dialect.accounts(session, session.username);
  } catch (error) {
    if (error instanceof DatabaseError && error.kind === 'privilege') return [];
    throw error;
  }
};
