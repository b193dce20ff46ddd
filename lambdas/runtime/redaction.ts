/** Takes the secrets that an invocation has seen out of whatever leaves the function: log lines, errors, reports, metrics. */
import { isIP } from 'node:net';
import { databaseEngines, databaseSecretKeys, engineFacts } from '../../lib/contract/index.ts';

/** Values under these keys of a database secret are not secret, unless somebody put a password there. */
const plainKeys: ReadonlySet<string> = new Set(databaseSecretKeys.filter((key) => key !== 'password'));

/** Shorter values would turn every line into asterisks and so say what they are. */
const shortestSecret = 4;

/** Shorter values of plain keys are words of log lines too, and no policy takes them as passwords. */
const shortestDoubtful = 6;

/** Below this length a value of a plain key is replaced as a whole word only: `admin-missing` is a code. */
const wholeWords = 12;

/** Servers and drivers truncate what they quote. A run of so many characters from the start of a secret is one too. */
const shortestRun = 16;

/** Any other name of a key can be a password that was put in its place. Shorter names are words that log lines have too. */
const plainName = /^[\w.-]{1,19}$/;

/** What anybody would guess to be there. */
const ordinary: ReadonlySet<string> = new Set([
  ...databaseEngines.flatMap((engine) => [
    engine,
    engineFacts[engine].dbname ?? engine,
    ...engineFacts[engine].aliases,
  ]),
  ...['admin', 'administrator', 'master', 'postgres', 'default', 'localhost', 'public', 'true', 'false'],
]);

/** Names that AWS gives to servers. */
const awsName = /\.amazonaws\.com(\.cn)?\.?$/i;

const replacement = '[redacted]';

/** A SCRAM verifier is enough to try passwords against at leisure. */
const scramVerifier = /SCRAM-SHA-256\$[0-9]+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=]+:[A-Za-z0-9+/=]+/g;

interface Hidden {
  readonly replacement: string;
  /** Present: a value of a plain key, which is shown if it is public elsewhere. */
  readonly doubtful?: string;
}

export class Redactor {
  readonly #hidden = new Map<string, Hidden>();
  /** Lower case. */
  readonly #public = new Set<string>();

  /** Takes a secret to hide from now on. */
  learn(secret: string): void {
    if (secret.length < shortestSecret) return;
    for (const form of formsOf(secret)) this.#hidden.set(form, { replacement });
  }

  /** Takes a text that anybody may read: a tag, a name, an address that AWS gave. What it contains is not secret. */
  allow(text: string): void {
    this.#public.add(text.toLowerCase());
  }

  /**
   * Takes the value of a secret as stored: the text, and where it is JSON every value in it. Of a value under a plain key
   * the kind is shown, unless its text was allowed.
   *
   * @param plain - keys whose values are not secret. @default those of a database secret
   */
  learnValue(text: string, plain: ReadonlySet<string> = plainKeys): void {
    this.learn(text);
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      if (error instanceof SyntaxError) return;
      throw error;
    }
    this.#learnDeep(value, plain);
  }

  /** Forgets what an earlier invocation had learned. */
  forget(): void {
    this.#hidden.clear();
    this.#public.clear();
  }

  redact(text: string): string {
    // Longest first: a secret that is part of another must not leave the rest of that other behind.
    const hidden = [...this.#hidden].sort(([a], [b]) => b.length - a.length);
    let redacted = text.replace(scramVerifier, replacement);
    for (const [form, how] of hidden) {
      if (how.doubtful === undefined || !this.#isPublic(how.doubtful)) redacted = this.#hide(redacted, form, how);
    }
    return redacted;
  }

  #hide(text: string, form: string, { replacement: label, doubtful }: Hidden): string {
    if (doubtful !== undefined && form.length < wholeWords) return replaceWord(text, form, label);
    return this.#hideRuns(text.replaceAll(form, label), form, label);
  }

  #hideRuns(text: string, form: string, label: string): string {
    if (form.length <= shortestRun) return text;
    const start = form.slice(0, shortestRun);
    let [redacted, rest] = ['', text];
    for (let at = rest.indexOf(start); at >= 0; at = rest.indexOf(start)) {
      let end = shortestRun;
      while (end < form.length && rest[at + end] === form[end]) end += 1;
      const run = rest.slice(at, at + end);
      redacted += rest.slice(0, at) + (this.#isPublic(run) ? run : label);
      rest = rest.slice(at + end);
    }
    return redacted + rest;
  }

  #isPublic(text: string): boolean {
    if (ordinary.has(text) || isIP(text) !== 0 || awsName.test(text)) return true;
    const lower = text.toLowerCase();
    return [...this.#public].some((known) => known.includes(lower));
  }

  #learnDeep(value: unknown, plain: ReadonlySet<string>, key?: string): void {
    if (typeof value === 'string') {
      if (key === undefined || !plain.has(key)) this.learn(value);
      else this.#doubt(value, key);
    } else if (typeof value === 'object' && value !== null) {
      for (const [name, item] of Object.entries(value)) {
        if (!plain.has(name) && !plainName.test(name)) this.learn(name);
        this.#learnDeep(item, plain, Array.isArray(value) ? key : name);
      }
    }
  }

  #doubt(value: string, key: string): void {
    if (value.length < shortestDoubtful) return;
    const label = `[${key} of ${value.length} characters]`;
    // Drivers and servers write hosts in lower case.
    for (const form of [...formsOf(value), ...formsOf(value.toLowerCase())]) {
      const known = this.#hidden.get(form);
      if (known === undefined || known.doubtful !== undefined) {
        this.#hidden.set(form, { replacement: label, doubtful: value });
      }
    }
  }
}

/** A secret as it is, in JSON, and in a URL. */
const formsOf = (secret: string): readonly string[] => {
  // By way of UTF-8, since encodeURIComponent throws on half of a surrogate pair, which JSON can hold.
  const inUri = encodeURIComponent(Buffer.from(secret).toString());
  return [secret, JSON.stringify(secret).slice(1, -1), inUri];
};

/** A percent-encoded character before a word is not part of it. */
const replaceWord = (text: string, word: string, label: string): string => {
  const escaped = word.replace(/[^\w]/g, '\\$&');
  return text.replace(new RegExp(`(?:(?<![\\w-])|(?<=%[0-9A-F]{2}))${escaped}(?![\\w-])`, 'gi'), () => label);
};
