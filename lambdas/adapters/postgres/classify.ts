/** Says what kind of failure a driver's error is. SQLSTATE codes, not messages: these are in the server's language. */
import pg from 'pg';
import { DatabaseError, type DatabaseErrorKind } from '../../rotation/rotation-error.ts';
import { connectionFailure, errorCode } from '../connection-failure.ts';

interface Failure {
  readonly kind: DatabaseErrorKind;
  readonly retryable: boolean;
  /** @default what the kind says */
  readonly explanation?: string;
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html; the longest prefix counts. */
const bySqlState: readonly (readonly [prefix: string, failure: Failure])[] = [
  // A password that is wrong, expired or not set, and a user who does not exist: the server tells them apart to nobody.
  ['28P01', { kind: 'auth', retryable: false }],
  // NOLOGIN, no line in pg_hba.conf, another method than passwords: no password of this user would be accepted.
  ['28', { kind: 'locked', retryable: false }],
  ['42501', { kind: 'privilege', retryable: false }],
  ['08', { kind: 'network', retryable: true }],
  // Shutting down, crashed, starting up.
  ['57P', { kind: 'network', retryable: true }],
  ['53300', { kind: 'network', retryable: true, explanation: 'the server takes no more connections' }],
  // Disk, memory: the server answers, but can not.
  ['53', { kind: 'unknown', retryable: true, explanation: 'the server has run out of a resource' }],
  // A replica, or the writer that was until a moment ago: the name will lead to the new one.
  ['25006', { kind: 'network', retryable: true, explanation: 'this server is read-only, and so not the writer' }],
  // A statement or a lock took too long: another worker holds the lock.
  ['57014', { kind: 'unknown', retryable: true }],
  ['55P03', { kind: 'unknown', retryable: true }],
  // Serialisation failures and deadlocks.
  ['40', { kind: 'unknown', retryable: true }],
  // "tuple concurrently updated", where somebody else alters the same role.
  ['XX000', { kind: 'unknown', retryable: true }],
];

/** The driver's own errors have a message and nothing else. */
const driverMessages: readonly (readonly [text: string, failure: Failure])[] = [
  ['The server does not support SSL connections', { kind: 'tls', retryable: false }],
  ['There was an error establishing an SSL connection', { kind: 'tls', retryable: false }],
  ['timeout expired', { kind: 'network', retryable: true }],
  ['Query read timeout', { kind: 'network', retryable: true }],
  ['Connection terminated', { kind: 'network', retryable: true }],
  ['Client has encountered a connection error', { kind: 'network', retryable: true }],
];

const explanations: Readonly<Record<DatabaseErrorKind, string>> = {
  network: 'the database can not be reached or does not answer',
  tls: 'no trusted TLS connection; there is no falling back to plaintext',
  auth: 'user name or password refused',
  locked: 'the server lets this user in with no password (NOLOGIN, pg_hba.conf, another method)',
  privilege: 'a privilege is missing',
  unknown: 'the database refused',
};

/**
 * @param doing - what was tried, with user and address: `log in as "app" to db:5432/orders`.
 * @param uncertain - it was a commit: a server that fails in it may come up again with what was committed.
 */
export const classify = (error: unknown, doing: string, uncertain = false): DatabaseError => {
  const { kind, retryable, explanation = explanations[kind] } = failureOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  // Of a missing privilege the server says in the detail whose it would be; other details can quote data.
  const detail = error instanceof pg.DatabaseError && kind === 'privilege' && error.detail ? `; ${error.detail}` : '';
  return new DatabaseError(
    kind,
    `Could not ${doing}: ${explanation} (${errorCode(error) ?? 'no code'}: ${reason}${detail})`,
    {
      retryable,
      cause: error,
      uncertain,
    },
  );
};

const failureOf = (error: unknown): Failure => {
  const unknown: Failure = { kind: 'unknown', retryable: false };
  if (error instanceof pg.DatabaseError) return longestPrefix(error.code ?? '') ?? unknown;
  const message = error instanceof Error ? error.message : '';
  return connectionFailure(error) ?? driverMessages.find(([text]) => message.includes(text))?.[1] ?? unknown;
};

const longestPrefix = (code: string): Failure | undefined =>
  bySqlState.filter(([prefix]) => code.startsWith(prefix)).sort(([a], [b]) => b.length - a.length)[0]?.[1];
