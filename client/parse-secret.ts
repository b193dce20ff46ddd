/** Parses the text of a secret into the value that applications get. */
import { engineFacts, engineNamed, generatedPasswordKey } from '../lib/contract/index.ts';
import type { DeclaredClass } from './declaration.ts';
import { SecretError } from './secret-error.ts';
import { DatabaseCredential, JsonSecret, TextSecret } from './secret-values.ts';
import type { Secret } from './secrets.ts';

/** Default ports of engines that Strongroom does not rotate: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_secret_json_structure.html */
const otherPorts: Readonly<Record<string, number>> = { oracle: 1521, redshift: 5439 };

const defaultPort = (engine: string): number | undefined => {
  const known = engineNamed(engine);
  return known === undefined ? otherPorts[engine] : engineFacts[known].port;
};

/**
 * @param secretName - for messages.
 * @param declared - class that the value must match. @default the class is derived from the value
 * @throws SecretError `not-ready` or `invalid-value`. The message names fields and never quotes a value.
 */
export const parseSecret = (text: string, secretName: string, declared: DeclaredClass = 'generic'): Secret => {
  if (textClasses.has(declared)) return new TextSecret(text);
  const value = parseObject(text);
  if (!value && objectClasses.has(declared)) throw invalid(secretName, declared, 'the value must be a JSON object');
  if (!value) return new TextSecret(text);
  if (declared === 'oauth-client' || declared === 'tls-certificate') return new JsonSecret(value);
  const keys = Object.keys(value);
  if (keys.length === 1 && keys[0] === generatedPasswordKey) {
    throw new SecretError(
      'not-ready',
      `${secretName} is generated but not rotated yet, and its database user does not exist: wait for the first rotation`,
      { secretName, retryable: true },
    );
  }
  const isDatabase = 'username' in value && 'password' in value && ('engine' in value || 'host' in value);
  return isDatabase || declared === 'database' ? databaseCredential(value, secretName) : new JsonSecret(value);
};

/** Values of these classes are text, even if the text is JSON. */
const textClasses: ReadonlySet<DeclaredClass> = new Set(['api-key', 'ssh-key', 'signing-key', 'encryption-key']);
const objectClasses: ReadonlySet<DeclaredClass> = new Set(['database', 'oauth-client']);

const databaseCredential = (value: Readonly<Record<string, unknown>>, secretName: string): DatabaseCredential => {
  const text = (field: string): string => {
    const given = value[field];
    if (typeof given === 'string' && given !== '') return given;
    throw invalid(secretName, 'database', `${field} must be a non-empty string`);
  };
  const engine = text('engine');
  const { dbname } = value;
  return new DatabaseCredential({
    engine,
    host: text('host'),
    port: port(value['port'] ?? defaultPort(engine), secretName),
    ...(dbname !== undefined && { dbname: text('dbname') }),
    username: text('username'),
    password: text('password'),
  });
};

/** Secrets that AWS creates have the port as a number or as a string. */
const port = (given: unknown, secretName: string): number => {
  const number = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
  if (typeof number === 'number' && Number.isInteger(number) && number > 0 && number < 65_536) return number;
  throw invalid(secretName, 'database', 'port must be an integer from 1 to 65535');
};

const invalid = (secretName: string, declared: DeclaredClass, what: string) => {
  const kind = declared === 'database' ? 'a database credential' : `of class ${declared}`;
  return new SecretError('invalid-value', `the value of ${secretName} is not ${kind}: ${what}`, { secretName });
};

const parseObject = (text: string): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // Not JSON: the value is plain text. The parser's error would quote it.
    return undefined;
  }
};
