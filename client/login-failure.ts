/** Recognises a refused login among the errors of database drivers. */

/**
 * Whether an error, or one of its causes, says that the database refused the login.
 *
 * - PostgreSQL: SQLSTATE `28000` and `28P01` (https://www.postgresql.org/docs/current/errcodes-appendix.html).
 * - MySQL and MariaDB: errors 1045 and 1698.
 * - Redis and Valkey: `WRONGPASS` and `NOAUTH`.
 */
export const isLoginFailure = (error: unknown): boolean => {
  // No `instanceof Error`: Jest runs tests in a realm of their own, which has another class of that name.
  for (let current = error, depth = 0; isObject(current) && depth < maxDepth; current = current.cause, depth += 1) {
    const { code, message } = current;
    if (typeof code === 'string' && codes.has(code)) return true;
    if (typeof message === 'string' && /^(?:WRONGPASS|NOAUTH)\b/.test(message)) return true;
  }
  return false;
};

interface ErrorLike {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly cause?: unknown;
}

const isObject = (value: unknown): value is ErrorLike => typeof value === 'object' && value !== null;

const maxDepth = 5;

const codes: ReadonlySet<string> = new Set([
  '28000',
  '28P01',
  'ER_ACCESS_DENIED_ERROR',
  'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
]);
