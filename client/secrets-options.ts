/** Options of `createSecrets`, and their check. */
import { inspect } from 'node:util';
import { clientVariables } from '../lib/contract/index.ts';
import { SecretError } from './secret-error.ts';
import type { RdsTokenSigner } from './rds-token-signer.ts';
import type { SecretReader } from './secret-reader.ts';
import type { SecretChanges, StaleSecret } from './secrets.ts';

/** Options of `createSecrets`. An option that is `undefined` has its default. */
export interface SecretsOptions {
  /** Name of the application in the catalog. */
  readonly application: string;
  /** Name of the environment in the catalog. @default the environment variable `STRONGROOM_ENVIRONMENT` */
  readonly environment?: string | undefined;
  /** `names.secret` of organisation.yaml. @default `{environment}/{application}/{secret}` */
  readonly nameTemplate?: string | undefined;
  /** Names or ARNs of secrets that do not follow the template, by name in the catalog. @default none */
  readonly secretIds?: Readonly<Record<string, string>> | undefined;
  /** AWS region. @default the region that the SDK finds */
  readonly region?: string | undefined;
  /** How long a value is used without reading it again, in milliseconds. @default 300000, five minutes */
  readonly ttlMs?: number | undefined;
  /**
   * How long after its TTL the last value is used during an outage or throttling, in milliseconds. It is never used after
   * a refusal.
   *
   * @default 3600000, one hour
   */
  readonly maxStaleMs?: number | undefined;
  /** How long a failed read is not repeated, in milliseconds. @default 1000 */
  readonly failureTtlMs?: number | undefined;
  /** Time limit of a read, including retries, in milliseconds. @default 5000 */
  readonly timeoutMs?: number | undefined;
  /**
   * How long `use` waits for a new version after a refused login, in milliseconds. A rotation changes the database
   * shortly before the secret.
   *
   * @default 5000
   */
  readonly rotationWaitMs?: number | undefined;
  /** Maximum number of cached secrets. The least recently used one is removed first. @default 1000 */
  readonly maxEntries?: number | undefined;
  /** Called for each failed read after which the last value is used. @default a process warning */
  readonly onStale?: ((stale: StaleSecret) => void) | undefined;
  /** Source of change events. @default none: values change when their TTL ends */
  readonly changes?: SecretChanges | undefined;
  /** Reads secrets. @default {@link createSecretsManagerReader} */
  readonly reader?: SecretReader | undefined;
  /** Signs the tokens of `iamLogin`. @default {@link createRdsTokenSigner} */
  readonly signer?: RdsTokenSigner | undefined;
  /** Clock, for tests. @default the clock of the system */
  readonly clock?: Clock | undefined;
}

/** Options next to a declaration, which has the application and the names of its secrets. */
export type DeclaredOptions = Omit<SecretsOptions, 'application' | 'nameTemplate' | 'secretIds'>;

/** A clock that the client uses for the age of values and for pauses. */
export interface Clock {
  /** Returns the time in milliseconds since the epoch. */
  now(): number;
  /** Resolves after a number of milliseconds. */
  sleep(ms: number): Promise<void>;
}

/** Options with every default set that does not depend on another option. */
export type CheckedOptions = Omit<SecretsOptions, 'environment' | NumberOption> &
  Readonly<Record<NumberOption, number>> & { readonly environment: string };

type NumberOption = keyof typeof numbers;

const numbers = {
  ttlMs: 300_000,
  maxStaleMs: 3_600_000,
  failureTtlMs: 1_000,
  timeoutMs: 5_000,
  rotationWaitMs: 5_000,
  maxEntries: 1_000,
} as const;

const others = [
  'application',
  'environment',
  'nameTemplate',
  'secretIds',
  'region',
  'onStale',
  'changes',
  'reader',
  'signer',
  'clock',
];

/** @throws SecretError `invalid-argument`. */
export const checkOptions = (options: SecretsOptions): CheckedOptions => {
  for (const name of Object.keys(options)) {
    if (!others.includes(name) && !(name in numbers)) {
      throw invalidArgument(
        `unknown option ${JSON.stringify(name)} of createSecrets: its options are ${[...others, ...Object.keys(numbers)].join(', ')}`,
      );
    }
  }
  const checked: Record<string, number> = {};
  for (const [name, byDefault] of Object.entries(numbers)) {
    const value = options[name as NumberOption] ?? byDefault;
    const least = name === 'timeoutMs' || name === 'maxEntries' ? 1 : 0;
    if (!Number.isFinite(value) || value < least) {
      throw invalidArgument(`${name} must be a number, ${least} or greater (got ${inspect(value)})`);
    }
    checked[name] = value;
  }
  const environment = options.environment ?? process.env[clientVariables.environment];
  if (environment === undefined || environment === '') {
    throw invalidArgument(
      `environment is missing: set the option or the environment variable ${clientVariables.environment}`,
    );
  }
  checkName('environment', environment);
  checkName('application', options.application);
  checkNames(options);
  return { ...options, ...checked, environment } as CheckedOptions;
};

/** Plain JavaScript passes what the compiler would refuse. */
const checkNames = ({ nameTemplate, secretIds = {} }: SecretsOptions): void => {
  if (nameTemplate !== undefined && (typeof nameTemplate !== 'string' || !nameTemplate.includes('{secret}'))) {
    throw invalidArgument(
      `nameTemplate must contain {secret}, like names.secret of organisation.yaml (got ${JSON.stringify(nameTemplate)})`,
    );
  }
  for (const [name, id] of Object.entries(secretIds)) {
    checkName('a key of secretIds', name);
    if (typeof id !== 'string' || id === '') {
      throw invalidArgument(`secretIds.${name} must be the name or ARN of a secret (got ${JSON.stringify(id)})`);
    }
  }
};

/** @throws SecretError `invalid-argument`. */
export const checkName = (what: string, name: unknown): void => {
  if (typeof name === 'string' && /^[a-z0-9][a-z0-9-]*$/.test(name)) return;
  throw invalidArgument(
    `${what} must be a name in the catalog: lower-case letters, digits and hyphens (got ${JSON.stringify(name)})`,
  );
};

export const invalidArgument = (message: string) => new SecretError('invalid-argument', message);
