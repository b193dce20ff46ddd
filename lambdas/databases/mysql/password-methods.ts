/**
 * What the servers store instead of a password, for each method of authentication. Computed here, so that the password
 * itself is in no statement of an admin and in no log.
 */
import { createHash, randomInt, timingSafeEqual } from 'node:crypto';
import { ed25519Hash } from './ed25519.ts';
import { shaCrypt } from './sha-crypt.ts';

export interface PasswordMethod {
  hash(password: string): string;
  /** Whether a stored hash is one of this password; `undefined` if it can't be told. Takes the same time either way. */
  matches(password: string, hash: string): boolean | undefined;
}

/** The method of an authentication plugin, or `undefined` for one that keeps no password, or not here. */
export const passwordMethod = (plugin: string): PasswordMethod | undefined => methods.get(plugin);

const sha1 = (...parts: readonly (Buffer | string)[]): Buffer => {
  const hash = createHash('sha1');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

const nativeHash = (password: string): string => `*${sha1(sha1(password)).toString('hex').toUpperCase()}`;

/** Generated passwords have 192 bits: more rounds, as newer servers use for those that people choose, would add nothing. */
const rounds = 5_000;
/** Ten times the default of MySQL 9. A server could ask for any number, and the function would compute for hours. */
const mostRounds = 100_000;
const saltLength = 20;

/** `$A$005$<salt><digest>`: thousands of rounds, in hexadecimal, then 20 characters of salt and 43 of digest. */
const cachingSha2 = /^\$A\$([0-9A-Fa-f]{3})\$([^]{20})([^]{43})$/;
/** `$5$<salt>$<digest>`, or `$5$rounds=<rounds>$<salt>$<digest>`. */
const sha256 = /^\$5\$(?:rounds=(\d+)\$)?([^$]{1,20})\$([^]{43})$/;

const methods: ReadonlyMap<string, PasswordMethod> = new Map([
  ['mysql_native_password', deterministic(nativeHash)],
  ['ed25519', deterministic(ed25519Hash)],
  [
    'caching_sha2_password',
    {
      hash: (password: string) => {
        const salt = newSalt();
        return `$A$00${rounds / 1_000}$${salt}${shaCrypt(password, salt, rounds)}`;
      },
      matches: (password: string, hash: string) => {
        if (hash === '') return password === '';
        const [, thousands = '', salt = '', digest] = cachingSha2.exec(hash) ?? [];
        return matchesDigest(password, salt, Number.parseInt(thousands, 16) * 1_000, digest);
      },
    },
  ],
  [
    'sha256_password',
    {
      hash: (password: string) => {
        const salt = newSalt();
        return `$5$${salt}$${shaCrypt(password, salt, rounds)}`;
      },
      matches: (password: string, hash: string) => {
        if (hash === '') return password === '';
        const [, given = rounds, salt = '', digest] = sha256.exec(hash) ?? [];
        return matchesDigest(password, salt, Number(given), digest);
      },
    },
  ],
]);

function deterministic(hash: (password: string) => string): PasswordMethod {
  return { hash, matches: (password, stored) => (stored === '' ? password === '' : equal(hash(password), stored)) };
}

function matchesDigest(
  password: string,
  salt: string,
  rounds: number,
  digest: string | undefined,
): boolean | undefined {
  if (digest === undefined || !(rounds <= mostRounds)) return undefined;
  return equal(shaCrypt(password, salt, rounds), digest);
}

const equal = (one: string, other: string): boolean => {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
};

const saltAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

const newSalt = (): string =>
  Array.from({ length: saltLength }, () => saltAlphabet.charAt(randomInt(saltAlphabet.length))).join('');
