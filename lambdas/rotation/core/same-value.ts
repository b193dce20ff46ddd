/** Compares values that hold passwords in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';

export const isSameValue = (one: string, other: string): boolean => timingSafeEqual(digestOf(one), digestOf(other));

/** Digests have one length, whatever the values have. */
const digestOf = (value: string): Buffer => createHash('sha256').update(value).digest();
