/** Makes a login the equal of another. */
import type { UserClone, UserCloned } from '../port.ts';
import { EngineError } from '../errors.ts';
import { refuseDisabled } from './inspect.ts';
import { createLogin, findLogin, forgetPassword, getLogin, setPassword } from './logins.ts';
import { shareOwnership } from './ownership.ts';
import { equaliseRights } from './rights.ts';
import type { Session } from './session.ts';

/**
 * The session must hold the locks of both. Not one transaction, so the order counts: nobody knows the password of `to`
 * while its rights are not complete, and its new password comes last. A half is completed by the next try, and nobody uses it.
 */
export const applyClone = async (
  session: Session,
  { from, to, password, grants, onRevoked }: UserClone,
): Promise<Exclude<UserCloned, 'withdrawn'>> => {
  if (grants) {
    throw new EngineError('strategy-impossible', 'SQL Server logins are not provisioned: leave "provision" out', {
      retryable: false,
    });
  }
  refuseDisabled(await getLogin(session, from));
  const existing = await findLogin(session, to);
  refuseDisabled(existing);
  if (existing) await forgetPassword(session, to);
  else await createLogin(session, to);
  const lost = await equaliseRights(session, { from, to });
  await shareOwnership(session, { from, to });
  await setPassword(session, { username: to, password });
  for (const right of lost) onRevoked?.(right);
  return existing ? 'reset' : 'created';
};
