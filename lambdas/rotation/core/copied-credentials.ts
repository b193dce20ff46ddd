/**
 * Keys of a value that hold its credential once more: connection strings get the new one, every other form is refused.
 * Left alone, they would have the old password after the rotation, and the application with them.
 */
import { databaseSecretKeys, wordsOfEngines } from '../../../lib/contract/index.ts';
import { parseConnectionString, type ConnectionString, type Slot } from './connection-strings.ts';
import { holdsText } from './encodings.ts';
import type { Credential } from '../../databases/port.ts';
import { type RotationFailure, RotationError } from './rotation-error.ts';
import type { StoredValue } from './secret-value.ts';

const ownKeys: ReadonlySet<string> = new Set(databaseSecretKeys);

/** Names under which applications look for the user. */
const userKey = new RegExp(
  `^(${['db', 'database', ...wordsOfEngines(({ keyWords }) => keyWords)].join('|')})?[_-]?(user|user_?name|login|uid)$`,
  'i',
);

const deepest = 50;

export interface CredentialChange {
  readonly from: Credential;
  readonly to: Credential;
}

/**
 * The keys of a value that change with its credential. Nothing of their text is in a message.
 *
 * @throws RotationError `credential-copied`, naming the key.
 */
export const rewriteCopies = (value: StoredValue, change: CredentialChange, what: string): StoredValue => {
  const known = new Set(
    [value['host'], value['dbname'], change.from.username].filter((one) => typeof one === 'string'),
  );
  const walker = new Walker(change, known, what);
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key, entry]) => !ownKeys.has(key) || (key === 'dbname' && typeof entry === 'string' && /[=:]/.test(entry)),
      )
      .map(([key, entry]) => [key, walker.rewrite(entry, [key])]),
  );
};

type Path = readonly (string | number)[];

class Walker {
  readonly #change: CredentialChange;
  readonly #known: ReadonlySet<string>;
  readonly #what: string;

  constructor(change: CredentialChange, known: ReadonlySet<string>, what: string) {
    this.#change = change;
    this.#known = known;
    this.#what = what;
  }

  rewrite(entry: unknown, path: Path): unknown {
    if (path.length > deepest) throw this.#refuse(path, 'is nested too deeply to be searched for the password');
    const [name] = path.slice(-1);
    if (typeof name === 'string' && this.#isHeldBy(name)) {
      throw this.#refuse(path, 'has the password in its very name');
    }
    if (Array.isArray(entry)) return entry.map((one: unknown, index) => this.rewrite(one, [...path, index]));
    if (typeof entry === 'object' && entry !== null) {
      return Object.fromEntries(Object.entries(entry).map(([key, one]) => [key, this.rewrite(one, [...path, key])]));
    }
    if (typeof entry === 'string') return this.#rewriteText(entry, path);
    if (this.#isHeldBy(String(entry))) throw this.#unknownForm(path);
    return entry;
  }

  #rewriteText(text: string, path: Path): string {
    const { from, to } = this.#change;
    if (from.username !== to.username && text === from.username && userKey.test(String(path.at(-1)))) {
      throw this.#refuse(path, 'has the user name, too, and the user changes with each rotation by this strategy');
    }
    const connection = parseConnectionString(text);
    if (connection) return this.#rewriteConnection(text, connection, path);
    if (this.#isHeldBy(text)) throw this.#unknownForm(path);
    return text;
  }

  #rewriteConnection(text: string, connection: ConnectionString, path: Path): string {
    const { from, to } = this.#change;
    const { slots } = connection;
    const means = (kind: Slot['kind'], meaning: string): Slot[] =>
      slots.filter((slot) => slot.kind === kind && slot.meanings.includes(meaning));
    const passwords = slots.filter(({ kind }) => kind === 'password');
    const users = slots.filter(({ kind, start, end }) => kind === 'user' && end > start);
    const [held, ours] = [means('password', from.password), means('user', from.username)];

    if (this.#isHeldBeside([...held, ...ours], text, connection)) throw this.#unknownForm(path);
    if (held.length > 0 && users.length > ours.length) {
      throw this.#refuse(path, 'has the password next to another user name');
    }
    if (held.length > 0 && users.length === 0 && from.username !== to.username) {
      throw this.#refuse(path, 'has the password without its user name, and the user changes with each rotation');
    }
    // A string with another password is that of somebody else, who keeps it.
    const changed = held.length > 0 || passwords.length === 0 ? [...held, ...ours] : [];
    return changed
      .sort((a, b) => b.start - a.start)
      .reduce((written, { kind, start, end, encode }) => {
        const next = kind === 'user' ? to.username : to.password;
        const same = kind === 'user' ? from.username === next : from.password === next;
        return same ? written : `${written.slice(0, start)}${encode(next)}${written.slice(end)}`;
      }, text);
  }

  /** Host, database and user may be a part of a weak password, or it of them. */
  #isHeldBeside(ours: readonly Slot[], text: string, { slots, rest, start }: ConnectionString): boolean {
    const others = slots.filter((slot) => !ours.includes(slot));
    const pieces = [...rest, ...others.map((slot) => text.slice(slot.start, slot.end))];
    if (pieces.some((piece) => !this.#known.has(piece) && this.#isHeldBy(piece))) return true;
    const without = [...ours]
      .sort((a, b) => b.start - a.start)
      .reduce((left, slot) => `${left.slice(0, slot.start)}\n${left.slice(slot.end)}`, text)
      .slice(start);
    const known = [...this.#known].filter((one) => one !== '').sort((a, b) => b.length - a.length);
    return this.#isHeldBy(known.reduce((left, one) => left.replaceAll(one, '\n'), without));
  }

  #isHeldBy(text: string): boolean {
    return holdsText(text, this.#change.from.password);
  }

  #unknownForm(path: Path): RotationFailure {
    return this.#refuse(
      path,
      'also holds the password in a form that a rotation does not rewrite: it would keep the old one',
    );
  }

  #refuse(path: Path, why: string): RotationFailure {
    const key = path
      .map((part) => (typeof part === 'number' ? `[${part}]` : `.${this.#isShown(part) ? part : '…'}`))
      .join('')
      .slice(1);
    return new RotationError(
      'credential-copied',
      `The value of ${this.#what}: key ${key} ${why}. Take the key out and let the application use username and password, or write it as a URL with both`,
      { retryable: false },
    );
  }

  /** A key can hold what should be its value. */
  #isShown(key: string): boolean {
    return /^[\w.-]{1,64}$/.test(key) && !this.#isHeldBy(key);
  }
}
