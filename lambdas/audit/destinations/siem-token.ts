/** The SIEM's token, from the secret that holds it, kept for a while. The address is never in that secret. */
import {
  ResourceNotFoundException,
  GetSecretValueCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { SiemError } from '../deliver/siem.ts';

export interface SiemToken {
  /** @throws SiemError `destination-unreadable` or `destination-invalid`. */
  read(signal: AbortSignal): Promise<string>;
  /** Reads the secret again, unless that was done a moment ago. @throws SiemError as `read` does. */
  reread(signal: AbortSignal): Promise<string>;
}

export interface SiemTokenOptions {
  readonly client: Pick<SecretsManagerClient, 'send'>;
  /** ARN or name of the secret. */
  readonly secretId: string;
  /** The SIEM's address by the catalog. A value that names another one is refused. */
  readonly url: string;
  readonly now: () => number;
  /** Gets every value that was read, to keep it out of the log. */
  readonly learn: (text: string) => void;
  /** Is told once per process that the value still has an address, from before the catalog had it. */
  readonly warn: (message: string) => void;
  /** How long a value serves. @default 300000 */
  readonly ttlMs?: number;
  /**
   * Shortest time between two reads, failed ones too: each read is an audited event itself, and with a refused token
   * every one of those would cause the next. @default 30000
   */
  readonly minimumAgeMs?: number;
}

interface Reading {
  readonly at: number;
  readonly value: Promise<string>;
  failed: boolean;
}

export const createSiemToken = (options: SiemTokenOptions): SiemToken => {
  const { now, ttlMs = 300_000, minimumAgeMs = 30_000 } = options;
  let reading: Reading | undefined;
  let warned = false;
  const warnOnce = (message: string): void => {
    if (!warned) options.warn(message);
    warned = true;
  };
  const readOlderThan = (age: number, signal: AbortSignal): Promise<string> => {
    if (reading && now() - reading.at < (reading.failed ? minimumAgeMs : age)) return reading.value;
    const next: Reading = { at: now(), value: readSecret({ ...options, warn: warnOnce }, signal), failed: false };
    next.value.catch(() => {
      next.failed = true;
    });
    reading = next;
    return next.value;
  };
  return {
    read: (signal) => readOlderThan(ttlMs, signal),
    reread: (signal) => readOlderThan(minimumAgeMs, signal),
  };
};

const example = '{"token": "…"}';

const readSecret = async (
  { client, secretId, url, learn, warn }: SiemTokenOptions,
  signal: AbortSignal,
): Promise<string> => {
  let text: string | undefined;
  try {
    ({ SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: secretId }), {
      abortSignal: signal,
    }));
  } catch (cause) {
    const why =
      cause instanceof ResourceNotFoundException
        ? `it does not exist or has no value yet; put ${example}`
        : (cause as Error).name;
    throw new SiemError('destination-unreadable', `can't read the SIEM's secret ${secretId}: ${why}`, { cause });
  }
  learn(text ?? '');
  const { token, hasAddress } = parseToken(text, { secretId, url });
  if (hasAddress) {
    warn(`the value of the SIEM's secret ${secretId} has a url, which is not used: the catalog has it; put ${example}`);
  }
  return token;
};

/**
 * Anyone who may put this value could otherwise send the audit to a server of their own.
 *
 * @throws SiemError `destination-invalid`, which says what is wrong, and nothing that the value holds: a key of it may
 * be the token.
 */
export const parseToken = (
  text: string | undefined,
  { secretId, url: address }: { readonly secretId: string; readonly url: string },
): { readonly token: string; readonly hasAddress: boolean } => {
  const invalid = (what: string) =>
    new SiemError('destination-invalid', `the value of the SIEM's secret ${secretId} ${what}; put ${example}`);
  const value = parseObject(text);
  if (!value) throw invalid('must be a JSON object');
  const { url, token, ...unknown } = value;
  if (Object.keys(unknown).length > 0) throw invalid('must have no key but token');
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw invalid('must have a token without spaces');
  if (url === undefined) return { token, hasAddress: false };
  if (!isSameAddress(url, address)) {
    throw invalid(`has another address than the catalog (siem.url is ${address}): nothing is sent there`);
  }
  return { token, hasAddress: true };
};

const isSameAddress = (url: unknown, address: string): boolean =>
  typeof url === 'string' && URL.canParse(url) && new URL(url).href === new URL(address).href;

const parseObject = (text: string | undefined): Record<string, unknown> | undefined => {
  try {
    const value: unknown = JSON.parse(text ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    // The parser's own message quotes the value.
    return undefined;
  }
};
