/** One worker at a time changes a login. */
import type { Confirm } from '../port.ts';
import { DatabaseError } from '../errors.ts';
import type { Session } from './session.ts';

/** Below the time-out of a statement, so that the answer says what it was. */
const waitMs = 8_000;

/**
 * Until the session ends, also where the worker dies. Only under the lock is the question worth asking whether the change
 * is still wanted. Application locks are of one database: the secrets of a login name one.
 */
export const lockLogins = async (session: Session, logins: readonly string[], confirm: Confirm): Promise<boolean> => {
  // Always in the same order, so that no two workers wait for each other.
  for (const login of [...logins].sort()) {
    const [row] = await session.query<{ outcome: number }>(
      `DECLARE @outcome int;
       EXEC @outcome = sp_getapplock @Resource = @resource, @LockMode = 'Exclusive', @LockOwner = 'Session', @LockTimeout = @wait;
       SELECT @outcome AS outcome;`,
      { resource: `strongroom rotation of ${login}`, wait: waitMs },
    );
    if (row === undefined || row.outcome < 0) {
      throw new DatabaseError('unknown', `Another worker holds the lock of login "${login}": this is tried again`, {
        retryable: true,
      });
    }
  }
  return confirm();
};
