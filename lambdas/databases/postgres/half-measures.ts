/** Refuses what the server only warns of: grants and revocations that it did not do. */
import { DatabaseError } from '../errors.ts';
import type { Session } from './session/session.ts';

export const isHalfMeasure = (code: string): boolean => code === '01007' || code === '01006';

/** PostgreSQL only warns where an admin grants or revokes what it may not; the grant would silently not be there. */
export const refuseHalfMeasures = (warnings: Session['warnings'], username: string): void => {
  const warning = warnings.find(({ code }) => isHalfMeasure(code));
  if (!warning) return;
  throw new DatabaseError(
    'privilege',
    `Could not bring the grants of "${username}" to what the catalog says: ${warning.message}; make the admin a member of the objects' owner`,
    { retryable: false },
  );
};
