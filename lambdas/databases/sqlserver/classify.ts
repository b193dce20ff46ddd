/** Says what kind of failure a driver's error is. Numbers, not messages: these are in the server's language. */
import { DatabaseError, EngineError, type DatabaseErrorKind } from '../errors.ts';
import { connectionFailure, errorCode } from '../connection-failure.ts';

interface Failure {
  readonly kind: DatabaseErrorKind;
  readonly retryable: boolean;
}

const fails = (kind: DatabaseErrorKind, retryable: boolean, numbers: readonly number[]): [number, Failure][] =>
  numbers.map((number) => [number, { kind, retryable }]);

/** https://learn.microsoft.com/en-us/sql/relational-databases/errors-events/database-engine-events-and-errors */
const byNumber: ReadonlyMap<number, Failure> = new Map([
  // A wrong password and a login that does not exist: the server does not distinguish them.
  ...fails('auth', false, [18456]),
  // Locked out, expired, to be changed at the first login, disabled, not on this server, another method, a logon trigger.
  ...fails('locked', false, [18486, 18487, 18488, 18470, 18452, 18458, 17892]),
  // The database can't be opened with this login; permission denied on an object, a database, a server, a login.
  ...fails('privilege', false, [4060, 4064, 916, 229, 230, 262, 297, 300, 15151, 15247, 6102]),
  // Too many connections, shutting down, starting, a database that recovers or fails over, a busy host.
  ...fails('network', true, [17809, 17300, 6005, 17187, 921, 922, 40197, 40501, 40613, 10928, 10929, 49918]),
  // This server is not the writer: a read-only database, a secondary of an availability group.
  ...fails('network', true, [3906, 976, 978, 983]),
  // A deadlock, a lock that somebody else holds.
  ...fails('unknown', true, [1205, 1222]),
]);

/** Of CHECK_POLICY: too young, too short, too long, not complex enough, used before. */
const passwordRefusals: ReadonlySet<number> = new Set([15114, 15115, 15116, 15117, 15118, 15119]);

/** The driver's own codes, where the server said nothing. */
const byCode: Readonly<Record<string, Failure>> = {
  ETIMEOUT: { kind: 'network', retryable: true },
  ESOCKET: { kind: 'network', retryable: true },
  ECLOSE: { kind: 'network', retryable: true },
  EENCRYPT: { kind: 'tls', retryable: false },
};

const explanations: Readonly<Record<DatabaseErrorKind, string>> = {
  network: 'the database can not be reached, does not answer, or is not the writer',
  tls: 'no trusted TLS connection; there is no falling back to plaintext',
  auth: 'user name or password refused',
  locked:
    'the login is refused whatever the password (disabled, locked out, expired, to be changed first, or refused by a logon trigger)',
  privilege: 'a privilege is missing',
  unknown: 'the database refused',
};

export interface Circumstances {
  /** Of the server's message, where the error itself has none. */
  readonly number?: number | undefined;
  /** A change had been sent. @default false */
  readonly uncertain?: boolean;
}

/** @param doing - what was tried, with user and address: `log in as "app" to db:1433/orders`. */
export const classify = (
  error: unknown,
  doing: string,
  { number, uncertain = false }: Circumstances = {},
): EngineError => {
  const known = number ?? numberOf(error);
  if (known !== undefined && passwordRefusals.has(known)) {
    return new EngineError(
      'password-refused',
      `Could not ${doing}: the password policy of the server refuses the password (${known}); nothing was changed`,
      { retryable: false, cause: error },
    );
  }
  const { kind, retryable } = failureOf(error, known);
  const reason = error instanceof Error ? error.message : String(error);
  return new DatabaseError(
    kind,
    `Could not ${doing}: ${explanations[kind]} (${known ?? errorCode(error) ?? 'no code'}: ${reason})`,
    // A time-out of a statement is one of the connection too: the server may have done what it was asked.
    { retryable, cause: error, uncertain: uncertain && kind === 'network' && known === undefined },
  );
};

const failureOf = (error: unknown, number: number | undefined): Failure => {
  const told = number === undefined ? undefined : byNumber.get(number);
  const unknown: Failure = { kind: 'unknown', retryable: false };
  if (number !== undefined) return told ?? unknown;
  // What Node says is wrapped by the driver, and says more: a certificate that is not trusted is an ESOCKET too.
  return connectionFailure(error) ?? byCode[errorCode(error) ?? ''] ?? unknown;
};

const numberOf = (error: unknown): number | undefined =>
  error instanceof Error && 'number' in error && typeof error.number === 'number' ? error.number : undefined;
