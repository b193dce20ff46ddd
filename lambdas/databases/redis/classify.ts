/** Says what kind of failure an error is: by the first word of the server's answer, which is a code. */
import { DatabaseError, type DatabaseErrorKind } from '../errors.ts';
import { connectionFailure, errorCode } from '../connection-failure.ts';
import { ServerRefusal } from './connection.ts';

interface Failure {
  readonly kind: DatabaseErrorKind;
  readonly retryable: boolean;
}

/** https://redis.io/docs/latest/develop/reference/protocol-spec/#simple-errors: "the first word is the kind of error". */
const byCode: Readonly<Record<string, Failure>> = {
  // A wrong password, no password, an unknown user, a user who is off: the server does not distinguish them.
  WRONGPASS: { kind: 'auth', retryable: false },
  NOAUTH: { kind: 'auth', retryable: false },
  NOPERM: { kind: 'privilege', retryable: false },
  // Protected mode: without a password for "default", only the server's own machine gets in.
  DENIED: { kind: 'locked', retryable: false },
  // Starting up, or a replica whose primary is gone.
  LOADING: { kind: 'network', retryable: true },
  MASTERDOWN: { kind: 'network', retryable: true },
  // No longer, or not yet, the one that takes writes: it was a primary before a failover, or will be after it.
  READONLY: { kind: 'network', retryable: true },
  CLUSTERDOWN: { kind: 'network', retryable: true },
  // A script runs for long, memory or disk is full, replicas are too far behind.
  BUSY: { kind: 'unknown', retryable: true },
  OOM: { kind: 'unknown', retryable: true },
  MISCONF: { kind: 'unknown', retryable: true },
  NOREPLICAS: { kind: 'unknown', retryable: true },
};

/** These have the code ERR, as most have. */
const byMessage: readonly (readonly [text: string, failure: Failure])[] = [
  ['max number of clients', { kind: 'network', retryable: true }],
];

const explanations: Readonly<Record<DatabaseErrorKind, string>> = {
  network: 'the server can not be reached, does not answer, or is not ready',
  tls: 'no trusted TLS connection; there is no falling back to plaintext',
  auth: 'user name or password refused, or the user is off',
  locked: 'the login is refused whatever the password',
  privilege: 'a permission is missing',
  unknown: 'the server refused',
};

/** @param doing - what was tried, with user and address: `log in as "app" to cache:6379`. */
export const classify = (error: unknown, doing: string, uncertain = false): DatabaseError => {
  const { kind, retryable } = failureOf(error);
  const reason = error instanceof Error ? error.message : String(error);
  const code = errorCode(error) ?? 'no code';
  const said = reason.startsWith(code) ? reason : `${code}: ${reason}`;
  return new DatabaseError(kind, `Could not ${doing}: ${explanations[kind]} (${said})`, {
    retryable,
    cause: error,
    uncertain: uncertain && kind === 'network' && !(error instanceof ServerRefusal),
  });
};

const failureOf = (error: unknown): Failure => {
  const unknown: Failure = { kind: 'unknown', retryable: false };
  if (!(error instanceof ServerRefusal)) return connectionFailure(error) ?? unknown;
  return byCode[error.code] ?? byMessage.find(([text]) => error.message.includes(text))?.[1] ?? unknown;
};
