/**
 * Moves thousands of relations to the owner role in lots, each a transaction of its own. The users go on using what has
 * moved, as members of the role. If it stops half way, the next attempt continues.
 */
import type { Deadline } from '../../runtime/deadline.ts';
import type { RevokedRight, UserClone } from '../port.ts';
import { actingAs } from './act-as.ts';
import { refuseClone } from './clone.ts';
import { revokesMuch } from './excess-grants.ts';
import { leastMs, refuseWithoutTime } from './lock-lots.ts';
import { createOwner, findOwner, joinOwner, ownerOf, refuseSubscriptions } from './ownership.ts';
import { lotsOf, reassign, reassignLot } from './reassign.ts';
import { equaliseOwner, type Circle } from './rights/right.ts';
import { ownersRights } from './rights/sets.ts';
import { applyLots, makeRoles, planLots } from './rights-in-lots.ts';
import { lookUpRoles, type Roles } from './session/roles.ts';
import type { Session } from './session/session.ts';
import { prepareUserChange } from './users.ts';

interface Preparation {
  readonly deadline: Deadline;
  /** Takes the users' locks for the session; `false` if the change is no longer wanted. */
  readonly lock: () => Promise<boolean>;
}

/**
 * Does before the change itself what is too much for one transaction. If nothing is, the change happens wholly or not
 * at all.
 */
export const prepareClone = async (
  session: Session,
  dbname: string,
  { from, to, grants }: Omit<UserClone, 'password'>,
  { deadline, lock }: Preparation,
): Promise<'withdrawn' | { readonly created: boolean; readonly revoked: readonly RevokedRight[] }> => {
  const excess = grants !== undefined && (await revokesMuch(session, from, grants));
  const much = excess || (await planLots(session, { from, to })) !== undefined;
  if (!much && !(await needsLots(session, [from, to]))) return { created: false, revoked: [] };
  if (!(await lock())) return 'withdrawn';
  const revoked = excess ? [...(await prepareUserChange(session, dbname, { username: from, grants }, deadline))] : [];
  // Another worker may have done it meanwhile.
  const plan = await planLots(session, { from, to });
  let created = false;
  if (plan) {
    created = await makeRoles(session, plan.circle);
    await applyLots(session, plan, deadline);
    // A new user has lost nothing.
    if (!created) revoked.push(...plan.revoked);
  }
  if (await needsLots(session, [from, to])) await moveInLots(session, { from, to }, deadline);
  return { created, revoked };
};

const needsLots = async (session: Session, users: readonly string[]): Promise<boolean> =>
  (await lotsOf(session, users)).length > 1;

/** The session must hold the users' locks. Makes the owner role where it does not exist. */
const moveInLots = async (
  session: Session,
  { from, to }: Pick<UserClone, 'from' | 'to'>,
  deadline: Deadline,
): Promise<void> => {
  const owner = ownerOf(to);
  const users = await session.transaction(async () => {
    const roles = await lookUpRoles(session, [from, to, owner]);
    const present = [from, to].filter((name) => roles.get(name));
    await refuseClone(session, roles, { from, to });
    if (!roles.get(owner)) await createOwner(session, to);
    const circle: Circle = { from, to, owner, version: roles.version };
    await actingAs(session, roles, [...present, owner], async () => {
      await joinOwner(session, circle);
      await equaliseOwner(session, circle, ownersRights);
    });
    return present;
  });
  const lots = await lotsOf(session, users);
  for (const [index, lot] of lots.entries()) {
    refuseWithoutTime(deadline, `move everything to "${owner}"`, { done: index, lots: lots.length });
    await session.transaction(async () => {
      const roles = await lookUpRoles(session, [...users, owner]);
      await actingAs(session, roles, [...users, owner], () => reassignLot(session, users, owner, lot));
    });
  }
};

/** Gives the owner role what its users made since. The session must hold their locks. */
export const settle = async (
  session: Session,
  users: readonly string[],
  deadline: Deadline,
): Promise<'settled' | 'nothing'> => {
  const [first] = users;
  if (first === undefined) return 'nothing';
  const owner = ownerOf(first);
  const known = await lookUpRoles(session, [...users, owner]);
  if (!findOwner(known, first)) return 'nothing';
  const present = users.filter((name) => known.get(name));
  await refuseSubscriptions(session, present);
  const lots = await lotsOf(session, present);
  for (const lot of lots.length > 1 ? lots : []) {
    if (deadline.remainingMs() < leastMs) return 'settled';
    await inTransaction(session, [...present, owner], () => reassignLot(session, present, owner, lot));
  }
  await inTransaction(session, [...present, owner], () => reassign(session, present, owner));
  return 'settled';
};

const inTransaction = (session: Session, names: readonly string[], work: () => Promise<void>): Promise<void> =>
  session.transaction(async () => {
    const roles: Roles = await lookUpRoles(session, names);
    await actingAs(session, roles, names, work);
  });
