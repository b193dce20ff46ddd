/** Passwords of all accounts of a user: they change together, and what travels is hashes wherever the server takes them. */
import { escape } from 'mysql2';
import { randomPasswords } from '../passwords.ts';
import { DatabaseError } from '../errors.ts';
import { accountName, withoutPassword, type Account } from './account.ts';
import type { Dialect } from './dialect.ts';
import { passwordMethod } from './password-methods.ts';
import type { Session } from './session.ts';

/** Exactly this password is valid afterwards, for all of the accounts. */
export const setPassword = async (
  session: Session,
  dialect: Dialect,
  accounts: readonly Account[],
  password: string,
): Promise<void> => {
  if (await dialect.refusesHashes(session)) return sendPassword(session, accounts, password);
  const identified = accounts.map((account) => `${accountName(account)} ${dialect.identified(account, password)}`);
  try {
    await session.change(`ALTER USER ${identified.join(', ')}`);
  } catch (error) {
    if (!dialect.changesTogether && accounts.length > 1) await putBack(session, dialect, accounts, error);
    throw error;
  }
  await discardSecondary(session, accounts);
};

/** No password is valid afterwards that anybody knows. */
export const forgetPassword = async (session: Session, dialect: Dialect, accounts: readonly Account[]): Promise<void> =>
  setPassword(session, dialect, accounts, await forgottenPassword(session, dialect));

/** Makes an account with a password that nobody knows. */
export const createAccount = async (session: Session, dialect: Dialect, account: Account): Promise<void> => {
  const password = await forgottenPassword(session, dialect);
  const identified = (await dialect.refusesHashes(session))
    ? `IDENTIFIED VIA ${methodOf(account)} USING PASSWORD(${escape(password)})`
    : dialect.identified(account, password);
  await session.change(`CREATE USER ${accountName(account)} ${identified}`);
};

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

/** Whether these are the two passwords of the account, whichever of them is the primary one. */
export const hasBoth = (account: Account, one: string, other: string): boolean =>
  (isPrimary(account, one) && isSecondary(account, other)) || (isPrimary(account, other) && isSecondary(account, one));

/** Whether the account's stored hash is one of this password; `undefined` if it can't be told. */
export const hasPassword = ({ methods, secondaryHash }: Account, password: string): boolean | undefined => {
  const [first] = methods;
  const second = first && secondaryHash !== undefined ? [{ ...first, hash: secondaryHash }] : [];
  const answers = [...methods, ...second].map(({ plugin, hash }) =>
    withoutPasswords.has(plugin) ? false : passwordMethod(plugin)?.matches(password, hash),
  );
  if (answers.includes(true)) return true;
  return answers.includes(undefined) ? undefined : false;
};

/** Methods that never look at a password. Others that are not known here, such as PAM, may. */
const withoutPasswords: ReadonlySet<string> = new Set(['unix_socket', 'auth_socket', 'mysql_no_login']);

/** This program does not know it either, once it has been set: it is stored nowhere. */
const forgottenPassword = async (session: Session, dialect: Dialect): Promise<string> =>
  randomPasswords.generate(await dialect.passwordPolicy(session));

/**
 * One statement for each account, in the one form in which the server keeps only the hash in its binary log.
 *
 * @throws DatabaseError `database-locked` before anything is changed if an account has several methods.
 */
const sendPassword = async (session: Session, accounts: readonly Account[], password: string): Promise<void> => {
  for (const account of accounts) methodOf(account);
  for (const account of accounts) {
    await session.change(`SET PASSWORD FOR ${accountName(account)} = PASSWORD(${escape(password)})`, 'set a password');
  }
};

const methodOf = (account: Account): string => {
  const [method, ...others] = account.methods;
  if (method === undefined || others.length > 0 || !passwordMethod(method.plugin)) throw withoutPassword(account);
  return method.plugin;
};

/**
 * The server refused one account, and may have changed those before and after it: they get back what they had. Where the
 * answer was lost nothing is known, and the next try sets them all.
 */
const putBack = async (session: Session, dialect: Dialect, before: readonly Account[], error: unknown) => {
  if (!(error instanceof DatabaseError) || error.uncertain) return;
  const now = await dialect.accounts(session, before[0]?.username ?? '');
  const isChanged = (account: Account): boolean => {
    const { methods = account.methods } = now.find(({ host }) => host === account.host) ?? {};
    return methods.some(({ hash }, index) => hash !== account.methods[index]?.hash);
  };
  for (const account of before.filter(isChanged)) {
    await session.change(`ALTER USER ${accountName(account)} ${dialect.identified(account, undefined)}`);
  }
};

/** The server retains the primary password, so the one to keep must be primary first. */
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
  method !== undefined && passwordMethod(method.plugin)?.matches(password, method.hash) === true;

const isSecondary = ({ methods: [method], secondaryHash }: Account, password: string): boolean =>
  method !== undefined &&
  secondaryHash !== undefined &&
  passwordMethod(method.plugin)?.matches(password, secondaryHash) === true;
