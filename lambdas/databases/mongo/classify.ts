/** Says what kind of failure a driver's error is, without what it quotes: servers quote commands, with passwords. */
import { MongoNetworkError, MongoServerError, MongoServerSelectionError } from 'mongodb';
import { DatabaseError, type DatabaseErrorKind } from '../errors.ts';
import { connectionFailure } from '../connection-failure.ts';

interface Failure {
  readonly kind: DatabaseErrorKind;
  readonly retryable: boolean;
  /** @default what the kind says */
  readonly explanation?: string;
  /** The server gave up on the way: what it was asked for may have been done. */
  readonly half?: boolean;
}

const fails = (failure: Failure, codes: readonly number[]): [number, Failure][] => codes.map((code) => [code, failure]);

/** https://github.com/mongodb/mongo/blob/master/src/mongo/base/error_codes.yml */
const byCode: ReadonlyMap<number, Failure> = new Map([
  // A wrong password, a user who does not exist, an address that the user may not come from: nobody is told which.
  ...fails({ kind: 'auth', retryable: false }, [18]),
  // The user has no credential for any way of logging in with a password.
  ...fails({ kind: 'locked', retryable: false }, [334]),
  ...fails({ kind: 'privilege', retryable: false }, [13]),
  ...fails(
    { kind: 'network', retryable: true, explanation: 'this server is not the primary, and so not the writer' },
    [10107, 13435, 13436, 10058],
  ),
  // Stepping down, shutting down, out of time, cut off from the other servers, not copied to most of them in time.
  ...fails(
    { kind: 'network', retryable: true, half: true },
    [6, 7, 50, 64, 79, 89, 91, 100, 189, 262, 9001, 11600, 11602],
  ),
  // Somebody else changes the same: a lock, a write, a user created in the meantime.
  ...fails({ kind: 'unknown', retryable: true }, [24, 46, 112, 11000, 51003]),
]);

const explanations: Readonly<Record<DatabaseErrorKind, string>> = {
  network: 'the database can not be reached or does not answer',
  tls: 'no trusted TLS connection; there is no falling back to plaintext',
  auth: 'user name or password refused',
  locked: 'the server lets this user in with no password (it has no SCRAM credential)',
  privilege: 'a privilege is missing',
  unknown: 'the database refused',
};

/** What a server or the driver said, without passwords. The driver's own error holds the whole answer. */
export class MongoRefusal extends Error {
  override readonly name = 'MongoRefusal';
  readonly code: number | string | undefined;

  constructor(message: string, code: number | string | undefined) {
    super(message);
    this.code = code;
  }
}

/** Answers of servers that lack a command or one of its fields; DocumentDB lacks some. */
const unsupported: ReadonlySet<unknown> = new Set([9, 59, 72, 115, 238, 303, 304, 40414, 40415]);

export const isUnsupported = (error: unknown): boolean => hasCode(error, unsupported);

/** Whether a server answered a {@link DatabaseError} with one of these codes. */
export const hasCode = (error: unknown, codes: ReadonlySet<unknown>): boolean =>
  error instanceof DatabaseError && error.cause instanceof MongoRefusal && codes.has(error.cause.code);

export interface Circumstances {
  /** Passwords that were sent. */
  readonly secrets: readonly string[];
  /** A change had been sent. @default false */
  readonly changing?: boolean;
}

/** @param doing - what was tried, with user and address: `log in as "app" at db:27017`. */
export const classify = (
  error: unknown,
  doing: string,
  { secrets, changing = false }: Circumstances,
): DatabaseError => {
  const origin = originOf(error);
  const code = codeOf(origin);
  const { kind, retryable, explanation = explanations[kind], half } = failureOf(origin, error, code);
  const reason = redact(origin instanceof Error ? origin.message : String(origin), secrets);
  return new DatabaseError(kind, `Could not ${doing}: ${explanation} (${code ?? 'no code'}: ${reason})`, {
    retryable,
    cause: new MongoRefusal(reason, code),
    uncertain: changing && kind === 'network' && (half === true || !(origin instanceof MongoServerError)),
  });
};

const failureOf = (origin: unknown, error: unknown, code: number | string | undefined): Failure => {
  const unknown: Failure = { kind: 'unknown', retryable: false };
  if (origin instanceof MongoServerError) return (typeof code === 'number' ? byCode.get(code) : undefined) ?? unknown;
  const known = connectionFailure(origin);
  if (known) return known;
  const wire = [origin, error].some(
    (one) => one instanceof MongoNetworkError || one instanceof MongoServerSelectionError,
  );
  return wire ? { kind: 'network', retryable: true } : unknown;
};

/** The driver waits for a usable server and says in the end only that there was none: why, is in what it saw of each. */
const originOf = (error: unknown): unknown => {
  if (!(error instanceof MongoServerSelectionError)) return error;
  const { reason } = error;
  if (reason === undefined || reason instanceof Error) return reason ?? error;
  return [...reason.servers.values()].find((server) => server.error !== null)?.error ?? error;
};

const codeOf = (error: unknown, depth = 5): number | string | undefined => {
  if (!(error instanceof Error) || depth === 0) return undefined;
  if ('code' in error && (typeof error.code === 'number' || typeof error.code === 'string')) return error.code;
  return codeOf(error.cause, depth - 1);
};

/** What starts with a brace is a document: a command, as the server quotes it. */
const redact = (message: string, secrets: readonly string[]): string => {
  const brace = message.indexOf('{');
  const plain = brace < 0 ? message : `${message.slice(0, brace)}{…}`;
  return secrets.filter((secret) => secret !== '').reduce((text, secret) => text.replaceAll(secret, '***'), plain);
};
