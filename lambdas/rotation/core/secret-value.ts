/** Reads the values of secrets: as JSON objects, as complete database credentials, and as admin credentials. */
import {
  engineFacts,
  engineNamed,
  secretTag,
  type DatabaseEngine,
  type DatabaseSecretValue,
} from '../../../lib/contract/index.ts';
import { isHostName, refuseProxy } from './host-names.ts';
import type { Credential, DatabaseAddress, Endpoint, TlsMode } from '../../databases/port.ts';
import type { RotationPorts } from './ports.ts';
import { type RotationFailure, RotationError } from './rotation-error.ts';
import type { RotationSettings } from './settings.ts';
import { hostFault, kindOf, portFault, portNumber } from './value-faults.ts';

/** A value as stored, with keys that this platform does not know: they are kept. */
export type StoredValue = Readonly<Record<string, unknown>>;

/** A value that names everything needed to log in. */
export type CompleteValue = Omit<DatabaseSecretValue, 'dbname'> &
  StoredValue & {
    /** Absent if the engine has no databases. */
    readonly dbname?: string;
  };

const byteOrderMark = '\uFEFF';

/** @throws RotationError `value-not-json`. Nothing of the text is in the message. */
export const parseValue = (text: string, what: string): StoredValue => {
  if (text.startsWith(byteOrderMark)) {
    const why = 'begins with a byte order mark (U+FEFF), which JSON does not allow: store it as UTF-8 without one';
    throw new RotationError('value-not-json', `The value of ${what} ${why}`, { retryable: false });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // The parser's own message quotes the text, so it is not kept as the cause.
    if (error instanceof SyntaxError) throw notJson(what);
    throw error;
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw notJson(what);
  return value as StoredValue;
};

const notJson = (what: string): RotationFailure =>
  new RotationError(
    'value-not-json',
    `The value of ${what} is not a JSON object; expected {"username": …, "password": …}`,
    { retryable: false },
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
      `The value of ${what} is for engine ${shownEngine(engine)}, but this function rotates ${served}`,
      { retryable: false },
    );
  }
  const hasDatabases = facts.dbname !== undefined;
  const faultOfHost = hostFault(value['host']);
  const missing = [
    ...(faultOfHost !== undefined || isHostName(value['host']) ? [] : ['host']),
    ...(['username', 'password'] as const).filter((key) => !isText(value[key])),
    ...(hasDatabases && !isText(dbname) ? ['dbname'] : []),
  ];
  const it = missing.length > 1 ? 'them' : 'it';
  const faults = [faultOfHost, portFault(port, facts.port)].filter((fault) => fault !== undefined);
  if (missing.length > 0) {
    faults.push(`lacks a usable ${missing.join(', ')}: give ${it} in the catalog or in the value`);
  }
  if (faults.length > 0) throw incomplete(what, faults.join('; '));
  refuseLongName(String(value['username']), what, served);
  return { ...value, engine: served, port: portNumber(port), ...(hasDatabases && { dbname }) } as CompleteValue;
};

/** Words that an engine has are shown; everything else can be a password under the wrong key. */
const shownEngine = (engine: unknown): string =>
  typeof engine === 'string' && engineNamed(engine) !== undefined ? `"${engine}"` : `that is ${kindOf(engine)}`;

/** @throws RotationError `value-incomplete`. */
export const refuseLongName = (username: string, what: string, served: DatabaseEngine): void => {
  const { label, usernameLimit } = engineFacts[served];
  const length = Buffer.byteLength(username);
  if (length <= usernameLimit) return;
  throw incomplete(what, `has a username of ${length} bytes; ${label} takes at most ${usernameLimit}`);
};

export const credentialOf = ({ username, password }: CompleteValue): Credential => ({ username, password });

/**
 * Where rotations connect: where the value says the database is, or, where applications connect elsewhere, where the tags
 * say the writer is. `"ssl": false` is AWS's own key for a server without TLS, which the catalog must allow too;
 * `servername` is the name in the certificate where `host` is an alias, `ca` an authority to trust in addition to Amazon's.
 *
 * @throws RotationError `value-incomplete` for any other `ssl`, `servername` or `ca`; `proxy-endpoint`; those of
 * {@link RotationPorts.instances}.
 */
export const addressOf = async (
  value: CompleteValue,
  what: string,
  {
    ports,
    settings,
  }: { readonly ports: Pick<RotationPorts, 'instances' | 'database'>; readonly settings: RotationSettings },
): Promise<DatabaseAddress> => {
  const { dbname = '' } = value;
  const { tls, userId } = settings;
  const writer = await writerOf(ports, settings);
  const { host, port } = writer ?? value;
  refuseProxy(host, writer ? `Tag ${secretTag.host} of ${what}` : `The value of ${what}`);
  // The value's name in the certificate is that of the applications' endpoint.
  const named: StoredValue = writer ? { ...value, servername: undefined } : value;
  return { host, port, dbname, tls: tlsMode(named, what, tls), ...(userId !== undefined && { userId }) };
};

/** Where applications connect elsewhere: the server that the tags name. The value's host says nothing of it. */
const writerOf = async (
  { instances, database }: Pick<RotationPorts, 'instances' | 'database'>,
  { endpoint, host, port }: RotationSettings,
): Promise<Endpoint | undefined> => {
  if (endpoint === undefined || host === undefined) return undefined;
  if ('name' in host) return { host: host.name, port: port ?? engineFacts[database.engine].port };
  const instance = await instances.describe(host);
  return { host: instance.host, port: port ?? instance.port };
};

const tlsMode = (value: StoredValue, what: string, tls: RotationSettings['tls']): TlsMode => {
  const { ssl = true, servername, ca } = value;
  if (ssl === false || ssl === 'false') {
    if (tls === 'disable') return { mode: 'off' };
    throw incomplete(
      what,
      `has ssl false, but TLS is off only if the secret has the tag ${secretTag.tls} "disable": write tls: disable in the catalog, or ssl true`,
    );
  }
  if (ssl !== true && ssl !== 'true') throw wrongKey(what, 'ssl', ssl, 'true or false');
  if (servername !== undefined && !isHostName(servername)) {
    throw wrongKey(what, 'servername', servername, 'the host name in the certificate');
  }
  if (ca !== undefined && !isText(ca)) throw wrongKey(what, 'ca', ca, 'certificates in PEM');
  return { mode: 'verify-full', ...(servername !== undefined && { servername }), ...(ca !== undefined && { ca }) };
};

const wrongKey = (what: string, key: string, value: unknown, expected: string): RotationFailure =>
  incomplete(what, `has ${key} that is ${kindOf(value)}; expected ${expected}`);

const incomplete = (what: string, why: string): RotationFailure =>
  new RotationError('value-incomplete', `The value of ${what} ${why}`, { retryable: false });

/**
 * The credential in an admin's secret: user name and password are all that RDS puts there.
 *
 * @throws RotationError `value-incomplete`.
 */
export const adminCredential = ({ username, password }: StoredValue, what: string): Credential => {
  const wrong = [...(isText(username) ? [] : ['username']), ...(isText(password) ? [] : ['password'])];
  if (!isText(username) || !isText(password)) throw incomplete(what, `lacks a usable ${wrong.join(', ')}`);
  return { username, password };
};

export const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
