/** Finds out whether the admin may do what a rotation needs: by doing all of it and undoing it. */
import { randomBytes } from 'node:crypto';
import { alternateUser } from '../../../lib/contract/index.ts';
import type { AdminTask } from '../../rotation/ports.ts';
import { applyClone } from './clone.ts';
import { lockUsers } from './lock.ts';
import { baseOf } from './ownership.ts';
import type { Session } from './session.ts';
import { applyUserChange } from './users.ts';

/** Nobody logs in with it: it is undone before anybody could. */
const password = randomBytes(24).toString('base64url');

const rehearsed = () => Promise.resolve(true);

/** Locks what the change would lock, and no longer than that. @throws what the change itself would throw. */
export const rehearse = async (session: Session, dbname: string, task: AdminTask): Promise<void> => {
  // Every role may change its own password, and the login has shown that there is one.
  if (task.strategy === 'admin') return;
  const { username, strategy, grants } = task;
  const from = strategy === 'alternating-users' ? baseOf(username) : username;
  const to = alternateUser(from, from);
  await session.rehearsal(async () => {
    await lockUsers(session, [from, to], rehearsed);
    const change = { username: from, password, resetPassword: false, version: 'rehearsal', ...(grants && { grants }) };
    await applyUserChange(session, dbname, change);
    if (strategy === 'alternating-users') await applyClone(session, dbname, { from, to, password });
  });
};
