/**
 * Reads what `SHOW GRANTS` answers: the only place where a server lists every kind of right, in its own words. Names are
 * taken over as they are quoted there, so that they mean in a statement what they meant to the server.
 */
import { escapeId } from 'mysql2';
import { DatabaseError } from '../errors.ts';

/** One thing that can be given to an account and taken from it. */
export interface Right {
  readonly kind: 'privilege' | 'dynamic' | 'restriction' | 'role' | 'proxy';
  /** `SELECT`, ``UPDATE (`price`)``, `GRANT OPTION`; of a role and a proxy its own name. */
  readonly name: string;
  /** ``*.*``, `` `orders`.* ``, ``PROCEDURE `orders`.`ship` ``; empty for roles and proxies. */
  readonly object: string;
  /** Of dynamic privileges, roles and proxies: whether the account may pass it on. Of the others that is a right of its own. */
  readonly passedOn: boolean;
}

/** One text for each right. */
export const rightKey = ({ kind, name, object, passedOn }: Right): string =>
  [kind, object, name, passedOn ? 'passed on' : ''].join('\u0000');

/** The rights in one line of `SHOW GRANTS`; `USAGE` is none, and neither is a default role. */
export const rightsIn = (line: string): Right[] => {
  const restriction = line.startsWith('REVOKE ');
  if (!restriction && !line.startsWith('GRANT ')) return [];
  const body = line.slice(line.indexOf(' ') + 1);
  const on = find(body, ' ON ');
  const to = find(body, restriction ? ' FROM ' : ' TO ', Math.max(on, 0));
  const names = split(body.slice(0, on < 0 ? to : on));
  const passedOn = / WITH (?:GRANT|ADMIN) OPTION\b/.test(body.slice(to));
  if (on < 0) return names.map((name) => ({ kind: 'role', name, object: '', passedOn }));
  const object = body.slice(on + ' ON '.length, to);
  if (names[0] === 'PROXY') return [{ kind: 'proxy', name: proxied(object), object: '', passedOn }];
  if (restriction) return names.map((name) => ({ kind: 'restriction', name, object, passedOn: false }));
  const rights = names
    .filter((name) => name !== 'USAGE')
    .flatMap(eachColumn)
    .map((name) => privilege(name, object, passedOn));
  const dynamic = rights.length > 0 && rights.every(({ kind }) => kind === 'dynamic');
  return passedOn && !dynamic ? [...rights, privilege('GRANT OPTION', object, false)] : rights;
};

/**
 * MariaDB quotes the user of a proxy, and does not escape it: what is not one name and one host for certain must not get
 * into a statement.
 */
const proxied = (object: string): string => {
  if (/^(?:'[^'\\]*'@'[^'\\]*'|`(?:[^`]|``)*`@`(?:[^`]|``)*`)$/.test(object)) return object;
  throw new DatabaseError(
    'unknown',
    `The right to be a proxy of ${object} can't be read: the server does not escape the name; rename that user, or revoke the right if nobody logs in by it`,
    { retryable: false },
  );
};

/** How statements name all of a database: `_` and `%` would stand for any character otherwise. */
export const escapeDatabase = (database: string): string => escapeId(database.replace(/[\\_%]/g, '\\$&'), true);

/** ``SELECT (`a`, `b`)`` is two rights, in an order that differs from account to account. */
const eachColumn = (name: string): string[] => {
  const [, privilege, columns] = /^([A-Z ]+) \((.*)\)$/.exec(name) ?? [];
  return columns === undefined ? [name] : split(columns).map((column) => `${privilege} (${column})`);
};

/** Only the dynamic privileges of MySQL are written with underscores. */
const privilege = (name: string, object: string, passedOn: boolean): Right =>
  /^[A-Z]+(?:_[A-Z]+)+$/.test(name)
    ? { kind: 'dynamic', name, object, passedOn }
    : { kind: 'privilege', name, object, passedOn: false };

/** Index of the first occurrence outside quotes and parentheses, or -1. */
const find = (text: string, wanted: string, from = 0): number => {
  for (const at of outside(text)) if (at >= from && text.startsWith(wanted, at)) return at;
  return -1;
};

const split = (list: string): string[] => {
  const commas = [...outside(list)].filter((at) => list[at] === ',');
  return [...commas, list.length].map((end, index) => list.slice((commas[index - 1] ?? -1) + 1, end).trim());
};

/** The positions outside quotes and parentheses. A doubled quote ends and begins a quotation, which comes to the same. */
const outside = function* (text: string): Generator<number> {
  let quote = '';
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const character = text.charAt(at);
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '`' || character === "'") quote = character;
    else if (character === '(') depth += 1;
    else if (character === ')') depth -= 1;
    else if (depth === 0) yield at;
  }
};
