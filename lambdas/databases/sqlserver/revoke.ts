/** Ends a login: blocks it, ends its sessions, and where it shall go, hands on what it owns and drops it. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Deadline } from '../../runtime/deadline.ts';
import type { UserRevocation } from '../port.ts';
import { EngineError } from '../errors.ts';
import { findLogin, forgetPassword } from './logins.ts';
import { handOverTo, ownerRole } from './ownership.ts';
import type { Session } from './session.ts';
import { runAll } from './statements.ts';

/** The session must hold the login's lock. Each part stands by itself, and finds done what was done before. */
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

/** A session that ends takes its time: about five seconds in all. */
const attempts = 25;
const pauseMs = 200;

const sessionsOf = `
  SELECT N'KILL ' + CAST(session_id AS nvarchar(10)) AS statement
    FROM sys.dm_exec_sessions WHERE original_login_name = @login AND session_id <> @@SPID`;

const endSessions = async (session: Session, login: string, deadline: Deadline): Promise<void> => {
  for (let attempt = 1; attempt <= attempts && deadline.remainingMs() > 0; attempt++) {
    if ((await runAll(session, sessionsOf, { login })).length === 0) return;
    await wait(pauseMs);
  }
  throw new EngineError(
    'sessions-remain',
    `Login "${login}" can not log in any more, but sessions of it have not ended: look at sys.dm_exec_sessions for what they do; this is tried again`,
    { retryable: true },
  );
};

const drop = async (session: Session, login: string, heir: string): Promise<void> => {
  const [shared] = await session.query<{ present: number }>(
    'SELECT 1 AS present WHERE DATABASE_PRINCIPAL_ID(@role) IS NOT NULL',
    { role: ownerRole(login) },
  );
  // Where the two shared an owner role it goes on owning, and the heir is its member.
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
