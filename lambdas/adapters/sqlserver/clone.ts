/** Makes a login the equal of another. */
import type { UserClone, UserCloned } from '../../rotation/ports.ts';
import { RotationError } from '../../rotation/rotation-error.ts';
import { alterLogin, findLogin, getLogin, setPassword } from './logins.ts';
import { shareOwnership } from './ownership.ts';
import { equaliseRights } from './rights.ts';
import type { Session } from './session.ts';

/**
 * The session must hold the locks of both. Not one transaction, so the order counts: `to` is closed while its rights are
 * not complete, and the password, which opens it, comes last. A half is completed by the next try, and nobody uses it.
 */
export const applyClone = async (
  session: Session,
  { from, to, password, grants }: UserClone,
): Promise<Exclude<UserCloned, 'withdrawn'>> => {
  if (grants) {
    throw new RotationError('strategy-impossible', 'SQL Server logins are not provisioned: leave "provision" out', {
      retryable: false,
    });
  }
  await getLogin(session, from);
  const existing = await findLogin(session, to);
  if (!existing) await createClosed(session, to, password);
  else if (!existing.disabled) await alterLogin(session, to, 'DISABLE');
  await equaliseRights(session, { from, to });
  await shareOwnership(session, { from, to });
  await setPassword(session, { username: to, password });
  return existing ? 'reset' : 'created';
};

/** In one batch: a login that was made and is not yet disabled has the password that it shall have. */
const createClosed = async (session: Session, login: string, password: string): Promise<void> => {
  await session.change(
    `DECLARE @statement nvarchar(max) =
       N'CREATE LOGIN ' + QUOTENAME(@login) + N' WITH PASSWORD = N' + QUOTENAME(@password, N'''') + N';'
       + N'ALTER LOGIN ' + QUOTENAME(@login) + N' DISABLE;';
     EXEC (@statement);`,
    { login, password },
  );
};
