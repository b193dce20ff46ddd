/** Passwords from the operating system's random source. */
import { randomInt } from 'node:crypto';
import type { PasswordPolicy, PasswordSource } from './port.ts';
import { EngineError } from './errors.ts';

/** No character that a connection string, a shell or a configuration file must escape. */
const alphabets = {
  lower: 'abcdefghijklmnopqrstuvwxyz',
  upper: 'ABCDEFGHIJKLMNOPQRSTUVWXYZ',
  digits: '0123456789',
  special: '-_',
} as const;
const alphabet = Object.values(alphabets).join('');

const length = 32;
/** Of any class: 6 bits each, 132 bits together, whatever else a policy requires. */
const freeCharacters = 22;
/** The shortest limit of an engine: SQL Server, and the users of ElastiCache and MemoryDB. */
const longest = 128;

/** Each class of characters is there at least once; every order is equally likely. */
export const randomPasswords: PasswordSource = {
  generate: (policy: PasswordPolicy = {}) => {
    const kinds = Object.keys(alphabets) as (keyof typeof alphabets)[];
    const demanded = kinds.map((kind) => ({ from: alphabets[kind], count: Math.max(1, policy[kind] ?? 0) }));
    const fixed = demanded.reduce((sum, { count }) => sum + count, 0);
    const total = Math.max(length, policy.minLength ?? 0, fixed + freeCharacters);
    if (!(total <= longest)) throw tooLong(total);
    const free = { from: alphabet, count: total - fixed };
    return shuffled([...demanded, free].flatMap(({ from, count }) => draw(from, count))).join('');
  },
};

const draw = (from: string, count: number): string[] =>
  Array.from({ length: count }, () => from.charAt(randomInt(from.length)));

/** Fisher-Yates. */
const shuffled = (characters: readonly string[]): string[] => {
  const result = [...characters];
  for (let last = result.length - 1; last > 0; last--) {
    const other = randomInt(last + 1);
    [result[last], result[other]] = [result[other] ?? '', result[last] ?? ''];
  }
  return result;
};

const tooLong = (total: number): EngineError =>
  new EngineError(
    'password-refused',
    `The server's password policy requires ${total} characters, and an engine may cut passwords longer than ${longest}: relax the policy`,
    { retryable: false },
  );
