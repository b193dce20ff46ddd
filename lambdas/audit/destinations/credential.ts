/** An attempt with the credential of a destination, which may be replaced at any time. */
import { Buffer } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import { DestinationError, type DestinationSecret } from './destination.ts';

type SecretValue = Readonly<Record<string, string>>;

/**
 * If the credential is refused, the secret is read again. If it has a new value, the attempt is repeated once.
 *
 * @throws DestinationError of the last attempt, or of the secret.
 */
export const withCredential = async <Result>(
  secret: DestinationSecret,
  signal: AbortSignal,
  attempt: (value: SecretValue) => Promise<Result>,
): Promise<Result> => {
  const value = await secret.read(signal);
  try {
    return await attempt(value);
  } catch (error) {
    if (!(error instanceof DestinationError) || error.code !== 'unauthorised') throw error;
    const reread = await secret.reread(signal);
    if (isSame(value, reread)) throw error;
    return await attempt(reread);
  }
};

/**
 * A credential that has only printable ASCII. Others can't be sent in a header.
 *
 * @throws DestinationError `secret-invalid`, without the value.
 */
export const asciiCredential = (value: SecretValue, key: string): string => {
  const text = value[key];
  if (text === undefined || !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text)) {
    throw new DestinationError('secret-invalid', `${key} in the destination's secret must be printable ASCII`);
  }
  return text;
};

const isSame = (one: SecretValue, other: SecretValue): boolean => {
  const [first, second] = [canonical(one), canonical(other)];
  return first.length === second.length && timingSafeEqual(first, second);
};

const canonical = (value: SecretValue): Buffer =>
  Buffer.from(JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))));
