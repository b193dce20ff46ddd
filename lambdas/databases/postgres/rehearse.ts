/** Finds out whether the admin may do what a rotation needs: by doing all of it and undoing it. */
import { randomBytes } from 'node:crypto';
import { alternateUser } from '../../../lib/contract/index.ts';
import type { AdminTask, Notice, RevokedRight } from '../port.ts';
import { applyClone } from './clone.ts';
import { refuseByHostRules } from './host-rules.ts';
import { lockUsers } from './lock.ts';
import { findNotices } from './notices.ts';
import { baseOf } from './ownership.ts';
import { rehearseReassign } from './reassign.ts';
import { startTrial } from './rights/trial.ts';
import { missingPrivilege } from './session/roles.ts';
import type { Session } from './session/session.ts';
import { applyUserChange } from './users.ts';

/** Nobody logs in with it: it is undone before anybody could. */
const password = randomBytes(24).toString('base64url');

const rehearsed = () => Promise.resolve(true);

/**
 * Takes no lock on a table or anything that others use: what owners own is given away without the relations, which no
 * privilege stops.
 *
 * @returns what the change would take, pass over or meet. @throws what the change itself would throw.
 */
export const rehearse = async (session: Session, dbname: string, task: AdminTask): Promise<readonly Notice[]> => {
  // Every role may change its own password, and the login has shown that there is one.
  if (task.strategy === 'admin') return [];
  const { username: from, strategy, grants } = task;
  const to = strategy === 'alternating-users' ? (task.twin ?? alternateUser(baseOf(from), from)) : undefined;
  const notices = await findNotices(session, { from, ...(to !== undefined && { to }) });
  const revoked: RevokedRight[] = [];
  await session.rehearsal(async () => {
    await lockUsers(session, [from, ...(to === undefined ? [] : [to])], rehearsed);
    const change = {
      username: from,
      password,
      resetPassword: strategy === 'single-user',
      version: 'rehearsal',
      ...(grants && { grants }),
    };
    const trial = startTrial();
    revoked.push(...(await applyUserChange(session, dbname, change, trial)).revoked);
    if (to !== undefined) {
      revoked.push(
        ...(await applyClone(session, dbname, { from, to, password }, { give: rehearseReassign, trial })).revoked,
      );
    }
    await refuseWithoutConnect(session, from);
    for (const user of [from, ...(to === undefined ? [] : [to])]) await refuseByHostRules(session, user);
  });
  return [...revoked.map(asNotice), ...notices];
};

const asNotice = ({ username, privilege, object }: RevokedRight): Notice => ({
  code: 'right-revoked',
  message: `The rotation will take ${privilege} on ${object} from "${username}"; to keep it for both users, grant it to the one in use, or to the role that owns what they make`,
});

/** The new password would be right, and the login refused. */
const refuseWithoutConnect = async (session: Session, username: string): Promise<void> => {
  const [row] = await session.query<{ connect: boolean; dbname: string }>(
    "SELECT has_database_privilege($1, current_database(), 'CONNECT') AS connect, current_database()::text AS dbname",
    [username],
  );
  if (row?.connect ?? true) return;
  throw missingPrivilege(
    `User "${username}" may not connect to database "${row?.dbname ?? ''}", so no password would work: grant it CONNECT, or name another dbname`,
  );
};
