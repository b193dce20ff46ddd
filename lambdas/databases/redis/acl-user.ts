/** A user as the server describes it, in the words in which it can be told again (`ACL LIST`, and the file of users). */
import { createHash } from 'node:crypto';
import type { Notice } from '../port.ts';
import type { Command } from './session.ts';

export interface AclUser {
  readonly name: string;
  readonly enabled: boolean;
  /** Any password is accepted. */
  readonly nopass: boolean;
  /** SHA-256 in hex: all that the server keeps of passwords. */
  readonly hashes: readonly string[];
  /** What it may do: commands, keys, channels, selectors, in the server's order, which counts. */
  readonly rules: readonly string[];
}

/** `undefined` if `lines`, the answer to `ACL LIST`, do not have the user. */
export const findUser = (lines: readonly string[], username: string): AclUser | undefined => {
  for (const line of lines) {
    // Neither names nor rules can have spaces; a selector in parentheses can, and is taken word by word as well.
    const [keyword, name, state, ...words] = line.split(' ');
    if (keyword !== 'user' || name !== username) continue;
    return {
      name,
      enabled: state === 'on',
      nopass: words.includes('nopass'),
      hashes: words.filter(isHash).map((word) => word.slice(1)),
      rules: words.filter((word) => word !== 'nopass' && !isHash(word)),
    };
  }
  return undefined;
};

/** The one command after which a user is exactly this, whatever it was. */
export const define = ({ name, enabled, nopass, hashes, rules }: AclUser): Command => [
  'ACL',
  'SETUSER',
  name,
  'reset',
  enabled ? 'on' : 'off',
  ...(nopass ? ['nopass'] : []),
  ...hashes.map((hash) => `#${hash}`),
  ...rules,
];

/** The one command after which exactly these passwords are valid. The server never sees them in plaintext. */
export const setPasswords = (username: string, hashes: readonly string[]): Command => [
  'ACL',
  'SETUSER',
  username,
  'resetpass',
  ...new Set(hashes.map((hash) => `#${hash}`)),
];

export const hasExactly = ({ hashes, nopass }: AclUser, wanted: readonly string[]): boolean =>
  !nopass && [...new Set(hashes)].sort().join() === [...new Set(wanted)].sort().join();

/** @param expected - how many passwords the rotations of the secret left. */
export const surplusPasswords = (username: string, count: number, expected: number): readonly Notice[] =>
  count <= expected
    ? []
    : [
        {
          code: 'second-password',
          message: `User "${username}" has ${count} passwords that are valid, ${count - expected} more than its rotations left: a rotation of this user ends those that the secret does not have. See that no application uses one of them before the next rotation`,
        },
      ];

export const hashOf = (password: string): string => createHash('sha256').update(password).digest('hex');

const isHash = (word: string): boolean => /^#[0-9a-f]{64}$/.test(word);
