/** Passwords of all accounts of a user: one statement changes them together, and what travels in it is hashes. */
import { escape } from 'mysql2';
import { accountName, type Account } from './account.ts';
import type { Dialect } from './dialect.ts';
import { forgottenPassword, passwordMethod } from './password-methods.ts';
import type { Session } from './session.ts';

/** Exactly this password is valid afterwards. @param also - further clauses of `ALTER USER`, for all of them. @default none */
export const setPassword = async (
  session: Session,
  dialect: Dialect,
  accounts: readonly Account[],
  password: string,
  also = '',
): Promise<void> => {
  const identified = accounts.map((account) => `${accountName(account)} ${dialect.identified(account, password)}`);
  await session.change(`ALTER USER ${identified.join(', ')}${also && ` ${also}`}`);
  await discardSecondary(session, accounts);
};

/** No password is valid afterwards that anybody knows. */
export const forgetPassword = (session: Session, dialect: Dialect, accounts: readonly Account[]): Promise<void> =>
  setPassword(session, dialect, accounts, forgottenPassword());

/**
 * Both passwords are valid afterwards, and no third one. What each account has is compared with the two, so that a second
 * time changes nothing, and whatever an earlier rotation left behind, the one to keep is never the one that is dropped.
 */
export const setPasswordBeside = async (
  session: Session,
  dialect: Dialect,
  accounts: readonly Account[],
  { password, keep }: { readonly password: string; readonly keep: string },
): Promise<'reset' | 'unchanged'> => {
  const open = accounts.filter((account) => !(isPrimary(account, password) && isSecondary(account, keep)));
  if (open.length === 0) return 'unchanged';
  await makePrimary(session, dialect, open, keep);
  const identified = open.map(
    (account) => `${accountName(account)} ${dialect.identified(account, password)} RETAIN CURRENT PASSWORD`,
  );
  await session.change(`ALTER USER ${identified.join(', ')}`);
  return 'reset';
};

/** Exactly `keep` is valid afterwards. */
export const keepPassword = async (
  session: Session,
  dialect: Dialect,
  accounts: readonly Account[],
  keep: string,
): Promise<void> => {
  await makePrimary(session, dialect, accounts, keep);
  await discardSecondary(session, accounts);
};

/** Retained is always what is primary, so that what is to be kept must be that first. */
const makePrimary = async (session: Session, dialect: Dialect, accounts: readonly Account[], password: string) => {
  const others = accounts.filter((account) => !isPrimary(account, password));
  if (others.length === 0) return;
  const identified = others.map((account) => {
    const [method] = account.methods;
    // A hash that is stored already costs nothing to make.
    return isSecondary(account, password) && method
      ? `${accountName(account)} IDENTIFIED WITH ${escape(method.plugin)} AS ${escape(account.secondaryHash)}`
      : `${accountName(account)} ${dialect.identified(account, password)}`;
  });
  await session.change(`ALTER USER ${identified.join(', ')}`);
};

const discardSecondary = async (session: Session, accounts: readonly Account[]): Promise<void> => {
  const names = accounts.filter(({ secondaryHash }) => secondaryHash !== undefined).map(accountName);
  if (names.length === 0) return;
  await session.change(`ALTER USER ${names.map((name) => `${name} DISCARD OLD PASSWORD`).join(', ')}`);
};

const isPrimary = ({ methods: [method] }: Account, password: string): boolean =>
  method !== undefined && (passwordMethod(method.plugin)?.matches(password, method.hash) ?? false);

const isSecondary = ({ methods: [method], secondaryHash }: Account, password: string): boolean =>
  method !== undefined &&
  secondaryHash !== undefined &&
  (passwordMethod(method.plugin)?.matches(password, secondaryHash) ?? false);
