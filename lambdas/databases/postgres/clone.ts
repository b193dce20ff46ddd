/** Makes a user the equal of another, so that the two can take turns. */
import { escapeIdentifier } from 'pg';
import type { RevokedRight, UserClone } from '../port.ts';
import { EngineError } from '../errors.ts';
import { actingAs } from './act-as.ts';
import { refuseDisabled, unblocking } from './containment.ts';
import { reconcileGrants } from './grants.ts';
import { lockGrants } from './lock.ts';
import { migrationUsers } from './migration-users.ts';
import {
  createOwner,
  findOwner,
  joinOwner,
  nameLimitBytes,
  ownerOf,
  refuseElsewhere,
  refuseSubscriptions,
} from './ownership.ts';
import { createUser, setPassword } from './passwords.ts';
import { reassign } from './reassign.ts';
import { equalisePolicies } from './rights/policies.ts';
import { equalise, equaliseOwner, type Circle } from './rights/right.ts';
import { ownersRights, usersRights } from './rights/sets.ts';
import type { Trial } from './rights/trial.ts';
import { lookUpRoles, refuseUntouchable, type Roles } from './session/roles.ts';
import type { Session } from './session/session.ts';
import { dissolveTwinMembership } from './take-over.ts';

interface Manner {
  /** How the owner role gets what the users own. @default {@link reassign} */
  readonly give?: typeof reassign;
  readonly trial?: Trial;
}

/** The session must be in a transaction and hold the lock of both users. */
export const applyClone = async (
  session: Session,
  dbname: string,
  { from, to, password, grants }: UserClone,
  { give = reassign, trial }: Manner = {},
): Promise<{ readonly outcome: 'created' | 'reset'; readonly revoked: readonly RevokedRight[] }> => {
  if (grants) await lockGrants(session);
  const roles = await lookUpRoles(session, [from, to, ownerOf(to)]);
  await refuseClone(session, roles, { from, to });

  const existing = roles.get(to);
  if (existing) await setPassword(session, to, password, unblocking(existing));
  else await createUser(session, to, password);
  const owner = ownerOf(to);
  if (!roles.get(owner)) await createOwner(session, to);

  const circle: Circle = { from, to, owner, version: roles.version, ...(trial && { trial }) };
  const acting = new Set([from, to, owner, ...(await migrationUsers(session))]);
  const revoked = await actingAs(session, roles, [...acting], async () => {
    await joinOwner(session, circle);
    await dissolveTwinMembership(session, circle);
    // First the owner role: it must not keep, and so hand on, what the users have lost; and it must be able to own.
    await equaliseOwner(session, circle, ownersRights);
    await give(session, [from, to], owner);
    const ofModel = grants ? await reconcileGrants(session, from, { dbname, grants }) : [];
    await equaliseOwner(session, circle, ownersRights);
    const ofTwin = await equalise(session, circle, usersRights);
    const policies = await equalisePolicies(session, circle);
    // A new user has lost nothing.
    return [...ofModel, ...(existing ? [...ofTwin, ...policies] : [])];
  });
  return { outcome: existing ? 'reset' : 'created', revoked };
};

/** Refuses what the server's catalogs show to be impossible. @throws EngineError; DatabaseError `database-privilege`. */
export const refuseClone = async (
  session: Session,
  roles: Roles,
  { from, to }: Pick<UserClone, 'from' | 'to'>,
): Promise<void> => {
  refuseImpossible(roles, from, to);
  await refuseElsewhere(session, [from, to], `make "${to}" the equal of "${from}"`);
  await refuseSubscriptions(session, [from, to, ownerOf(to)]);
  await refuseUserMappings(session, from, to);
};

/** @throws EngineError `user-missing`, `user-reserved`, `user-disabled`, `strategy-impossible`. */
export const refuseImpossible = (roles: Roles, from: string, to: string): void => {
  const model = roles.get(from);
  if (!model) {
    throw new EngineError(
      'user-missing',
      `User "${from}", whose rights "${to}" gets, does not exist: create it, or rotate it first`,
      { retryable: false },
    );
  }
  for (const name of [to, ownerOf(to)]) {
    const bytes = Buffer.byteLength(name);
    if (bytes <= nameLimitBytes) continue;
    throw new EngineError(
      'strategy-impossible',
      `The name "${name}" has ${bytes} bytes, and PostgreSQL accepts ${nameLimitBytes}: use a shorter name, or use single-user`,
      { retryable: false },
    );
  }
  for (const role of [model, roles.get(to), findOwner(roles, to)]) {
    if (role) refuseUntouchable(roles, role);
  }
  // If the one in use was disabled, its equal could log in instead.
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
  throw new EngineError(
    'strategy-impossible',
    `User "${from}" has a user mapping for the foreign server "${row.server}", which can't be copied: create one for "${to}" too (CREATE USER MAPPING FOR ${escapeIdentifier(to)} SERVER ${escapeIdentifier(row.server)} …), or use single-user`,
    { retryable: false },
  );
};
