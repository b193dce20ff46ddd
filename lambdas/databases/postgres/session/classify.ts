/** Says what kind of failure a driver's error is. SQLSTATE codes, not messages: these are in the server's language. */
import pg from 'pg';
import { DatabaseError, type DatabaseErrorKind } from '../../errors.ts';
import { connectionFailure, errorCode } from '../../connection-failure.ts';

interface Failure {
  readonly kind: DatabaseErrorKind;
  readonly retryable: boolean;
  /** @default what the kind says */
  readonly explanation?: string;
}

/** https://www.postgresql.org/docs/current/errcodes-appendix.html; the longest prefix counts. */
const bySqlState: readonly (readonly [prefix: string, failure: Failure])[] = [
  // A password that is wrong, expired or not set, and a user who does not exist: the server does not distinguish them.
  ['28P01', { kind: 'auth', retryable: false }],
  // No password of this user would be accepted.
  ['28', { kind: 'locked', retryable: false }],
  ['42501', { kind: 'privilege', retryable: false }],
  ['08', { kind: 'network', retryable: true }],
  // Shutting down, crashed, starting up.
  ['57P', { kind: 'network', retryable: true }],
  ['53300', { kind: 'network', retryable: true, explanation: 'the server takes no more connections' }],
  // Disk, memory: the server answers, but can not.
  [
    '53200',
    {
      kind: 'unknown',
      retryable: true,
      explanation:
        'the server has no room for more locks or work: for thousands of tables raise max_locks_per_transaction',
    },
  ],
  ['53', { kind: 'unknown', retryable: true, explanation: 'the server has run out of a resource' }],
  // A replica, or the writer that was until a moment ago: the name will lead to the new one.
  ['25006', { kind: 'network', retryable: true, explanation: 'this server is read-only, and so not the writer' }],
  // A statement or a lock took too long: another worker holds the lock.
  ['57014', { kind: 'unknown', retryable: true }],
  ['55P03', { kind: 'unknown', retryable: true }],
  // A table, function, schema or role that was dropped or replaced while the rotation looked at it.
  ...['42P01', '42883', '3F000', '42704'].map((code) => [code, { kind: 'unknown', retryable: true }] as const),
  // Serialisation failures and deadlocks.
  ['40', { kind: 'unknown', retryable: true }],
  // "tuple concurrently updated", where somebody else alters the same role.
  ['XX000', { kind: 'unknown', retryable: true }],
];

/** Which part of the server refused a login with 28000: its messages are in its own language. */
const refusals: Readonly<Record<string, string>> = {
  InitializeSessionUserId: 'the user may not log in (NOLOGIN)',
  ClientAuthentication:
    'pg_hba.conf refuses this connection whatever the password: no line fits this address, user, database and TLS, a line rejects it, or it wants a client certificate',
  auth_failed: 'pg_hba.conf asks for another method than passwords, or rejects this connection',
};

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
  if (error instanceof DatabaseError) return error;
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
  if (error instanceof pg.DatabaseError) {
    const failure = longestPrefix(error.code ?? '') ?? unknown;
    const explanation = failure.kind === 'locked' ? refusals[error.routine ?? ''] : undefined;
    return explanation === undefined ? failure : { ...failure, explanation };
  }
  const message = error instanceof Error ? error.message : '';
  return connectionFailure(error) ?? driverMessages.find(([text]) => message.includes(text))?.[1] ?? unknown;
};

/**
 * PostgreSQL names the place in its source with every error, in all its versions. Poolers and proxies that refuse a login
 * themselves (PgBouncer, Odyssey, RDS Proxy) name none, and pass the code on: `28P01` says something about the passwords
 * that they keep. Without a code, or while starting, it can be a load balancer: that is the network's failure.
 */
export const isPoolerRefusal = (error: unknown): boolean =>
  error instanceof pg.DatabaseError &&
  error.routine === undefined &&
  error.file === undefined &&
  poolerCodes.some((prefix) => error.code?.startsWith(prefix));

/** Protocol, login, no such database, too many connections, internal error. */
const poolerCodes = ['08', '28', '3D000', '53300', 'XX000'] as const;

const longestPrefix = (code: string): Failure | undefined =>
  bySqlState.filter(([prefix]) => code.startsWith(prefix)).sort(([a], [b]) => b.length - a.length)[0]?.[1];
