/**
 * Moves thousands of relations to the owner role in lots, each a transaction of its own. The users go on using what has
 * moved, as members of the role; where it stops half way, the next try goes on.
 */
import type { Deadline } from '../../rotation/deadline.ts';
import type { UserClone } from '../../rotation/ports.ts';
import { DatabaseError } from '../../rotation/rotation-error.ts';
import { actingAs } from './act-as.ts';
import { refuseImpossible } from './clone.ts';
import { createOwner, findOwner, joinOwner, ownerOf, refuseElsewhere, refuseSubscriptions } from './ownership.ts';
import { lotsOf, reassign, reassignLot } from './reassign.ts';
import { equaliseOwner, type Circle } from './rights/right.ts';
import { ownersRights } from './rights/sets.ts';
import { lookUpRoles, type Roles } from './roles.ts';
import type { Session } from './session.ts';

/** Below this the change itself moves them, so that it happens wholly or not at all. */
export const needsLots = async (session: Session, users: readonly string[]): Promise<boolean> =>
  (await lotsOf(session, users)).length > 1;

/** The session must hold the users' locks. Makes the owner role where it does not exist. */
export const moveInLots = async (
  session: Session,
  { from, to }: Pick<UserClone, 'from' | 'to'>,
  deadline: Deadline,
): Promise<void> => {
  const owner = ownerOf(to);
  const users = await session.transaction(async () => {
    const roles = await lookUpRoles(session, [from, to, owner]);
    const present = [from, to].filter((name) => roles.get(name));
    refuseImpossible(roles, from, to);
    await refuseElsewhere(session, present, `move what "${from}" owns to "${owner}"`);
    await refuseSubscriptions(session, [from, to, owner]);
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
    if (deadline.remainingMs() < leastMs) {
      throw new DatabaseError(
        'unknown',
        `Could not move everything to "${owner}" in the time of one call: ${index} of ${lots.length} lots are done; a retry goes on from here`,
        { retryable: true },
      );
    }
    await session.transaction(async () => {
      const roles = await lookUpRoles(session, [...users, owner]);
      await actingAs(session, roles, [...users, owner], () => reassignLot(session, users, owner, lot));
    });
  }
};

const leastMs = 5_000;

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
