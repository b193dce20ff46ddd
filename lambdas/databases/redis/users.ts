/** What an admin does to a user while it holds the user's lock. */
import type { PasswordDiscard, UserChange, UserChanged, UserClone, UserCloned, UserRevocation } from '../port.ts';
import type { Clock } from '../../runtime/clock.ts';
import { EngineError } from '../errors.ts';
import { retrying } from '../../runtime/retry.ts';
import { define, hashOf, hasExactly, setPasswords, type AclUser } from './acl-user.ts';
import { refuseDisabled } from './inspect.ts';
import { lostRules } from './lost-rules.ts';
import type { Session } from './session.ts';
import type { UserStore } from './user-store.ts';

/** @throws EngineError `user-missing`, `strategy-impossible`. */
export const applyUserChange = async (
  users: UserStore,
  { username, password, resetPassword, keep, grants }: UserChange,
): Promise<UserChanged> => {
  if (grants) refuseGrants(username);
  const user = existing(await users.find(username), username);
  if (resetPassword) refuseDisabled(user);
  const wanted = [...(keep === undefined ? [] : [keep]), password].map(hashOf);
  if (!resetPassword || hasExactly(user, wanted)) {
    await users.keep();
    return 'unchanged';
  }
  await users.change(setPasswords(username, wanted), username, user);
  return 'reset';
};

/** @throws EngineError `user-missing`, `strategy-impossible`. */
export const applyClone = async (
  users: UserStore,
  { from, to, password, grants, onRevoked }: UserClone,
): Promise<Exclude<UserCloned, 'withdrawn'>> => {
  if (grants) refuseGrants(from);
  const [original, before] = [existing(await users.find(from), from), await users.find(to)];
  refuseDisabled(original);
  refuseDisabled(before);
  const { rules } = original;
  const clone: AclUser = { name: to, enabled: true, nopass: false, hashes: [hashOf(password)], rules };
  await users.change(define(clone), to, before);
  if (before) for (const right of lostRules(before, rules)) onRevoked?.(right);
  return before ? 'reset' : 'created';
};

/** Leaves the user the one password that it keeps, or ends one of several. */
export const applyDiscard = async (
  users: UserStore,
  { username, keep, ends }: PasswordDiscard,
): Promise<'discarded' | 'nothing'> => {
  const user = await users.find(username);
  if (ends !== undefined) {
    const [kept, ended] = [hashOf(keep), hashOf(ends)];
    // With `nopass` anyone can log in: a rotation does not leave that.
    if (!user || user.nopass || !user.hashes.includes(kept) || !user.hashes.includes(ended)) return 'nothing';
    const left = user.hashes.filter((hash) => hash !== ended);
    await users.change(setPasswords(username, left), username, user);
    return 'discarded';
  }
  if (!user || hasExactly(user, [hashOf(keep)])) await users.keep();
  else await users.change(setPasswords(username, [hashOf(keep)]), username, user);
  return 'discarded';
};

/**
 * Without a password nobody logs in, and the user can log in again with its next password; whether it is on or off
 * is its operator's.
 *
 * @throws EngineError `sessions-remain`.
 */
export const revoke = async (
  users: UserStore,
  session: Session,
  { username, then }: Pick<UserRevocation, 'username' | 'then'>,
  clock: Clock,
): Promise<'revoked' | 'absent'> => {
  const user = await users.find(username);
  if (!user) {
    await users.keep();
    return 'absent';
  }
  if (!hasExactly(user, [])) await users.change(setPasswords(username, []), username, user);
  await endSessions(session, username, clock);
  if (then === 'drop') await users.change(['ACL', 'DELUSER', username], username, user);
  else await users.keep();
  return 'revoked';
};

const killAttempts = 5;

const endSessions = async (session: Session, username: string, clock: Clock) => {
  const ended = await retrying(() => session.run(['CLIENT', 'KILL', 'USER', username]), {
    clock,
    attempts: killAttempts,
    always: true,
    afterResult: (count) => count !== 0,
  });
  if (ended === 0) return;
  throw new EngineError(
    'sessions-remain',
    `User "${username}" has sessions again each time that they are ended (${killAttempts} times), as ${session.where}`,
    { retryable: true },
  );
};

/** @throws EngineError `user-missing`. */
export const existing = (user: AclUser | undefined, username: string): AclUser => {
  if (user) return user;
  throw new EngineError(
    'user-missing',
    `User "${username}" does not exist: create it (ACL SETUSER) with what it may do; rotation gives it passwords only`,
    { retryable: false },
  );
};

/** @throws EngineError `user-reserved`. */
export const refuseReserved = (username: string, admin: string): void => {
  if (username !== admin && username !== 'default') return;
  const what = username === admin ? 'the admin itself' : 'who everyone is that names no user';
  throw new EngineError('user-reserved', `User "${username}" is ${what}: name an application's own user`, {
    retryable: false,
  });
};

const refuseGrants = (username: string): never => {
  throw new EngineError(
    'strategy-impossible',
    `User "${username}" has "provision" with grants on schemas, which Redis does not have: create it (ACL SETUSER) and take "provision" out`,
    { retryable: false },
  );
};
