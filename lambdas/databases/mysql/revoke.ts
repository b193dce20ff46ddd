/** Ends a user: no new login, no session, and then no user. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { UserRevocation } from '../port.ts';
import { EngineError } from '../errors.ts';
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
 * @throws EngineError `sessions-remain`; `strategy-impossible` where something is left that only works with this user.
 */
export const revokeAccounts = async (
  session: Session,
  dialect: Dialect,
  { username, then, heir }: UserRevocation,
): Promise<'revoked' | 'absent'> => {
  const accounts = await findUser(session, dialect, username);
  if (accounts.length === 0) return 'absent';
  const kill = await killsWith(session, dialect);
  await forgetPassword(session, dialect, accounts);
  await endSessions(session, username, kill);
  if (then === 'block') return 'revoked';
  await refuseDefiner(session, accounts, heir);
  await session.change(`DROP USER ${accounts.map(accountName).join(', ')}`);
  return 'revoked';
};

/** How long sessions have to end; a large transaction is rolled back first. */
const patienceMs = 5_000;
const pollMs = 50;

const endSessions = async (session: Session, username: string, kill: (id: number) => string): Promise<void> => {
  const end = Date.now() + Math.min(patienceMs, session.timeoutMs());
  for (;;) {
    const open = await session.query<{ id: number }>(
      'SELECT ID AS id FROM information_schema.PROCESSLIST WHERE USER = ?',
      [username],
    );
    if (open.length === 0) return;
    if (Date.now() > end) throw sessionsRemain(username, open.length);
    for (const { id } of open) await endSession(session, kill(id));
    await sleep(pollMs);
  }
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
    `User "${username}" is blocked, but ${count} of its sessions have not ended yet, though they were killed: they roll back what they did, or wait for a lock`,
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
    `User "${definers.join(', ')}" logs in no more, but can't be dropped: it is the definer of ${defined}, which would stop working, and the server can't give them to another. Create them again with DEFINER = ${heir}, and the next hourly sweep drops the user`,
    { retryable: false },
  );
};
