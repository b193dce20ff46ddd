/** What a rotation will change, and an operator should know before. */
import type { AdminTask, Notice } from '../port.ts';
import { lostRoles } from './clone.ts';
import { userDatabase, type Session } from './session.ts';
import { findUser, getUser, namesakes } from './users.ts';

export const noticesFor = async (session: Session, task: AdminTask): Promise<readonly Notice[]> => {
  const { username } = task;
  if (username === session.username) return [];
  const elsewhere = (await namesakes(session, username)).map((database): Notice => ({
    code: 'accounts-apart',
    message: `User "${username}" of the database "${database}" is another user, with a password that the rotation does not change: let applications log in with authSource=${userDatabase}`,
  }));
  return [...elsewhere, ...(await revocations(session, task))];
};

const revocations = async (session: Session, { username, twin }: AdminTask): Promise<readonly Notice[]> => {
  if (twin === undefined) return [];
  const other = await findUser(session, twin);
  if (!other) return [];
  return lostRoles(other, await getUser(session, username)).map(({ privilege, object }) => ({
    code: 'right-revoked',
    message: `The rotation will revoke the role ${privilege} on ${object} from "${twin}", since "${username}" does not have it: grant it to that user if it is needed`,
  }));
};
