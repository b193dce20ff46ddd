/** What a server demands of a new password, as far as it says so. */
import type { PasswordPolicy } from '../port.ts';
import { DatabaseError } from '../errors.ts';
import type { Session } from './session.ts';

/** Of the component `validate_password`, or the plugin of that name. https://dev.mysql.com/doc/refman/8.4/en/validate-password.html */
export const mysqlPasswordPolicy = async (session: Session): Promise<PasswordPolicy | undefined> => {
  const values = await variables(session, 'validate_password%');
  const value = (name: string) => values.get(`validate_password.${name}`) ?? values.get(`validate_password_${name}`);
  const policy = value('policy');
  if (policy === undefined) return undefined;
  const minLength = Number(value('length'));
  if (policy === 'LOW' || policy === '0') return { minLength };
  const mixed = Number(value('mixed_case_count'));
  return {
    minLength,
    upper: mixed,
    lower: mixed,
    digits: Number(value('number_count')),
    special: Number(value('special_char_count')),
  };
};

/** Of the plugin `simple_password_check`; others, such as `cracklib_password_check`, have no numbers to tell. */
export const mariadbPasswordPolicy = async (session: Session): Promise<PasswordPolicy | undefined> => {
  if (!(await checkers(session)).includes('simple_password_check')) return undefined;
  const values = await variables(session, 'simple_password_check%');
  const value = (name: string) => Number(values.get(`simple_password_check_${name}`));
  return {
    minLength: value('minimal_length'),
    upper: value('letters_same_case'),
    lower: value('letters_same_case'),
    digits: value('digits'),
    special: value('other_characters'),
  };
};

/**
 * Whether MariaDB wants the password itself, since it can't check a hash.
 *
 * @throws DatabaseError `database-privilege` if it would then be in the general log.
 */
export const refusesHashes = async (session: Session): Promise<boolean> => {
  const plugins = await checkers(session);
  if (plugins.length === 0) return false;
  const strict = await variables(session, 'strict_password_validation');
  if (strict.get('strict_password_validation') !== 'ON') return false;
  const log = await variables(session, 'general_log');
  if (log.get('general_log') !== 'ON') return true;
  throw new DatabaseError(
    'privilege',
    `User "${session.username}" can't set a password unseen: ${plugins.join(', ')} makes the server refuse hashes (strict_password_validation), and it logs statements as they come (general_log). Turn one of the two off`,
    { retryable: false },
  );
};

/** The plugins that check passwords. */
const checkers = async (session: Session): Promise<readonly string[]> => {
  const rows = await session.query<{ name: string }>(
    "SELECT PLUGIN_NAME AS name FROM information_schema.PLUGINS WHERE PLUGIN_TYPE = 'PASSWORD VALIDATION' AND PLUGIN_STATUS = 'ACTIVE'",
  );
  return rows.map(({ name }) => name);
};

const variables = async (session: Session, pattern: string): Promise<ReadonlyMap<string, string>> => {
  const rows = await session.query<{ Variable_name: string; Value: string }>('SHOW GLOBAL VARIABLES LIKE ?', [pattern]);
  return new Map(rows.map(({ Variable_name, Value }) => [Variable_name, Value]));
};
