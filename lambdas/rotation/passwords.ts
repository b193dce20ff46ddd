/** Passwords from the operating system's random source. */
import { randomBytes } from 'node:crypto';
import type { PasswordSource } from './ports.ts';

/** 24 bytes are 192 bits, and exactly 32 characters of `A-Z a-z 0-9 - _`: none that a connection string must escape. */
const bytes = 24;

export const randomPasswords: PasswordSource = { generate: () => randomBytes(bytes).toString('base64url') };
