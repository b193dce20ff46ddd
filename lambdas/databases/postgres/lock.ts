/** One worker at a time changes a user. */
import type { Confirm } from '../port.ts';
import type { Session } from './session/session.ts';

/**
 * Until the transaction ends, also where the worker dies. Only under the lock is the question worth asking whether the
 * change is still wanted.
 */
export const lockUsers = async (session: Session, usernames: readonly string[], confirm: Confirm): Promise<boolean> => {
  await lock(session, 'pg_advisory_xact_lock', usernames);
  return confirm();
};

/** Until the session ends: for work of several transactions. */
export const lockUsersForSession = async (
  session: Session,
  usernames: readonly string[],
  confirm: Confirm,
): Promise<boolean> => {
  await lock(session, 'pg_advisory_lock', usernames);
  return confirm();
};

/**
 * Until the transaction ends. Two users of one schema need default privileges from each other, so each must see what the
 * other was granted. Taken after the locks of users.
 */
export const lockGrants = async (session: Session): Promise<void> => {
  await session.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', ['strongroom grants']);
};

/** Always in the same order, so that no two workers wait for each other. */
const lock = async (session: Session, locking: string, usernames: readonly string[]): Promise<void> => {
  for (const username of [...usernames].sort()) {
    await session.query(`SELECT ${locking}(hashtextextended($1, 0))`, [`strongroom rotation of ${username}`]);
  }
};
