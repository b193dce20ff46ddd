/** Ends a user: no new login, no session, and then no user. */
import type { Deadline } from '../../runtime/deadline.ts';
import type { UserRevocation } from '../port.ts';
import { EngineError } from '../errors.ts';
import { sessionsLeft } from '../session-end.ts';
import { accountName, type Account } from './account.ts';
import { errorNumber, serverError } from './classify.ts';
import type { Dialect } from './dialect.ts';
import { forgetPassword } from './passwords.ts';
import { killsWith } from './privileges.ts';
import type { Session } from './session.ts';
import { findUser } from './users.ts';

/**
 * Blocked is who has a password that nobody knows. Locking the account would do too, but then nobody could tell any more
 * whether somebody locked it for a reason of their own, and the next rotation would unlock it.
 *
 * @throws EngineError `sessions-remain`; `strategy-impossible` if something is left that only works with this user.
 */
export const revokeAccounts = async (
  session: Session,
  dialect: Dialect,
  { username, then, heir }: UserRevocation,
  deadline: Deadline,
): Promise<'revoked' | 'absent'> => {
  const accounts = await findUser(session, dialect, username);
  if (accounts.length === 0) return 'absent';
  const kill = await killsWith(session, dialect);
  await forgetPassword(session, dialect, accounts);
  await endSessions(session, username, kill, deadline);
  if (then === 'block') return 'revoked';
  await refuseDefiner(session, accounts, heir);
  await session.change(`DROP USER ${accounts.map(accountName).join(', ')}`);
  return 'revoked';
};

const endSessions = async (
  session: Session,
  username: string,
  kill: (id: number) => string,
  deadline: Deadline,
): Promise<void> => {
  const endAll = async (): Promise<number> => {
    const open = await session.query<{ id: number }>(
      'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = ?',
      [username],
    );
    for (const { id } of open) await endSession(session, kill(id));
    return open.length;
  };
  const left = await sessionsLeft(endAll, deadline);
  if (left > 0) throw sessionsRemain(username, left);
};

/** It may have ended by itself meanwhile. */
const endSession = async (session: Session, sql: string): Promise<void> => {
  try {
    await session.query(sql);
  } catch (error) {
    if (errorNumber(error) !== serverError.noSuchThread) throw error;
  }
};

const sessionsRemain = (username: string, count: number): EngineError =>
  new EngineError(
    'sessions-remain',
    `User "${username}" is blocked, but ${count} of its sessions have not ended yet, although they were killed: they roll back their transactions, or wait for a lock`,
    { retryable: true },
  );

interface Defined {
  readonly kind: string;
  readonly database: string;
  readonly name: string;
}

/** What runs with the rights of its definer stops working once that is gone. */
const definedQuery = `
  SELECT 'view' AS kind, TABLE_SCHEMA AS \`database\`, TABLE_NAME AS name FROM information_schema.VIEWS WHERE DEFINER IN (?)
  UNION ALL
  SELECT LOWER(ROUTINE_TYPE), ROUTINE_SCHEMA, ROUTINE_NAME FROM information_schema.ROUTINES WHERE DEFINER IN (?)
  UNION ALL
  SELECT 'trigger', TRIGGER_SCHEMA, TRIGGER_NAME FROM information_schema.TRIGGERS WHERE DEFINER IN (?)
  UNION ALL
  SELECT 'event', EVENT_SCHEMA, EVENT_NAME FROM information_schema.EVENTS WHERE DEFINER IN (?)
  ORDER BY 1, 2, 3`;

/** How many are named. */
const shown = 5;

/** The views, routines, triggers and events that name one of these accounts, as a list for a message. */
export const definedBy = async (session: Session, accounts: readonly Account[]): Promise<string | undefined> => {
  const definers = accounts.map(({ username, host }) => `${username}@${host}`);
  const defined = await session.query<Defined>(definedQuery, [definers, definers, definers, definers]);
  if (defined.length === 0) return undefined;
  const named = defined.slice(0, shown).map(({ kind, database, name }) => `${kind} ${database}.${name}`);
  return `${named.join(', ')}${defined.length > shown ? ` and ${defined.length - shown} more` : ''}`;
};

const refuseDefiner = async (session: Session, accounts: readonly Account[], heir: string): Promise<void> => {
  const defined = await definedBy(session, accounts);
  if (defined === undefined) return;
  const definers = accounts.map(({ username, host }) => `${username}@${host}`);
  throw new EngineError(
    'strategy-impossible',
    `User "${definers.join(', ')}" can no longer log in, but can't be dropped: it is the definer of ${defined}, which would stop working, and the server can't give them to another. Create them again with DEFINER = ${heir}, and the next hourly sweep drops the user`,
    { retryable: false },
  );
};
