/** Creates the client, which reads the secrets of one application by their names in the catalog. */
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkDeclaration } from './check-declaration.ts';
import type { SecretsDeclaration, SecretsOf } from './declaration.ts';
import { connectionTo, IamLogins, type IamDatabase } from './iam-login.ts';
import { isLoginFailure } from './login-failure.ts';
import { parseSecret } from './parse-secret.ts';
import { createRdsTokenSigner } from './rds-token-signer.ts';
import { SecretCache, type Entry } from './secret-cache.ts';
import { isSecretError, SecretError } from './secret-error.ts';
import { createSecretIds, type SecretIds } from './secret-ids.ts';
import { createSecretsManagerReader, type SecretReader } from './secret-reader.ts';
import {
  checkOptions,
  invalidArgument,
  type Clock,
  type DeclaredOptions,
  type SecretsOptions,
} from './secrets-options.ts';
import type { Secret, Secrets, StaleSecret } from './secrets.ts';
import { within } from './within.ts';

/**
 * Creates a client from the declaration of a consumer that `strongroom generate` writes. Names and values are typed.
 *
 * @example
 * ```ts
 * import { createSecrets } from '@strongroom/client';
 *
 * const paymentsApi = {
 *   application: 'payments',
 *   consumer: 'api',
 *   secrets: { 'orders-db': 'database' },
 *   environments: { prod: {} },
 * } as const;
 * const secrets = createSecrets(paymentsApi, { environment: 'prod' });
 * const { host, port, username, password } = await secrets.get('orders-db');
 * ```
 * @throws SecretError `invalid-argument`.
 */
export function createSecrets<const Declaration extends SecretsDeclaration>(
  declaration: Declaration,
  options?: DeclaredOptions,
): SecretsOf<Declaration>;
/**
 * Creates a client with your own types. Without types, every value is a `Secret`.
 *
 * @example
 * ```ts
 * import { createSecrets } from '@strongroom/client';
 * import type { DatabaseCredential } from '@strongroom/client';
 *
 * const secrets = createSecrets<{ 'orders-db': DatabaseCredential }>({ application: 'payments', environment: 'prod' });
 * const { host, port, username, password } = await secrets.get('orders-db');
 * ```
 * @throws SecretError `invalid-argument`.
 */
export function createSecrets<Types extends object = Readonly<Record<string, Secret>>>(
  options: SecretsOptions,
): Secrets<Types>;
export function createSecrets(
  given: SecretsDeclaration | SecretsOptions,
  more: DeclaredOptions = {},
): Secrets<Readonly<Record<string, Secret>>, string> {
  const declaration = 'secrets' in given ? checkDeclaration(given) : undefined;
  const checked = checkOptions(declaration ? { ...more, application: declaration.application } : given);
  const { application, environment, nameTemplate, secretIds, region, changes, rotationWaitMs, timeoutMs, ...settings } =
    checked;
  if (declaration && (nameTemplate !== undefined || secretIds)) {
    throw invalidArgument('nameTemplate and secretIds are not allowed with a declaration, which has the names');
  }
  const named = { ...(nameTemplate !== undefined && { nameTemplate }), ...(secretIds && { secretIds }) };
  const { onStale = warnOfStale, clock = systemClock } = settings;
  const inRegion = region === undefined ? {} : { region };
  const reader = settings.reader ?? createSecretsManagerReader(inRegion);
  const ids = createSecretIds({ application, environment, ...named }, declaration);
  // Keyed by the name in the catalog: a hit is one look-up, and full names are composed for reads only.
  const cache = new SecretCache<Secret>({
    ...settings,
    now: () => clock.now(),
    read: (name) => read(reader, ids, name, timeoutMs),
    onStale: (name, ageMs, error) => {
      onStale({ name: ids.idOf(name), ageMs, error });
    },
  });
  const logins = new IamLogins({
    signer: settings.signer ?? createRdsTokenSigner(inRegion),
    now: () => clock.now(),
    timeoutMs,
    maxEntries: settings.maxEntries,
  });
  const unsubscribe = changes?.subscribe(({ name: id, versionId }) => {
    const name = ids.nameOf(id);
    if (name === undefined) return;
    if (versionId === undefined || versionId !== cache.versionId(name)) cache.invalidate(name);
  });
  let disposed = false;
  const open = <Opened>(what: Opened): Opened => {
    if (disposed) throw new SecretError('disposed', 'the client is disposed');
    return what;
  };
  const databaseOf = (given: string | IamDatabase): IamDatabase =>
    typeof given === 'string' ? ids.iamDatabase(given) : given;

  return {
    get: async (name, { signal } = {}) => {
      const entry = open(cache).get(name);
      return 'value' in entry ? entry.value : (await waitFor(entry, signal)).value;
    },
    refresh: async (name, { signal } = {}) => (await waitFor(open(cache).refresh(name), signal)).value,
    use: async (name, action, { signal, isAuthError = isLoginFailure } = {}) => {
      const used = await waitFor(open(cache).get(name), signal);
      try {
        return await action(used.value);
      } catch (error) {
        if (!isAuthError(error)) throw error;
        const renewed = await newerVersion(open(cache), name, used, { clock, rotationWaitMs, signal });
        if (!renewed) throw error;
        return await action(renewed.value);
      }
    },
    iamLogin: async (database, { signal } = {}) => waitFor(open(logins).login(databaseOf(database)), signal),
    iamConnection: (given) => {
      const database = open(databaseOf(given));
      return connectionTo(database, async () => (await open(logins).login(database)).password);
    },
    invalidate: (name) => {
      open(cache).invalidate(name);
    },
    dispose: () => {
      if (disposed) return;
      disposed = true;
      unsubscribe?.();
      cache.clear();
      logins.dispose();
      reader.dispose?.();
    },
  };
}

const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => sleep(ms),
};

const read = async (reader: SecretReader, ids: SecretIds, name: string, timeoutMs: number) => {
  const secretName = ids.idOf(name);
  try {
    const { text, versionId } = await within(timeoutMs, { what: `read ${secretName}`, secretName }, (signal) =>
      reader.read(secretName, signal),
    );
    return { value: parseSecret(text, secretName, ids.classOf(name)), versionId };
  } catch (cause) {
    if (isSecretError(cause)) throw cause;
    const message = `can't read ${secretName}: the reader failed`;
    throw new SecretError('unexpected', message, { retryable: true, secretName, cause });
  }
};

/** Waits for a read that other callers may share. */
const waitFor = async <Value>(pending: Value | Promise<Value>, signal: AbortSignal | undefined): Promise<Value> => {
  if (!signal) return pending;
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(new SecretError('aborted', 'the signal of the caller fired', { cause: signal.reason }));
    };
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([pending, aborted]);
  } finally {
    if (stop) signal.removeEventListener('abort', stop);
  }
};

/** Reads with growing pauses until there is a version after `used`: the label moves shortly after the password. */
const newerVersion = async (
  cache: SecretCache<Secret>,
  name: string,
  used: Entry<Secret>,
  { clock, rotationWaitMs, signal }: { clock: Clock; rotationWaitMs: number; signal: AbortSignal | undefined },
): Promise<Entry<Secret> | undefined> => {
  const deadline = clock.now() + rotationWaitMs;
  const cached = cache.versionId(name);
  if (cached !== undefined && cached !== used.versionId) return waitFor(cache.get(name), signal);
  for (let pause = 100; ; pause *= 2) {
    const entry = await waitFor(cache.refresh(name), signal);
    if (entry.versionId !== used.versionId) return entry;
    const left = deadline - clock.now();
    if (left <= 0) return undefined;
    // After a rotation all processes of the application wait here: they must not read in step.
    await waitFor(clock.sleep(Math.min(randomInt(pause / 2, pause + 1), left)), signal);
  }
};

const warnOfStale = ({ name, ageMs, error }: StaleSecret): void => {
  process.emitWarning(`using the value of ${name} that was read ${Math.round(ageMs / 1000)} s ago: ${error.message}`, {
    type: 'SecretWarning',
    code: 'STRONGROOM_STALE_SECRET',
  });
};
