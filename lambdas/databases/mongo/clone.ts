/** Makes a user the equal of another. */
import type { RevokedRight, UserClone, UserCloned } from '../port.ts';
import { refuseRestricted, refuseStripped } from './inspect.ts';
import type { Session } from './session.ts';
import { createUser, findUser, getUser, type MongoUser } from './users.ts';

/**
 * The session must hold the locks of both. One command gives `to` its password and all that `from` is: the server replaces
 * each field as a whole, so what `to` had too much is gone.
 */
export const applyClone = async (
  session: Session,
  { from, to, password, onRevoked }: Omit<UserClone, 'grants'>,
): Promise<Exclude<UserCloned, 'withdrawn'>> => {
  const model = await getUser(session, from);
  const existing = await findUser(session, to);
  await refuseRestricted(session, model);
  await refuseRestricted(session, existing);
  refuseStripped(existing, model);
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
  for (const right of lostRoles(existing, model)) onRevoked?.(right);
  return 'reset';
};

/** What a user loses when it is made the equal of a model. */
export const lostRoles = ({ username, roles }: MongoUser, model: Pick<MongoUser, 'roles'>): readonly RevokedRight[] =>
  roles
    .filter(({ role, db }) => !model.roles.some((kept) => kept.role === role && kept.db === db))
    .map(({ role, db }) => ({ username, privilege: role, object: `database ${db}` }));
