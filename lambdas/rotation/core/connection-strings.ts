/** Finds user and password in connection strings of the forms that drivers read, so that both can be replaced. */
import { wordsOfEngines } from '../../../lib/contract/index.ts';

export interface ConnectionString {
  readonly slots: readonly Slot[];
  /** Where what follows the scheme begins. */
  readonly start: number;
  /** What else it says, piece by piece: database, options, hosts of an unusual form. */
  readonly rest: readonly string[];
}

/** Where a user or a password is. */
export interface Slot {
  readonly kind: 'user' | 'password';
  readonly start: number;
  readonly end: number;
  /** What the text there can mean: drivers differ in `+` and in a lone `%`. */
  readonly meanings: readonly string[];
  /** Writes a text in its place, so that every driver reads it alike. */
  readonly encode: (text: string) => string;
}

/** @returns undefined if the text has none of the known forms. */
export const parseConnectionString = (text: string): ConnectionString | undefined => {
  const sqlServer = /^jdbc:sqlserver:\/\/[^;]*/i.exec(text);
  if (sqlServer) return parseProperties(text, sqlServer[0].length);
  const url = urlStart.exec(text);
  return url ? parseUrl(text, url[0].length) : undefined;
};

/** `postgresql+psycopg://` is SQLAlchemy's, `jdbc:mysql:replication://` Connector/J's, `jdbc:aws-wrapper:…` AWS's. */
const urlSchemes = wordsOfEngines(({ schemes }) => schemes.url).join('|');
const jdbcSchemes = wordsOfEngines(({ schemes }) => (schemes.jdbc === undefined ? [] : [schemes.jdbc])).join('|');
const urlStart = new RegExp(
  String.raw`^(((${urlSchemes})(\+[a-z0-9_]+)?|jdbc:(aws-wrapper:)?(${jdbcSchemes})(\+srv)?(:[a-z0-9+-]+)*):\/\/|jdbc:postgresql:)`,
  'i',
);

/** RFC 3986: the authority ends at the first `/`, `?` or `#`; its last `@` ends the user information. */
const parseUrl = (text: string, start: number): ConnectionString => {
  const ends = /[/?#]/.exec(text.slice(start));
  const authorityEnd = ends ? start + ends.index : text.length;
  const at = text.slice(start, authorityEnd).lastIndexOf('@');
  const hostsStart = at < 0 ? start : start + at + 1;
  const hosts = text.slice(hostsStart, authorityEnd);
  const hash = text.indexOf('#', authorityEnd);
  const fragmentStart = hash < 0 ? text.length : hash;
  const question = text.slice(0, fragmentStart).indexOf('?', authorityEnd);
  const queryStart = question < 0 ? fragmentStart : question + 1;
  const path = text.slice(authorityEnd, question < 0 ? fragmentStart : question).replace(/^\//, '');
  const plain = /^[\w.,:[\]-]*$/.test(hosts);
  const query = parseQuery(text, queryStart, fragmentStart);
  return {
    slots: [...(at < 0 ? [] : userInformation(text, start, start + at)), ...query.slots],
    start,
    rest: [...(plain ? [] : [hosts]), path, ...query.rest, text.slice(fragmentStart)],
  };
};

const userInformation = (text: string, start: number, end: number): Slot[] => {
  const colon = text.slice(start, end).indexOf(':');
  const userEnd = colon < 0 ? end : start + colon;
  const user = urlSlot('user', text, start, userEnd);
  return colon < 0 ? [user] : [user, urlSlot('password', text, userEnd + 1, end)];
};

const queryKeys: Readonly<Record<string, Slot['kind']>> = { user: 'user', username: 'user', password: 'password' };

const parseQuery = (text: string, start: number, end: number): { slots: Slot[]; rest: string[] } => {
  const slots: Slot[] = [];
  const rest: string[] = [];
  let from = start;
  for (const entry of text.slice(start, end).split('&')) {
    const equals = entry.indexOf('=');
    const kind = equals < 0 ? undefined : queryKeys[entry.slice(0, equals).toLowerCase()];
    if (kind === undefined) rest.push(entry);
    else slots.push(urlSlot(kind, text, from + equals + 1, from + entry.length));
    from += entry.length + 1;
  }
  return { slots, rest };
};

const urlSlot = (kind: Slot['kind'], text: string, start: number, end: number): Slot => {
  const raw = text.slice(start, end);
  return { kind, start, end, meanings: [...new Set([decoded(raw), decoded(raw.replaceAll('+', ' '))])], encode };
};

const decoded = (raw: string): string => {
  try {
    return decodeURIComponent(raw);
  } catch (error) {
    if (error instanceof URIError) return raw;
    throw error;
  }
};

/** Everything but letters, digits and `-._~` as `%XX`. */
const encode = (text: string): string =>
  [...Buffer.from(text)]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9._~-]/.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');

const propertyKeys: Readonly<Record<string, Slot['kind']>> = { user: 'user', username: 'user', password: 'password' };

/** https://learn.microsoft.com/en-us/sql/connect/jdbc/building-the-connection-url: `;name=value`, a value may be in braces. */
const parseProperties = (text: string, start: number): ConnectionString => {
  const slots: Slot[] = [];
  const rest: string[] = [];
  const property = /;([^=;]*)(?:=(\{(?:[^}]|\}\})*\}|[^;]*))?/y;
  property.lastIndex = start;
  let end = start;
  for (let found = property.exec(text); found; found = property.exec(text)) {
    end = property.lastIndex;
    const [, name = '', value = ''] = found;
    const kind = propertyKeys[name.trim().toLowerCase()];
    if (kind === undefined) rest.push(found[0]);
    else slots.push({ kind, start: end - value.length, end, meanings: [unbraced(value)], encode: braced });
  }
  const scheme = 'jdbc:sqlserver://'.length;
  return { slots, start: scheme, rest: [text.slice(scheme, start), ...rest, text.slice(end)] };
};

const unbraced = (value: string): string =>
  /^\{[^]*\}$/.test(value) ? value.slice(1, -1).replaceAll('}}', '}') : value;

const braced = (text: string): string => (/^[A-Za-z0-9._~-]*$/.test(text) ? text : `{${text.replaceAll('}', '}}')}}`);
