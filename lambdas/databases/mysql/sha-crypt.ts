/** SHA-256 crypt, in which MySQL keeps passwords: https://www.akkadia.org/drepper/SHA-crypt.txt, with salts of any length. */
import { createHash } from 'node:crypto';

/** The 43 characters that follow the salt. */
export const shaCrypt = (password: string, salt: string, rounds: number): string => {
  const key = Buffer.from(password);
  const salting = Buffer.from(salt);
  const alternate = sha256(key, salting, key);
  const parts = [key, salting, repeated(alternate, key.length)];
  for (let bits = key.length; bits > 0; bits >>= 1) parts.push(bits & 1 ? alternate : key);
  let digest = sha256(...parts);

  const p = repeated(sha256(...Array<Buffer>(key.length).fill(key)), key.length);
  const s = repeated(sha256(...Array<Buffer>(16 + (digest[0] ?? 0)).fill(salting)), salting.length);
  for (let round = 0; round < rounds; round++) {
    const odd = round % 2 === 1;
    digest = sha256(odd ? p : digest, round % 3 === 0 ? nothing : s, round % 7 === 0 ? nothing : p, odd ? digest : p);
  }
  return encoded(digest);
};

const nothing = Buffer.alloc(0);

const sha256 = (...parts: readonly Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

const repeated = (digest: Buffer, length: number): Buffer => Buffer.alloc(length, digest);

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** Three bytes in four characters, the lowest bits first; which three, the specification lists one by one. */
const encoded = (digest: Buffer): string => {
  const byte = (index: number): number => digest[index] ?? 0;
  let text = '';
  for (let group = 0, a = 0, b = 10, c = 20; group < 10; group++) {
    text += characters((byte(a) << 16) | (byte(b) << 8) | byte(c), 4);
    [a, b, c] = [c + 1, a + 1, b + 1];
  }
  return text + characters((byte(31) << 8) | byte(30), 3);
};

const characters = (bits: number, count: number): string =>
  Array.from({ length: count }, (_, index) => alphabet[(bits >> (6 * index)) & 63]).join('');
