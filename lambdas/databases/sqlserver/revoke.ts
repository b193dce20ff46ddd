/** Ends a login: blocks it, ends its sessions, and for `drop` transfers what it owns and drops it. */
import type { Deadline } from '../../runtime/deadline.ts';
import type { UserRevocation } from '../port.ts';
import { EngineError } from '../errors.ts';
import { sessionsLeft } from '../session-end.ts';
import { findLogin, forgetPassword } from './logins.ts';
import { handOverTo, ownerRole } from './ownership.ts';
import type { Session } from './session.ts';
import { runAll } from './statements.ts';

/** The session must hold the login's lock. Each part is independent, and finds what was done before. */
export const applyRevocation = async (
  session: Session,
  { username, then, heir }: UserRevocation,
  deadline: Deadline,
): Promise<'revoked' | 'absent'> => {
  const login = await findLogin(session, username);
  if (!login) return 'absent';
  await forgetPassword(session, username);
  await endSessions(session, username, deadline);
  if (then === 'drop') await drop(session, username, heir);
  return 'revoked';
};

const sessionsOf = `
  SELECT N'KILL ' + CAST(session_id AS nvarchar(10)) AS statement
    FROM sys.dm_exec_sessions WHERE original_login_name = @login AND session_id <> @@SPID`;

const endSessions = async (session: Session, login: string, deadline: Deadline): Promise<void> => {
  const endAll = async (): Promise<number> => (await runAll(session, sessionsOf, { login })).length;
  if ((await sessionsLeft(endAll, deadline)) === 0) return;
  throw new EngineError(
    'sessions-remain',
    `Login "${login}" can no longer log in, but its sessions have not ended: check in sys.dm_exec_sessions what they do; the function tries again`,
    { retryable: true },
  );
};

const drop = async (session: Session, login: string, heir: string): Promise<void> => {
  const [shared] = await session.query<{ present: number }>(
    'SELECT 1 AS present WHERE DATABASE_PRINCIPAL_ID(@role) IS NOT NULL',
    { role: ownerRole(login) },
  );
  // An owner role that the two shared keeps what it owns, and the heir is its member.
  await handOverTo(session, login, shared ? ownerRole(login) : heir);
  await runAll(
    session,
    `SELECT N'DROP USER ' + QUOTENAME(d.name) AS statement
       FROM sys.database_principals d JOIN sys.server_principals s ON s.sid = d.sid WHERE s.name = @login`,
    { login },
  );
  await session.change(`DECLARE @statement nvarchar(max) = N'DROP LOGIN ' + QUOTENAME(@login); EXEC (@statement);`, {
    login,
  });
};
