/** Compares a password with what PostgreSQL stores of one. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Credential } from '../port.ts';
import { scramKeys } from './scram-verifier.ts';

/** More rounds than anyone uses; they would take seconds. */
const mostIterations = 1_000_000;

const scramPattern = /^SCRAM-SHA-256\$(?<iterations>\d{1,7}):(?<salt>[A-Za-z0-9+/=]+)\$(?<storedKey>[A-Za-z0-9+/=]+):/;
const md5Pattern = /^md5(?<digest>[0-9a-f]{32})$/;

/**
 * `undefined` if what is stored is of a kind that we do not know. In constant time for a given kind.
 *
 * @param stored - `rolpassword` in https://www.postgresql.org/docs/current/catalog-pg-authid.html
 */
export const isPasswordOf = async (
  stored: string | null,
  { username, password }: Credential,
): Promise<boolean | undefined> => {
  if (stored === null) return false;
  const md5 = md5Pattern.exec(stored)?.groups?.['digest'];
  if (md5 !== undefined) {
    return equal(Buffer.from(md5, 'hex'), createHash('md5').update(`${password}${username}`).digest());
  }
  const { iterations = '', salt = '', storedKey = '' } = scramPattern.exec(stored)?.groups ?? {};
  const rounds = Number(iterations);
  if (rounds < 1 || rounds > mostIterations) return undefined;
  const keys = await scramKeys(password, Buffer.from(salt, 'base64'), rounds);
  return equal(Buffer.from(storedKey, 'base64'), keys.storedKey);
};

const equal = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
