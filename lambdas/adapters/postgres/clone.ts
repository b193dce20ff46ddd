/** Makes a user the equal of another, so that the two can take turns. */
import { escapeIdentifier } from 'pg';
import type { UserClone } from '../../rotation/ports.ts';
import { RotationError } from '../../rotation/rotation-error.ts';
import { actingAs } from './act-as.ts';
import { refuseDisabled, unblocking } from './containment.ts';
import { reconcileGrants } from './grants.ts';
import { createOwner, findOwner, joinOwner, nameLimitBytes, ownerOf, reassign, refuseElsewhere } from './ownership.ts';
import { createUser, setPassword } from './passwords.ts';
import { attributes } from './rights/attributes.ts';
import { defaultsForOthers, defaultsFromOthers } from './rights/default-privileges.ts';
import { memberships } from './rights/memberships.ts';
import { equalisePolicies } from './rights/policies.ts';
import { privileges } from './rights/privileges.ts';
import { equalise, type Circle } from './rights/right.ts';
import { settings } from './rights/settings.ts';
import { lookUpRoles, refuseUntouchable, type Roles } from './roles.ts';
import type { Session } from './session.ts';

/** What the owner role has too: its views and functions act with its rights, and were made with those of the users. */
const ownersRights = [memberships, privileges, defaultsFromOthers];
const usersRights = [...ownersRights, defaultsForOthers, settings, attributes];

/** The session must be in a transaction and hold the lock of both users. */
export const applyClone = async (
  session: Session,
  dbname: string,
  { from, to, password, grants }: UserClone,
): Promise<'created' | 'reset'> => {
  const roles = await lookUpRoles(session, [from, to, ownerOf(to)]);
  refuseImpossible(roles, from, to);
  await refuseElsewhere(session, [from, to], `make "${to}" the equal of "${from}"`);
  await refuseUserMappings(session, from, to);

  const existing = roles.get(to);
  if (existing) await setPassword(session, to, password, unblocking(existing));
  else await createUser(session, to, password);
  const owner = ownerOf(to);
  if (!roles.get(owner)) await createOwner(session, to);

  const circle: Circle = { from, to, owner, version: roles.version };
  await actingAs(session, roles, [from, to, owner], async () => {
    await joinOwner(session, circle);
    // First the owner role: it must not keep, and so hand on, what the users have lost; and it must be able to own.
    await equalise(session, circle, [owner], ownersRights);
    await reassign(session, [from, to], owner);
    if (grants) await reconcileGrants(session, from, dbname, grants);
    await equalise(session, circle, [owner], ownersRights);
    await equalise(session, circle, [to], usersRights);
    await equalisePolicies(session, circle);
  });
  return existing ? 'reset' : 'created';
};

const refuseImpossible = (roles: Roles, from: string, to: string): void => {
  const model = roles.get(from);
  if (!model) {
    throw new RotationError(
      'user-missing',
      `User "${from}", which "${to}" shall be the equal of, does not exist: create it, or rotate it first`,
      { retryable: false },
    );
  }
  for (const name of [to, ownerOf(to)]) {
    const bytes = Buffer.byteLength(name);
    if (bytes <= nameLimitBytes) continue;
    throw new RotationError(
      'strategy-impossible',
      `The name "${name}" has ${bytes} bytes, and PostgreSQL takes ${nameLimitBytes}: name the user shorter, or use single-user`,
      { retryable: false },
    );
  }
  for (const role of [model, roles.get(to), findOwner(roles, to)]) {
    if (role) refuseUntouchable(roles, role);
  }
  // Where the one in use was disabled, its equal would be let in in its place.
  for (const role of [model, roles.get(to)]) {
    if (role) refuseDisabled(role);
  }
};

/** A mapping has a password for another server, which nobody but the user may read: it can't be copied. */
const refuseUserMappings = async (session: Session, from: string, to: string): Promise<void> => {
  const [row] = await session.query<{ server: string }>(
    `SELECT srvname AS server FROM pg_user_mappings WHERE usename = $1
     EXCEPT SELECT srvname FROM pg_user_mappings WHERE usename = $2`,
    [from, to],
  );
  if (!row) return;
  throw new RotationError(
    'strategy-impossible',
    `User "${from}" has a user mapping for the foreign server "${row.server}", which can't be copied: create one for "${to}" too (CREATE USER MAPPING FOR ${escapeIdentifier(to)} SERVER ${escapeIdentifier(row.server)} …), or use single-user`,
    { retryable: false },
  );
};
