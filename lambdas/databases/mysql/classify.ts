/** Says what kind of failure a driver's error is. Error numbers, not messages: these are in the server's language. */
import { isCodedError } from '../../../lib/contract/index.ts';
import { DatabaseError, EngineError, type DatabaseErrorKind } from '../errors.ts';
import { connectionFailure, errorCode } from '../connection-failure.ts';

interface Failure {
  readonly kind: DatabaseErrorKind;
  readonly retryable: boolean;
}

/** The server's own numbers: https://dev.mysql.com/doc/mysql-errors/9.0/en/, https://mariadb.com/kb/en/mariadb-error-codes/ */
export const serverError = {
  accessDenied: 1045,
  parse: 1064,
  noSuchThread: 1094,
  killDenied: 1095,
  noSuchTable: 1146,
  noSuchColumn: 1054,
  noSuchRoutine: 1305,
  noSuchGrant: 1141,
  noSuchTableGrant: 1147,
  noSuchRoutineGrant: 1403,
  currentPasswordWanted: 3892,
} as const;

/** Of password policies: the length or the characters, the history. */
const passwordRefusals: ReadonlySet<number> = new Set([1819, 3638, 3894]);

const locked: Failure = { kind: 'locked', retryable: false };
const privilege: Failure = { kind: 'privilege', retryable: false };
const network: Failure = { kind: 'network', retryable: true };
const tls: Failure = { kind: 'tls', retryable: false };
const passing: Failure = { kind: 'unknown', retryable: true };
const unknown: Failure = { kind: 'unknown', retryable: false };

/** Refusals of a login. The same numbers in answer to a statement are about privileges, see {@link byNumber}. */
const atLogin: ReadonlyMap<number, Failure> = new Map([
  [serverError.accessDenied, { kind: 'auth', retryable: false } as const],
  // The account takes no password at all, but a socket's owner or a token.
  [1698, locked],
]);

const byNumber: ReadonlyMap<number, Failure> = new Map([
  // What an admin may not grant is "access denied" too, with no word about which privilege.
  [serverError.accessDenied, privilege],
  [1698, privilege],
  [1044, privilege],
  [1142, privilege],
  [1143, privilege],
  [1227, privilege],
  [1370, privilege],
  [1410, privilege],
  [serverError.killDenied, privilege],
  [3619, privilege],
  // The host may not log in, or was blocked for its many errors.
  [1129, locked],
  [1130, locked],
  // Account locked: MySQL, MariaDB; for a time, after too many wrong passwords: MySQL, MariaDB.
  [3118, locked],
  [4151, locked],
  [3955, locked],
  [4150, locked],
  // The password has expired.
  [1820, locked],
  [1862, locked],
  // The account has another method than this client.
  [1251, locked],
  [1275, locked],
  [3159, tls],
  // Too many connections, of all and of this user; out of memory.
  [1040, network],
  [1041, network],
  [1203, network],
  [1226, network],
  // Shutting down, ending connections.
  [1053, network],
  [1077, network],
  [1079, network],
  [1080, network],
  [1152, network],
  [1158, network],
  [1159, network],
  [1160, network],
  [1161, network],
  [1184, network],
  [1927, network],
  [3169, network],
  [4031, network],
  // Not the writer, or not any more: the name that was looked up follows within the minute.
  [1290, passing],
  [1836, passing],
  // Waited too long for a lock, or was chosen to end a deadlock, or took too long.
  [1205, passing],
  [1213, passing],
  [1317, passing],
  [1969, passing],
  [3024, passing],
]);

/** The driver's own codes. */
const byCode: ReadonlyMap<string, Failure> = new Map([
  ['PROTOCOL_CONNECTION_LOST', network],
  ['PROTOCOL_SEQUENCE_TIMEOUT', network],
  ['PROTOCOL_PACKETS_OUT_OF_ORDER', network],
  ['HANDSHAKE_NO_SSL_SUPPORT', tls],
  ['HANDSHAKE_SSL_ERROR', tls],
  ['AUTH_SWITCH_PLUGIN_ERROR', locked],
  ['MYSQL_CLEAR_PASSWORD_NOT_ENABLED', locked],
  ['STRONGROOM_PLAINTEXT', tls],
]);

const explanations: Readonly<Record<DatabaseErrorKind, string>> = {
  network: 'the database can not be reached or does not answer',
  tls: 'no trusted TLS connection; there is no falling back to plaintext',
  auth: 'user name or password refused',
  locked: 'the login is refused whatever the password (account locked, password expired, host blocked, another method)',
  privilege: 'a privilege is missing',
  unknown: 'the database refused',
};

export interface Attempt {
  /** What was tried, with user and address: `log in as "app" at db:3306`. */
  readonly doing: string;
  readonly phase: 'login' | 'statement' | 'change';
}

/** @param error - what the driver threw; loses the statement that the driver adds to it, for that can hold a password. */
export const classify = (error: unknown, { doing, phase }: Attempt): EngineError => {
  if (error instanceof Error && 'sql' in error) delete error.sql;
  const { kind, retryable } = failureOf(error, phase);
  const number = numberOf(error);
  if (number !== undefined && passwordRefusals.has(number)) return passwordRefused(error, number, doing);
  const code = number === undefined ? errorCode(error) : String(number);
  // The server quotes the statement that it does not understand.
  const quoting = number === serverError.parse;
  const reason = quoting ? 'it does not know this statement' : error instanceof Error ? error.message : String(error);
  return new DatabaseError(kind, `Could not ${doing}: ${explanations[kind]} (${code ?? 'no code'}: ${reason})`, {
    retryable,
    ...(!quoting && { cause: error }),
    uncertain: phase === 'change' && kind === 'network',
  });
};

const passwordRefused = (error: unknown, number: number, doing: string): EngineError =>
  new EngineError(
    'password-refused',
    `Could not ${doing}: a password policy of the server refuses the password (${number}: ${error instanceof Error ? error.message : ''}); nothing was changed`,
    { retryable: false, cause: error },
  );

/** The server's number of what went wrong. */
export const errorNumber = (error: unknown): number | undefined =>
  isCodedError(error) ? numberOf(error.cause) : undefined;

const failureOf = (error: unknown, phase: Attempt['phase']): Failure => {
  const number = numberOf(error);
  if (number !== undefined)
    return (phase === 'login' ? atLogin.get(number) : undefined) ?? byNumber.get(number) ?? unknown;
  // The driver replaces Node's code by its own, so that a peer that hung up during the handshake looks like a bad certificate.
  if (error instanceof Error && error.message.includes('disconnected before secure TLS connection')) return network;
  return byCode.get(errorCode(error) ?? '') ?? connectionFailure(error) ?? unknown;
};

/** Node's errors have numbers too, below zero. */
const numberOf = (error: unknown): number | undefined =>
  error instanceof Error && 'errno' in error && typeof error.errno === 'number' && error.errno > 0
    ? error.errno
    : undefined;
