/** Says what kind of failure an error of Node's sockets and TLS is, for every engine. Codes, not messages. */
import type { DatabaseErrorKind } from './errors.ts';

export interface ConnectionFailure {
  readonly kind: Extract<DatabaseErrorKind, 'network' | 'tls'>;
  readonly retryable: boolean;
}

/**
 * `undefined` for an error that comes from elsewhere, such as the server's own. Drivers wrap what Node says, so that
 * causes are looked at too, and the errors of an address with several IPs.
 */
export const connectionFailure = (error: unknown): ConnectionFailure | undefined => {
  for (const { code } of chain(error)) {
    if (tlsCode.test(code)) return { kind: 'tls', retryable: false };
    if (networkCodes.has(code)) return { kind: 'network', retryable: true };
  }
  return undefined;
};

/** The code of an error, or of what caused it: `ECONNREFUSED`, `28P01`. */
export const errorCode = (error: unknown): string | undefined => chain(error)[0]?.code;

const networkCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'ESOCKETTIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENETRESET',
  'EADDRNOTAVAIL',
  'ERR_SOCKET_CLOSED',
  'ERR_SOCKET_CLOSED_BEFORE_CONNECTION',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** OpenSSL's verification codes, Node's own, and protocol failures. */
const tlsCode =
  /^(ERR_TLS_|ERR_SSL_|EPROTO$|UNABLE_TO_|CERT_|CRL_|SELF_SIGNED_|DEPTH_ZERO_|INVALID_(CA|PURPOSE)|HOSTNAME_MISMATCH|ERROR_IN_C(ERT|RL)|PATH_LENGTH_EXCEEDED)/;

/** How deep a driver may have wrapped an error; a bound, since causes can run in circles. */
const depth = 5;

const chain = (error: unknown, left = depth): readonly { readonly code: string }[] => {
  if (!(error instanceof Error) || left === 0) return [];
  const own = 'code' in error && typeof error.code === 'string' ? [{ code: error.code }] : [];
  const inner = error instanceof AggregateError ? (error.errors as readonly unknown[]) : [];
  return [...own, ...[error.cause, ...inner].flatMap((wrapped) => chain(wrapped, left - 1))];
};
