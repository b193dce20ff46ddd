/** Ends a user: blocks its logins, ends its sessions, and for `drop` transfers what it owns and drops it. */
import { escapeIdentifier } from 'pg';
import type { Deadline } from '../../runtime/deadline.ts';
import type { UserRevocation } from '../port.ts';
import { EngineError } from '../errors.ts';
import { sessionsLeft } from '../session-end.ts';
import { actingAs } from './act-as.ts';
import { settle } from './batches.ts';
import { blocking } from './containment.ts';
import { migrationUsers } from './migration-users.ts';
import { ownerComment, ownerOf, refuseElsewhere } from './ownership.ts';
import { reassign } from './reassign.ts';
import type { Circle } from './rights/right.ts';
import { applyLots, planSharing } from './rights-in-lots.ts';
import { lookUpRoles, refuseUntouchable } from './session/roles.ts';
import type { Session } from './session/session.ts';
import { shareRights, twinLinks } from './take-over.ts';

/** The session must hold the user's lock. Each part is committed by itself, and finds done what was done before. */
export const applyRevocation = async (
  session: Session,
  { username, then, heir }: UserRevocation,
  deadline: Deadline,
): Promise<'revoked' | 'absent'> => {
  const blocked = await session.transaction(() => block(session, username));
  if (!blocked) return 'absent';
  await endSessions(session, username, deadline);
  if (then === 'drop') {
    await settle(session, [username], deadline);
    await shareInLots(session, username, heir, deadline);
    await session.transaction(() => drop(session, username, heir));
  }
  return 'revoked';
};

const block = async (session: Session, username: string): Promise<boolean> => {
  const roles = await lookUpRoles(session, [username]);
  const role = roles.get(username);
  if (!role) return false;
  refuseUntouchable(roles, role);
  await session.run(blocking(role));
  return true;
};

const endSessions = async (session: Session, username: string, deadline: Deadline): Promise<void> => {
  const endAll = async (): Promise<number> => {
    const sessions = await session.query('SELECT FROM pg_stat_activity WHERE usename = $1', [username]);
    if (sessions.length === 0) return 0;
    await session.transaction(async () => {
      const roles = await lookUpRoles(session, [username]);
      await actingAs(session, roles, [username], () =>
        session.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1', [username]),
      );
    });
    return sessions.length;
  };
  if ((await sessionsLeft(endAll, deadline)) === 0) return;
  throw new EngineError(
    'sessions-remain',
    `User "${username}" can no longer log in, but its sessions have not ended: check in pg_stat_activity what they do; the function tries again`,
    { retryable: true },
  );
};

/** An heir that has its rights as a member of the one that goes gets them itself. */
const shareInLots = async (session: Session, username: string, heir: string, deadline: Deadline): Promise<void> => {
  const links = await twinLinks(session, [username, heir]);
  const plan = links.some(({ member }) => member === heir)
    ? await planSharing(session, { from: username, to: heir })
    : undefined;
  if (plan) await applyLots(session, plan, deadline);
};

const drop = async (session: Session, username: string, heir: string): Promise<void> => {
  await refuseElsewhere(session, [username], `drop user "${username}"`);
  const roles = await lookUpRoles(session, [username, heir, ownerOf(username)]);
  // An owner role that the two shared keeps what it owns, and the heir is its member.
  const shared = roles.get(ownerOf(username));
  const next = shared?.comment === ownerComment(username) ? shared : roles.get(heir);
  if (!next) {
    throw new EngineError(
      'user-missing',
      `User "${heir}", which gets what "${username}" owns, does not exist: create it`,
      { retryable: false },
    );
  }
  const user = escapeIdentifier(username);
  const circle: Circle = { from: username, to: heir, owner: ownerOf(username), version: roles.version };
  const acting = new Set([username, next.name, ...(roles.get(heir) ? [heir] : []), ...(await migrationUsers(session))]);
  await actingAs(session, roles, [...acting], async () => {
    // An heir that has its rights as a member of the one that goes would lose them.
    const links = roles.get(heir) ? await twinLinks(session, [username, heir]) : [];
    if (links.some(({ member }) => member === heir)) await shareRights(session, circle);
    await reassign(session, [username], next.name);
    await session.run([`DROP OWNED BY ${user}`]);
  });
  await session.run([`DROP ROLE ${user}`]);
};
