/**
 * Takes two users over from AWS's rotation function, where the second has its rights by being a member of the first:
 * each gets what the other has, and the membership goes, so that from then on they are equal on their own.
 */
import { escapeIdentifier } from 'pg';
import { DatabaseError } from '../errors.ts';
import { abilities } from './rights/attributes.ts';
import { defaultsForOthers, defaultsFromOthers } from './rights/default-privileges.ts';
import { memberships } from './rights/memberships.ts';
import { unitePolicies } from './rights/policies.ts';
import { privileges } from './rights/privileges.ts';
import { giveMissing, type Circle, type RightsReader } from './rights/right.ts';
import { newSettings } from './rights/settings.ts';
import { explicitMembership } from './session/roles.ts';
import type { Session } from './session/session.ts';

interface Link {
  readonly role: string;
  readonly member: string;
  readonly grantor: string;
}

const linksQuery = `
  SELECT r.rolname AS role, m.rolname AS member, g.rolname AS grantor
    FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member JOIN pg_roles g ON g.oid = a.grantor
   WHERE r.rolname = ANY($1) AND m.rolname = ANY($1)`;

export const twinLinks = (session: Session, users: readonly string[]): Promise<readonly Link[]> =>
  session.query<Link>(linksQuery, [users]);

/** The admin must act as all of the circle. */
export const dissolveTwinMembership = async (session: Session, circle: Circle): Promise<void> => {
  const { from, to, version } = circle;
  const links = await twinLinks(session, [from, to]);
  if (links.length === 0) return;
  await shareRights(session, circle);
  for (const { role, member, grantor } of links) {
    const by = version >= explicitMembership ? ` GRANTED BY ${escapeIdentifier(grantor)}` : '';
    await tryOut(session, `REVOKE ${escapeIdentifier(role)} FROM ${escapeIdentifier(member)}${by}`);
  }
};

/** Gives each of the two what the other has; nothing is taken. Of settings, one that both have stays as it is. */
export const shareRights = async (session: Session, circle: Circle): Promise<void> => {
  const { from, to } = circle;
  const readers = [memberships, privileges, defaultsFromOthers, namedDefaults, abilities];
  for (const [model, holder] of [
    [from, to],
    [to, from],
  ] as const) {
    await giveMissing(session, circle, { model, holder }, readers);
    await giveMissing(session, circle, { model, holder }, [newSettings(holder)]);
  }
  await unitePolicies(session, circle);
};

/** What PUBLIC gets by default is built in: the one of the two who gives less is the one who was told to. */
const namedDefaults: RightsReader = async (session, holders, circle) =>
  (await defaultsForOthers(session, holders, circle)).filter(({ privilege }) => !privilege.endsWith(' for PUBLIC'));

/** A membership that someone else granted stays: with equal rights of their own it gives neither of them more. */
const tryOut = async (session: Session, statement: string): Promise<void> => {
  await session.run(['SAVEPOINT attempt']);
  try {
    await session.run([statement, 'RELEASE SAVEPOINT attempt']);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.kind !== 'privilege') throw error;
    await session.run(['ROLLBACK TO SAVEPOINT attempt', 'RELEASE SAVEPOINT attempt']);
  }
};
