/**
 * MariaDB's `ed25519`: RFC 8032, but with the password where that has a seed of 32 bytes, which is why Node's own keys
 * can't be used: https://mariadb.com/kb/en/authentication-plugin-ed25519/
 */
import { createHash } from 'node:crypto';
import { Point } from '@noble/ed25519';

/** What the server stores: the public key. */
export const ed25519Hash = (password: string): string =>
  Buffer.from(keyOf(password).publicKey).toString('base64').replace(/=+$/, '');

/** The signature of the server's challenge. */
export const ed25519Answer = (password: string, challenge: Uint8Array): Buffer => {
  const { scalar, prefix, publicKey } = keyOf(password);
  // The driver hands over what follows the plugin's name, with the zero byte that ends it.
  const message = challenge.subarray(0, challengeBytes);
  const nonce = numberOf(sha512(prefix, message));
  const commitment = Point.BASE.multiply(nonce).toBytes();
  const response = (numberOf(sha512(commitment, publicKey, message)) * scalar + nonce) % order;
  return Buffer.concat([commitment, bytesOf(response)]);
};

const challengeBytes = 32;
const { n: order } = Point.CURVE();

const keyOf = (password: string) => {
  const hash = sha512(Buffer.from(password));
  const clamped = hash.subarray(0, 32);
  clamped[0] = (clamped[0] ?? 0) & 248;
  clamped[31] = ((clamped[31] ?? 0) & 63) | 64;
  const scalar = numberOf(clamped);
  return { scalar, prefix: hash.subarray(32), publicKey: Point.BASE.multiply(scalar).toBytes() };
};

const sha512 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha512');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Little-endian, as everything of the curve, and below its order: the base point comes round after that many steps. */
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`) % order;

const bytesOf = (number: bigint): Buffer => Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse();
