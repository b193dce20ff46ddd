/** Makes a user the equal of another. */
import type { UserClone, UserCloned } from '../../rotation/ports.ts';
import type { Session } from './session.ts';
import { createUser, findUser, getUser } from './users.ts';

/**
 * The session must hold the locks of both. One command gives `to` its password and all that `from` is: the server replaces
 * each field as a whole, so what `to` had too much is gone.
 */
export const applyClone = async (
  session: Session,
  { from, to, password }: Omit<UserClone, 'grants'>,
): Promise<Exclude<UserCloned, 'withdrawn'>> => {
  const model = await getUser(session, from);
  const existing = await findUser(session, to);
  if (!existing) {
    await createUser(session, to, password, model);
    return 'created';
  }
  const { roles, mechanisms } = model;
  // Only a server that knows these fields is told to empty them.
  const customData = model.customData ?? (existing.customData && {});
  const restrictions = model.authenticationRestrictions ?? (existing.authenticationRestrictions && []);
  await session.change({
    updateUser: to,
    pwd: password,
    roles,
    ...(mechanisms && { mechanisms }),
    ...(customData && { customData }),
    ...(restrictions && { authenticationRestrictions: restrictions }),
  });
  return 'reset';
};
