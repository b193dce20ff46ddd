/** Reads the values of secrets: as JSON objects, as complete database credentials, and as admin credentials. */
import { engineFacts, engineNamed, type DatabaseEngine, type DatabaseSecretValue } from '../../lib/contract/index.ts';
import type { Credential, DatabaseAddress, TlsMode } from './ports.ts';
import { RotationError } from './rotation-error.ts';
import { isPort } from './settings.ts';

/** A value as stored, with keys that this platform does not know: they are kept. */
export type StoredValue = Readonly<Record<string, unknown>>;

/** A value that names everything needed to log in. */
export type CompleteValue = Omit<DatabaseSecretValue, 'dbname'> &
  StoredValue & {
    /** Absent where the engine has no databases. */
    readonly dbname?: string;
  };

/** @throws RotationError `value-not-json`. Nothing of the text is in the message. */
export const parseValue = (text: string, what: string): StoredValue => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the text, so it is no cause to keep.
    if (error instanceof SyntaxError) throw notJson(what);
    throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notJson(what);
  return value as StoredValue;
};

const notJson = (what: string): RotationError =>
  new RotationError(
    'value-not-json',
    `The value of ${what} is no JSON object; expected {"username": …, "password": …}`,
    {
      retryable: false,
    },
  );

/** Whether a value has a user name, so that a login with it can be tried. */
export const namesUser = (value: StoredValue): boolean => isText(value['username']);

/**
 * Checks that a value has all that a login needs, with the engine's defaults for port and database.
 *
 * @throws RotationError `value-incomplete`, naming every key that is missing or wrong; `engine-mismatch`.
 */
export const completeValue = (value: StoredValue, what: string, served: DatabaseEngine): CompleteValue => {
  const facts = engineFacts[served];
  const { engine = served, port = facts.port, dbname = facts.dbname } = value;
  if (typeof engine !== 'string' || engineNamed(engine) !== served) {
    throw new RotationError(
      'engine-mismatch',
      `The value of ${what} is for engine ${JSON.stringify(engine)}, but this function rotates ${served}`,
      { retryable: false },
    );
  }
  const portNumber = typeof port === 'string' ? Number(port) : port;
  const wrong = [
    ...(isText(value['host']) && hostName.test(value['host']) ? [] : ['host']),
    ...(['username', 'password'] as const).filter((key) => !isText(value[key])),
    ...(isPort(portNumber) ? [] : ['port']),
    ...(facts.dbname === undefined || isText(dbname) ? [] : ['dbname']),
  ];
  if (wrong.length > 0 || !isPort(portNumber)) {
    throw new RotationError(
      'value-incomplete',
      `The value of ${what} lacks a usable ${wrong.join(', ')}: give ${wrong.length > 1 ? 'them' : 'it'} in the catalog or in the value`,
      { retryable: false },
    );
  }
  const username = String(value['username']);
  if (Buffer.byteLength(username) > facts.usernameLimit) {
    throw new RotationError(
      'value-incomplete',
      `The value of ${what} has the username "${username}" of ${Buffer.byteLength(username)} bytes; ${facts.label} takes at most ${facts.usernameLimit}`,
      { retryable: false },
    );
  }
  return { ...value, engine: served, port: portNumber, ...(facts.dbname !== undefined && { dbname }) } as CompleteValue;
};

/** Host names and addresses. Drivers take anything with a slash for a socket on this machine. */
const hostName = /^[A-Za-z0-9._:-]+$/;

export const credentialOf = ({ username, password }: CompleteValue): Credential => ({ username, password });

/**
 * Where the value says the database is. `"ssl": false` is AWS's own key for a server without TLS; `servername` is the
 * name in the certificate where `host` is an alias.
 *
 * @throws RotationError `value-incomplete` for any other `ssl` or `servername`.
 */
export const addressOf = (value: CompleteValue, what: string): DatabaseAddress => {
  const { host, port, dbname = '' } = value;
  return { host, port, dbname, tls: tlsMode(value, what) };
};

const tlsMode = ({ ssl = true, servername }: StoredValue, what: string): TlsMode => {
  if (ssl === false || ssl === 'false') return { mode: 'off' };
  if (ssl !== true && ssl !== 'true') throw wrongKey(what, 'ssl', ssl, 'true or false');
  if (servername === undefined) return { mode: 'verify-full' };
  if (!isText(servername)) throw wrongKey(what, 'servername', servername, 'the host name in the certificate');
  return { mode: 'verify-full', servername };
};

const wrongKey = (what: string, key: string, value: unknown, expected: string): RotationError =>
  new RotationError(
    'value-incomplete',
    `The value of ${what} has ${key} ${JSON.stringify(value)}; expected ${expected}`,
    { retryable: false },
  );

/**
 * The credential in an admin's secret: user name and password are all that RDS puts there.
 *
 * @throws RotationError `value-incomplete`.
 */
export const adminCredential = ({ username, password }: StoredValue, what: string): Credential => {
  const wrong = [...(isText(username) ? [] : ['username']), ...(isText(password) ? [] : ['password'])];
  if (!isText(username) || !isText(password)) {
    throw new RotationError('value-incomplete', `The value of ${what} lacks a usable ${wrong.join(', ')}`, {
      retryable: false,
    });
  }
  return { username, password };
};

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
