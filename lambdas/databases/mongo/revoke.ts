/** Ends a user, for a while or for ever. */
import { randomBytes } from 'node:crypto';
import type { UserRevocation } from '../port.ts';
import { hasCode, isUnsupported } from './classify.ts';
import { userDatabase, type Session } from './session.ts';
import { createUser, findUser } from './users.ts';

/**
 * The session must hold the user's lock.
 *
 * A connection stays logged in under another password, and without roles it would wait for the day on which they come
 * back. Only with the user itself does its login go, and one of the same name is another user. So a user that must be blocked is
 * dropped too, and made again, all the same but for a password that nobody has. Between the two there is no such user,
 * which is as good: the next rotation makes it from the other one.
 */
export const applyRevocation = async (
  session: Session,
  { username, then }: UserRevocation,
): Promise<'revoked' | 'absent'> => {
  const user = await findUser(session, username);
  if (user) {
    await drop(session, username);
    if (then === 'block') await createUser(session, username, randomBytes(32).toString('base64url'), user);
  }
  // Also if there was no user: an earlier try may have come as far as dropping it.
  await endOperations(session, username);
  return user ? 'revoked' : 'absent';
};

const userNotFound: ReadonlySet<unknown> = new Set([11]);

const drop = async (session: Session, username: string): Promise<void> => {
  try {
    await session.change({ dropUser: username });
  } catch (error) {
    if (!hasCode(error, userNotFound)) throw error;
  }
};

/** Its connections may do nothing more, but what they had started continues: operations, transactions, cursors. */
const endOperations = async (session: Session, username: string): Promise<void> => {
  try {
    await session.query({ killAllSessions: [{ user: username, db: userDatabase }] });
  } catch (error) {
    // If there is no such command, they end by themselves.
    if (!isUnsupported(error)) throw error;
  }
};
