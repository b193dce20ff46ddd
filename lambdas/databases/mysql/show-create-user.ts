/** Reads the methods of an account from what MariaDB's `SHOW CREATE USER` answers, which an account may ask of itself. */
import { DatabaseError } from '../errors.ts';

/**
 * The plugins in their order. The name of the user, hashes and the subject of a certificate can hold any text, so that
 * everything in quotes is left out first.
 */
export const pluginsIn = (statement: string): readonly string[] => {
  const plain = statement.replace(/`(?:[^`]|``)*`|'(?:[^'\\]|\\[^]|'')*'/g, '?');
  const [, clause = ''] =
    /^CREATE USER \?@\? IDENTIFIED (.*?)(?: REQUIRE | WITH | ACCOUNT | PASSWORD EXPIRE |$)/.exec(plain) ?? [];
  // `IDENTIFIED BY PASSWORD` is how the first method is written that there ever was.
  if (clause.startsWith('BY PASSWORD')) return ['mysql_native_password'];
  return clause
    .replace(/^VIA /, '')
    .split(' OR ')
    .map((method) => method.split(' ')[0] ?? '')
    .filter((plugin) => plugin !== '');
};

export const noPasswordOf = (account: string, plugins: readonly string[]): DatabaseError =>
  new DatabaseError(
    'locked',
    `Account ${account} logs in with ${plugins.join(' or ') || 'a method that it does not show'}, which keeps no password here: give it a method that does, or take it out of rotation`,
    { retryable: false },
  );
