/** What a rotation will change, and an operator should know before. */
import type { AdminTask, Notice } from '../../rotation/ports.ts';
import { lostRoles } from './clone.ts';
import type { Session } from './session.ts';
import { findUser, getUser } from './users.ts';

export const noticesFor = async (session: Session, { username, twin }: AdminTask): Promise<readonly Notice[]> => {
  if (twin === undefined || username === session.username) return [];
  const other = await findUser(session, twin);
  if (!other) return [];
  return lostRoles(other, await getUser(session, username)).map(({ privilege, object }) => ({
    code: 'right-revoked',
    message: `The rotation will revoke the role ${privilege} on ${object} from "${twin}", since "${username}" does not have it: grant it to that user if it is needed`,
  }));
};
