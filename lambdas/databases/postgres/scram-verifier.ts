/** Computes what PostgreSQL stores instead of a password, so that the password itself never travels in a statement. */
import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { saslprep } from '@mongodb-js/saslprep';

/** PostgreSQL's own default of `scram_iterations`. Generated passwords have 192 bits: more rounds would add nothing. */
const iterations = 4096;
const saltBytes = 16;

const derive = promisify(pbkdf2);

/** `SCRAM-SHA-256$<iterations>:<salt>$<StoredKey>:<ServerKey>`, RFC 5803 as in https://www.postgresql.org/docs/current/catalog-pg-authid.html */
export const scramVerifier = async (password: string, salt: Buffer = randomBytes(saltBytes)): Promise<string> => {
  const { storedKey, serverKey } = await scramKeys(password, salt, iterations);
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey.toString('base64')}:${serverKey.toString('base64')}`;
};

/** RFC 5802, section 3. */
export const scramKeys = async (
  password: string,
  salt: Buffer,
  rounds: number,
): Promise<{ readonly storedKey: Buffer; readonly serverKey: Buffer }> => {
  const salted = await derive(normalise(password), salt, rounds, 32, 'sha256');
  const clientKey = createHmac('sha256', salted).update('Client Key').digest();
  const storedKey = createHash('sha256').update(clientKey).digest();
  const serverKey = createHmac('sha256', salted).update('Server Key').digest();
  return { storedKey, serverKey };
};

/** As the server and libpq do: ASCII as it is, and a password that SASLprep refuses as it is too. */
const normalise = (password: string): string => {
  if (Buffer.byteLength(password) === password.length) return password;
  try {
    return saslprep(password);
  } catch (error) {
    if (error instanceof Error) return password;
    throw error;
  }
};
