/** Options of `createSecrets`, checked: a mistyped one is an error that names it. */
import { clientVariables } from '../lib/contract/index.ts';
import { SecretError } from './secret-error.ts';
import type { RdsTokenSigner } from './rds-token-signer.ts';
import type { SecretReader } from './secret-reader.ts';
import type { SecretChanges, StaleSecret } from './secrets.ts';

export interface SecretsOptions {
  /** Name of the application in the catalog. */
  readonly application: string;
  /** Name of the environment. @default the variable STRONGROOM_ENVIRONMENT */
  readonly environment?: string;
  /** `names.secret` of organisation.yaml. @default `{environment}/{application}/{secret}` */
  readonly nameTemplate?: string;
  /** Names or ARNs of secrets that the template does not name, by their names in the catalog. @default none */
  readonly secretIds?: Readonly<Record<string, string>>;
  /** AWS region. @default the SDK's own search */
  readonly region?: string;
  /** How long a value is used without reading it again. @default 300000, five minutes */
  readonly ttlMs?: number;
  /**
   * How long after that the last value still serves while Secrets Manager can't be reached, throttles or fails. After a
   * refusal it never serves. @default 3600000, one hour
   */
  readonly maxStaleMs?: number;
  /** How long a failed read is not tried again. @default 1000 */
  readonly failureTtlMs?: number;
  /** Longest time for a read, retries included. @default 5000 */
  readonly timeoutMs?: number;
  /**
   * How long `use` waits for a new version after a refused login: a rotation changes the database a moment before the
   * secret. @default 5000
   */
  readonly rotationWaitMs?: number;
  /** Most secrets kept; the one not used for longest goes first. @default 1000 */
  readonly maxEntries?: number;
  /** Called for each failed read after which the last value serves. @default a process warning */
  readonly onStale?: (stale: StaleSecret) => void;
  /** Tells when secrets change. @default nothing does: values change when their time to live ends */
  readonly changes?: SecretChanges;
  /** @default Secrets Manager, see {@link createSecretsManagerReader} */
  readonly reader?: SecretReader;
  /** Makes the passwords of `iamLogin`. @default the SDK's, see {@link createRdsTokenSigner} */
  readonly signer?: RdsTokenSigner;
  /** @default the system's */
  readonly clock?: Clock;
}

/** Options beside a declaration, which names the application and its secrets. */
export type DeclaredOptions = Omit<SecretsOptions, 'application' | 'nameTemplate' | 'secretIds'>;

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  sleep(ms: number): Promise<void>;
}

export type CheckedOptions = Required<
  Pick<
    SecretsOptions,
    | 'application'
    | 'environment'
    | 'ttlMs'
    | 'maxStaleMs'
    | 'failureTtlMs'
    | 'timeoutMs'
    | 'rotationWaitMs'
    | 'maxEntries'
  >
> &
  SecretsOptions;

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
        `createSecrets has no option ${name}: it has ${[...others, ...Object.keys(numbers)].join(', ')}`,
      );
    }
  }
  const checked: Record<string, number> = {};
  for (const [name, byDefault] of Object.entries(numbers)) {
    const value = options[name as keyof typeof numbers] ?? byDefault;
    const least = name === 'timeoutMs' || name === 'maxEntries' ? 1 : 0;
    if (!Number.isFinite(value) || value < least)
      throw invalidArgument(`${name} must be a number from ${least} (got ${value})`);
    checked[name] = value;
  }
  const environment = options.environment ?? process.env[clientVariables.environment];
  if (environment === undefined || environment === '') {
    throw invalidArgument(
      `environment must be given, in the options or in the variable ${clientVariables.environment}`,
    );
  }
  checkName('environment', environment);
  checkName('application', options.application);
  checkNames(options);
  return { ...options, ...checked, environment } as CheckedOptions;
};

/** The compiler does not see what plain JavaScript passes. */
const checkNames = ({ nameTemplate, secretIds = {} }: SecretsOptions): void => {
  if (nameTemplate !== undefined && (typeof nameTemplate !== 'string' || !nameTemplate.includes('{secret}'))) {
    throw invalidArgument(
      `nameTemplate must have {secret}, as names.secret of organisation.yaml (got ${JSON.stringify(nameTemplate)})`,
    );
  }
  for (const [name, id] of Object.entries(secretIds)) {
    checkName('a key of secretIds', name);
    if (typeof id !== 'string' || id === '') {
      throw invalidArgument(`secretIds.${name} must be the name or the ARN of a secret (got ${JSON.stringify(id)})`);
    }
  }
};

/** @throws SecretError `invalid-argument`. */
export const checkName = (what: string, name: unknown): void => {
  if (typeof name === 'string' && /^[a-z0-9][a-z0-9-]*$/.test(name)) return;
  throw invalidArgument(
    `${what} must be a name of the catalog: lower-case letters, digits and dashes (got ${JSON.stringify(name)})`,
  );
};

export const invalidArgument = (message: string) => new SecretError('invalid-argument', message);
