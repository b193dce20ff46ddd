/**
 * Gives and takes thousands of privileges in lots, each a transaction of its own: a grant locks its table until the end.
 * If it stops half way, the next attempt continues; a second user that did not exist can't log in before all is done.
 */
import type { Deadline } from '../../runtime/deadline.ts';
import type { RevokedRight } from '../port.ts';
import { DatabaseError } from '../errors.ts';
import { actingAs } from './act-as.ts';
import { refuseClone } from './clone.ts';
import { creatingBlocked } from './containment.ts';
import { isHalfMeasure } from './half-measures.ts';
import { intoLots, lockBudget, locksOf, refuseWithoutTime } from './lock-lots.ts';
import { migrationUsers } from './migration-users.ts';
import { createOwner, ownerOf } from './ownership.ts';
import { assigning, policiesToEqualise, policiesToUnite, type PolicyChange } from './rights/policies.ts';
import { privileges } from './rights/privileges.ts';
import { both, heldBy, lossesOf, readAll, unequal, without, type Circle, type Differences } from './rights/right.ts';
import { statementsOf, type Statement } from './rights/statements.ts';
import { lookUpRoles } from './session/roles.ts';
import type { Session } from './session/session.ts';
import { twinLinks } from './take-over.ts';

interface Step extends Differences {
  readonly holder: string;
}

export interface Plan {
  readonly circle: Circle;
  readonly lots: readonly (readonly Statement[])[];
  /** What the second user loses. */
  readonly revoked: readonly RevokedRight[];
  /** One of the rights that it is about, for messages. */
  readonly example: string;
  /** What is left of it. */
  readonly again: () => Promise<Plan | undefined>;
}

/** What the change of both users comes to; `undefined` if it is little enough for the one transaction of the change. */
export const planLots = async (
  session: Session,
  { from, to }: Pick<Circle, 'from' | 'to'>,
): Promise<Plan | undefined> => {
  const circle = await circleOf(session, from, to);
  const linked = (await twinLinks(session, [from, to])).length > 0;
  const steps = linked ? await toShare(session, circle, true) : await toEqualise(session, circle);
  const policies = await (linked ? policiesToUnite : policiesToEqualise)(session, circle);
  return plan(session, circle, { steps, policies, again: () => planLots(session, circle) });
};

/** The same for what each of the two has from the other. */
export const planSharing = async (
  session: Session,
  { from, to }: Pick<Circle, 'from' | 'to'>,
): Promise<Plan | undefined> => {
  const circle = await circleOf(session, from, to);
  const steps = await toShare(session, circle, false);
  const policies = await policiesToUnite(session, circle);
  return plan(session, circle, { steps, policies, again: () => planSharing(session, circle) });
};

const circleOf = async (session: Session, from: string, to: string): Promise<Circle> => {
  const { version } = await lookUpRoles(session, []);
  return { from, to, owner: ownerOf(to), version };
};

const plan = async (
  session: Session,
  circle: Circle,
  {
    steps,
    policies,
    again,
  }: { readonly steps: readonly Step[]; readonly policies: readonly PolicyChange[] } & Pick<Plan, 'again'>,
): Promise<Plan | undefined> => {
  const statements = [
    ...steps.flatMap((step) => statementsOf(step.holder, step)),
    // Each locks its table and the policy.
    ...policies.map((change) => ({ text: assigning(change), locks: 2 })),
  ];
  const budget = await lockBudget(session);
  if (locksOf(statements) <= budget) return undefined;
  const { to } = circle;
  const revoked = steps.filter(({ holder }) => holder === to).flatMap((step) => lossesOf(to, step));
  const [right] = steps.flatMap(({ takes, gives }) => [...takes, ...gives]);
  const example = right ? `${right.privilege} on ${right.object}` : `policy "${policies[0]?.name ?? ''}"`;
  return { circle, lots: intoLots(statements, budget), revoked, example, again };
};

const toEqualise = async (session: Session, circle: Circle): Promise<readonly Step[]> => {
  const { from, to, owner } = circle;
  const rights = await readAll(session, circle, [from, to, owner], [privileges]);
  const [ofFrom, ofTo, ofOwner] = [heldBy(rights, from), heldBy(rights, to), heldBy(rights, owner)];
  const lost = without(ofTo, ofFrom);
  return [
    { holder: owner, takes: both(ofOwner, lost), gives: without(ofFrom, ofOwner) },
    { holder: to, takes: lost, gives: without(ofFrom, ofTo) },
  ];
};

/** Of two users of AWS's function one has what the other has as its member: nothing is too much. */
const toShare = async (session: Session, circle: Circle, withOwner: boolean): Promise<readonly Step[]> => {
  const { from, to, owner } = circle;
  const rights = await readAll(session, circle, [from, to, owner], [privileges]);
  const [ofFrom, ofTo] = [heldBy(rights, from), heldBy(rights, to)];
  const others = without(ofTo, ofFrom);
  return [
    { holder: to, takes: [], gives: without(ofFrom, ofTo) },
    { holder: from, takes: [], gives: others },
    ...(withOwner ? [{ holder: owner, takes: [], gives: without([...ofFrom, ...others], heldBy(rights, owner)) }] : []),
  ];
};

/** Makes the roles that lots give to. @returns whether the second user was made, who can't log in yet. */
export const makeRoles = async (session: Session, circle: Circle): Promise<boolean> => {
  const { from, to, owner } = circle;
  return session.transaction(async () => {
    const roles = await lookUpRoles(session, [from, to, owner]);
    await refuseClone(session, roles, circle);
    if (!roles.get(to)) await session.run(creatingBlocked(to));
    if (!roles.get(owner)) await createOwner(session, to);
    return !roles.get(to);
  });
};

/**
 * The session must hold the users' locks, and the roles exist. What has changed since it was planned is for the one
 * transaction of the change, which compares all once more.
 *
 * @throws DatabaseError `database-privilege`, or retryable if no time is left.
 */
export const applyLots = async (session: Session, { circle, lots, again }: Plan, deadline: Deadline): Promise<void> => {
  for (const [done, lot] of lots.entries()) {
    refuseWithoutTime(deadline, `make "${circle.to}" the equal of "${circle.from}"`, { done, lots: lots.length });
    await session.transaction(() => applyLot(session, circle, lot));
  }
  // Of a grant that somebody else gave, the server takes nothing and says nothing.
  const left = await again();
  if (left) throw unequal(circle, `the server did not give or take ${left.example} and more`);
};

const applyLot = async (session: Session, circle: Circle, lot: readonly Statement[]): Promise<void> => {
  const { from, to, owner } = circle;
  const roles = await lookUpRoles(session, [from, to, owner]);
  const present = [from, to, owner].filter((name) => roles.get(name));
  const acting = new Set([...present, ...(await migrationUsers(session))]);
  const warned = session.warnings.length;
  try {
    await actingAs(session, roles, [...acting], () => session.run(lot.map(({ text }) => text)));
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'privilege') throw error;
    throw unequal(circle, error.message, error);
  }
  const refused = session.warnings.slice(warned).find(({ code }) => isHalfMeasure(code));
  if (refused) throw unequal(circle, refused.message);
};
