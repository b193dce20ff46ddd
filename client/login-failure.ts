/** Tells a refused login from other failures of a database driver. */

/**
 * PostgreSQL: SQLSTATE class 28. MySQL and MariaDB: 1045 and 1698. Redis and Valkey: WRONGPASS and NOAUTH. Looks through
 * `cause` too.
 */
export const isLoginFailure = (error: unknown): boolean => {
  for (let current = error, depth = 0; current instanceof Error && depth < 5; current = current.cause, depth += 1) {
    const { code, message } = current as Error & { code?: unknown };
    if (typeof code === 'string' && codes.has(code)) return true;
    if (/^(?:WRONGPASS|NOAUTH)\b/.test(message)) return true;
  }
  return false;
};

const codes: ReadonlySet<string> = new Set([
  '28000',
  '28P01',
  'ER_ACCESS_DENIED_ERROR',
  'ER_ACCESS_DENIED_NO_PASSWORD_ERROR',
]);
