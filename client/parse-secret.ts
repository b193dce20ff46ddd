/** The text of a secret as the value that applications get. */
import { generatedPasswordKey } from '../lib/contract/index.ts';
import { SecretError } from './secret-error.ts';
import { DatabaseCredential, JsonSecret, TextSecret } from './secret-values.ts';
import type { Secret } from './secrets.ts';

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html */
const defaultPorts: Readonly<Record<string, number>> = {
  postgres: 5432,
  mysql: 3306,
  mariadb: 3306,
  oracle: 1521,
  sqlserver: 1433,
  mongo: 27017,
  redshift: 5439,
};

/**
 * @param secretName - for messages.
 * @throws SecretError `not-ready` or `invalid-value`, which name fields and never what they hold.
 */
export const parseSecret = (text: string, secretName: string): Secret => {
  const value = parseObject(text);
  if (!value) return new TextSecret(text);
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === generatedPasswordKey) {
    throw new SecretError(
      'not-ready',
      `${secretName} has been generated but not rotated yet, so its database user does not exist: wait for the first rotation`,
      { secretName, retryable: true },
    );
  }
  const isDatabase = 'username' in value && 'password' in value && ('engine' in value || 'host' in value);
  return isDatabase ? databaseCredential(value, secretName) : new JsonSecret(value);
};

const databaseCredential = (value: Readonly<Record<string, unknown>>, secretName: string): DatabaseCredential => {
  const text = (field: string): string => {
    const given = value[field];
    if (typeof given === 'string' && given !== '') return given;
    throw invalid(secretName, `${field} must be a text that is not empty`);
  };
  const engine = text('engine');
  const { dbname } = value;
  return new DatabaseCredential({
    engine,
    host: text('host'),
    port: port(value['port'] ?? defaultPorts[engine], secretName),
    ...(dbname !== undefined && { dbname: text('dbname') }),
    username: text('username'),
    password: text('password'),
  });
};

/** AWS's own secrets hold the port as a number or as text. */
const port = (given: unknown, secretName: string): number => {
  const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  if (typeof number === 'number' && Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw invalid(secretName, 'port must be a whole number from 1 to 65535');
};

const invalid = (secretName: string, what: string) =>
  new SecretError('invalid-value', `the value of ${secretName} is not a database credential: ${what}`, { secretName });

const parseObject = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // Plain text is a value too, and the parser's message would quote it.
    return undefined;
  }
};
