/**
 * Sets what a session does to what the rotation was written for. A session inherits settings from the server, the
 * database and the role, and a login trigger can add more: none of them may change what the engine does.
 */
import { DatabaseError, EngineError } from '../../errors.ts';

export interface SessionIdentity {
  readonly pid: number;
  readonly sessionUser: string;
  readonly currentUser: string;
}

/** Names in a search path of our own choice find the server's own functions and operators only. */
export const searchPath = 'pg_catalog, pg_temp';

/** A worker that dies without closing its connection must not hold locks for ever. */
const idleInTransactionMs = 300_000;

/** Set where the server knows them: some are newer than PostgreSQL 15. Values stay free of quotes and backslashes. */
const settings = (timeoutMs: number): Readonly<Record<string, string>> => ({
  statement_timeout: String(timeoutMs),
  lock_timeout: String(timeoutMs),
  idle_in_transaction_session_timeout: String(idleInTransactionMs),
  idle_session_timeout: '0',
  transaction_timeout: '0',
  default_transaction_read_only: 'off',
  // Under a lock that was waited for, a query must see what the holder before committed.
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  row_security: 'on',
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  backslash_quote: 'safe_encoding',
  transform_null_equals: 'off',
  array_nulls: 'on',
  quote_all_identifiers: 'off',
  // The server only warns of grants that it did not make.
  client_min_messages: 'warning',
  exit_on_error: 'off',
  password_encryption: 'scram-sha-256',
  createrole_self_grant: '',
  datestyle: 'ISO, YMD',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  xmloption: 'content',
});

/**
 * For the simple protocol, as the first message of a session. `SET ROLE NONE`, since `RESET ROLE` returns to the role
 * that is set for the user.
 */
export const resetStatement = (timeoutMs: number): string => {
  const wanted = Object.entries(settings(timeoutMs)).map(([name, value]) => `('${name}', '${value}')`);
  return [
    'SET SESSION AUTHORIZATION DEFAULT',
    'SET ROLE NONE',
    `SET search_path TO ${searchPath}`,
    // A password that a crash of the server takes back would already be the promoted one.
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'",
    `SELECT count(set_config(known.name, wanted.value, false))
       FROM (VALUES ${wanted.join(', ')}) wanted (name, value) JOIN pg_settings known ON lower(known.name) = wanted.name`,
    'SELECT pg_backend_pid() AS pid, session_user AS "sessionUser", current_user AS "currentUser"',
  ].join(';\n');
};

/**
 * @param announcedPid - what the other side called its process when the login ended. A pooler or proxy has its own.
 * @throws EngineError `proxy-endpoint`; DatabaseError `database-privilege`.
 */
export const refuseOtherIdentity = (
  { pid, sessionUser, currentUser }: SessionIdentity,
  username: string,
  announcedPid: number | undefined,
  where: string,
): void => {
  if (announcedPid !== undefined && announcedPid !== pid) throw behindPooler(where);
  const other = [sessionUser, currentUser].find((name) => name !== username);
  if (other === undefined) return;
  throw new DatabaseError(
    'privilege',
    `Could not log in as ${where}: the session acts as "${other}" and not as "${username}", so a change would reach another user; remove what sets that, such as a login trigger`,
    { retryable: false },
  );
};

/** The pooler has users and passwords of its own, which a rotation does not reach. */
export const behindPooler = (where: string, cause?: unknown): EngineError =>
  new EngineError(
    'proxy-endpoint',
    `Could not log in as ${where}: a pooler or proxy answers there (such as PgBouncer) and not the database. It has passwords of its own, which can be old. Name the database itself as rotation.host and rotation.port; applications can still use the pooler${cause instanceof Error ? ` (it said: ${cause.message})` : ''}`,
    { retryable: false, cause },
  );
