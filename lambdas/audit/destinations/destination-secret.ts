/** The secret of a destination, kept for a while. It has no address: who may put a value could send the audit elsewhere. */
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { DestinationError, type DestinationSecret } from './destination.ts';

export interface DestinationSecretOptions {
  readonly client: Pick<SecretsManagerClient, 'send'>;
  /** ARN or name of the secret. */
  readonly secretId: string;
  /** JSON with the keys that the value has, by `secretExample`. */
  readonly example: string;
  /**
   * Address by the catalog. Early values of `splunk-hec` have it under `url` too; the same one is accepted and not used,
   * another one is refused. Absent: a value with `url` is refused.
   */
  readonly url?: string;
  readonly now: () => number;
  /** Gets every value that was read, to keep it out of the log. */
  readonly learn: (text: string) => void;
  /** Is told once per process that the value has a `url`. */
  readonly warn: (message: string) => void;
  /** How long a value serves. @default 300000 */
  readonly ttlMs?: number;
  /**
   * Shortest time between two reads, failed ones too: each read is an audited event itself, and with a refused credential
   * every one of those would cause the next. @default 30000
   */
  readonly minimumAgeMs?: number;
}

type SecretValue = Readonly<Record<string, string>>;

interface Reading {
  readonly at: number;
  readonly value: Promise<SecretValue>;
  failed: boolean;
}

export const createDestinationSecret = (options: DestinationSecretOptions): DestinationSecret => {
  const { now, ttlMs = 300_000, minimumAgeMs = 30_000 } = options;
  let reading: Reading | undefined;
  let warned = false;
  const warnOnce = (message: string): void => {
    if (!warned) options.warn(message);
    warned = true;
  };
  const readOlderThan = (age: number, signal: AbortSignal): Promise<SecretValue> => {
    if (reading && now() - reading.at < (reading.failed ? minimumAgeMs : age)) return reading.value;
    const next: Reading = { at: now(), value: readSecret({ ...options, warn: warnOnce }, signal), failed: false };
    next.value.catch(() => {
      next.failed = true;
      // It was this caller's time that was up: another one may ask at once.
      if (signal.aborted && reading === next) reading = undefined;
    });
    reading = next;
    return next.value;
  };
  return {
    read: (signal) => readOlderThan(ttlMs, signal),
    reread: (signal) => readOlderThan(minimumAgeMs, signal),
  };
};

/** Of a destination that needs no secret. */
export const noSecret: DestinationSecret = {
  read: () => Promise.resolve({}),
  reread: () => Promise.resolve({}),
};

const readSecret = async (options: DestinationSecretOptions, signal: AbortSignal): Promise<SecretValue> => {
  const { client, secretId, example, learn, warn } = options;
  let text: string | undefined;
  try {
    ({ SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: secretId }), {
      abortSignal: signal,
    }));
  } catch (cause) {
    if (signal.aborted) {
      throw new DestinationError('timeout', `the destination's secret ${secretId} could not be read in time`, {
        cause,
      });
    }
    const why =
      cause instanceof ResourceNotFoundException
        ? `it does not exist or has no value yet; put ${example}`
        : (cause as Error).name;
    throw new DestinationError('secret-unreadable', `can't read the destination's secret ${secretId}: ${why}`, {
      cause,
    });
  }
  learn(text ?? '');
  const { value, hasAddress } = parseSecret(text, options);
  if (hasAddress) {
    warn(
      `the value of the destination's secret ${secretId} has a url, which is not used: the catalog has it; put ${example}`,
    );
  }
  return value;
};

/** @throws DestinationError `secret-invalid`, which says what is wrong, and nothing that the value holds: a key of it may be the token. */
export const parseSecret = (
  text: string | undefined,
  { secretId, example, url: address }: Pick<DestinationSecretOptions, 'secretId' | 'example' | 'url'>,
): { readonly value: SecretValue; readonly hasAddress: boolean } => {
  const invalid = (what: string) =>
    new DestinationError('secret-invalid', `the value of the destination's secret ${secretId} ${what}; put ${example}`);
  const keys = Object.keys(JSON.parse(example) as object);
  const given = parseObject(text);
  if (!given) throw invalid('must be a JSON object');
  const { url, ...named } = given;
  const hasAddress = url !== undefined && address !== undefined;
  const held = hasAddress ? named : given;
  if (Object.keys(held).some((key) => !keys.includes(key))) throw invalid(`must have no key but ${keys.join(', ')}`);
  const value: Record<string, string> = {};
  for (const key of keys) {
    const [form, what] = formOf(key);
    const part = held[key];
    if (typeof part !== 'string' || !form.test(part)) throw invalid(`must have under ${key} ${what}`);
    value[key] = part;
  }
  if (hasAddress && !isSameAddress(url, address)) {
    throw invalid(`has another address than the catalog (${address}): nothing is sent there`);
  }
  return { value, hasAddress };
};

/** What goes into a header can't have spaces or line breaks. */
const formOf = (key: string): readonly [form: RegExp, what: string] => {
  switch (key) {
    case 'certificate':
    case 'key':
      return [/^-----BEGIN [A-Z0-9 ]+-----[\x20-\x7e\r\n]+$/, 'a PEM block'];
    case 'username':
    case 'password':
      // eslint-disable-next-line no-control-regex -- it is these that are refused
      return [/^[^\x00-\x1f\x7f]+$/, 'a text without line breaks'];
    default:
      return [/^[\x21-\x7e]+$/, 'a text without spaces'];
  }
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
