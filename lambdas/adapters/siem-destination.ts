/** The SIEM's address and token, from the secret that holds them, kept for a while. */
import { ResourceNotFoundException, GetSecretValueCommand } from '@aws-sdk/client-secrets-manager';
import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import type { SiemDestinationValue } from '../../lib/contract/index.ts';
import { SiemError } from '../audit/siem.ts';

export interface SiemDestination {
  /** @throws SiemError `destination-unreadable` or `destination-invalid`. */
  read(signal: AbortSignal): Promise<SiemDestinationValue>;
  /** Reads the secret again, unless that was done a moment ago. @throws SiemError as `read` does. */
  reread(signal: AbortSignal): Promise<SiemDestinationValue>;
}

export interface SiemDestinationOptions {
  readonly client: Pick<SecretsManagerClient, 'send'>;
  /** ARN or name of the secret. */
  readonly secretId: string;
  readonly now: () => number;
  /** Gets every value that was read, to keep it out of the log. */
  readonly learn: (text: string) => void;
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
  readonly value: Promise<SiemDestinationValue>;
  failed: boolean;
}

export const createSiemDestination = (options: SiemDestinationOptions): SiemDestination => {
  const { now, ttlMs = 300_000, minimumAgeMs = 30_000 } = options;
  let reading: Reading | undefined;
  const readOlderThan = (age: number, signal: AbortSignal): Promise<SiemDestinationValue> => {
    if (reading && now() - reading.at < (reading.failed ? minimumAgeMs : age)) return reading.value;
    const next: Reading = { at: now(), value: readSecret(options, signal), failed: false };
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

const readSecret = async (
  { client, secretId, learn }: SiemDestinationOptions,
  signal: AbortSignal,
): Promise<SiemDestinationValue> => {
  let text: string | undefined;
  try {
    ({ SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: secretId }), {
      abortSignal: signal,
    }));
  } catch (cause) {
    const why =
      cause instanceof ResourceNotFoundException
        ? 'it does not exist or has no value yet; put {"url": "https://host:8088", "token": "…"}'
        : (cause as Error).name;
    throw new SiemError('destination-unreadable', `can't read the SIEM's secret ${secretId}: ${why}`, { cause });
  }
  learn(text ?? '');
  return parseDestination(text, secretId);
};

/** @throws SiemError `destination-invalid`, which tells names and shapes, never what the value holds. */
export const parseDestination = (text: string | undefined, secretId: string): SiemDestinationValue => {
  const invalid = (what: string) =>
    new SiemError(
      'destination-invalid',
      `the value of the SIEM's secret ${secretId} ${what}; write {"url": "https://host:8088", "token": "…"}`,
    );
  const value = parseObject(text);
  if (!value) throw invalid('must be a JSON object');
  const { url, token, ...unknown } = value;
  const [unknownKey] = Object.keys(unknown);
  if (unknownKey !== undefined) throw invalid(`has the unknown key ${JSON.stringify(unknownKey.slice(0, 40))}`);
  if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw invalid('must have a token without spaces');
  if (typeof url !== 'string' || !URL.canParse(url)) throw invalid('must have a url');
  const { protocol, username, password, pathname, search, hash, origin } = new URL(url);
  if (protocol !== 'https:') throw invalid(`must have a url that starts with https:// (got ${protocol}//)`);
  if (username !== '' || password !== '' || pathname !== '/' || search !== '' || hash !== '') {
    throw invalid('must have a url of scheme, host and port alone: the path is added');
  }
  return { url: origin, token };
};

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
