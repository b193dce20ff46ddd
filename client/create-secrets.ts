/** The client: reads the secrets of one application by their short names. */
import { setTimeout as sleep } from 'node:timers/promises';
import { secretName } from '../lib/contract/index.ts';
import { isLoginFailure } from './login-failure.ts';
import { parseSecret } from './parse-secret.ts';
import { SecretCache } from './secret-cache.ts';
import type { Entry } from './secret-cache.ts';
import { SecretError } from './secret-error.ts';
import { createSecretsManagerReader } from './secret-reader.ts';
import type { SecretReader } from './secret-reader.ts';
import { checkName, checkOptions } from './secrets-options.ts';
import type { Clock, SecretsOptions } from './secrets-options.ts';
import type { Secret, Secrets, SecretsOf, StaleSecret } from './secrets.ts';

/**
 * @example
 * ```ts
 * import { createSecrets } from 'strongroom/client';
 * import type { DatabaseCredential } from 'strongroom/client';
 *
 * const secrets = createSecrets<{ 'orders-db': DatabaseCredential }>({ application: 'payments', environment: 'prod' });
 * const { host, port, username, password } = await secrets.get('orders-db');
 * ```
 * @throws SecretError `invalid-argument`.
 */
export function createSecrets<const Application extends string>(
  options: SecretsOptions<Application>,
): Secrets<SecretsOf<Application>>;
/** With types of your own instead of generated ones. */
export function createSecrets<Types extends object>(options: SecretsOptions): Secrets<Types>;
export function createSecrets(options: SecretsOptions): Secrets<Readonly<Record<string, Secret>>> {
  const { application, environment, region, changes, rotationWaitMs, timeoutMs, ...settings } = checkOptions(options);
  const { onStale = warnOfStale, clock = systemClock } = settings;
  const reader = settings.reader ?? createSecretsManagerReader(region === undefined ? {} : { region });
  const prefix = secretName(environment, application, '');
  // By short names: a hit costs one look-up, and a name is composed and checked only when it is read.
  const cache = new SecretCache<Secret>({
    ...settings,
    now: () => clock.now(),
    read: (name) => read(reader, prefix, name, timeoutMs),
    onStale: (name, ageMs, error) => {
      onStale({ name: prefix + name, ageMs, error });
    },
  });
  const unsubscribe = changes?.subscribe(({ name: fullName, versionId }) => {
    if (!fullName.startsWith(prefix)) return;
    const name = fullName.slice(prefix.length);
    if (versionId === undefined || versionId !== cache.versionId(name)) cache.invalidate(name);
  });
  let disposed = false;
  const open = (): SecretCache<Secret> => {
    if (disposed) throw new SecretError('disposed', 'the secrets client was disposed of');
    return cache;
  };

  return {
    get: async (name, { signal } = {}) => {
      const entry = open().get(name);
      return entry instanceof Promise ? (await waitFor(entry, signal)).value : entry.value;
    },
    refresh: async (name, { signal } = {}) => (await waitFor(open().refresh(name), signal)).value,
    use: async (name, action, { signal, isAuthError = isLoginFailure } = {}) => {
      const used = await waitFor(open().get(name), signal);
      try {
        return await action(used.value);
      } catch (error) {
        if (!isAuthError(error)) throw error;
        const renewed = await newerVersion(open(), name, used, { clock, rotationWaitMs, signal });
        if (!renewed) throw error;
        return await action(renewed.value);
      }
    },
    invalidate: (name) => {
      open().invalidate(name);
    },
    dispose: () => {
      if (disposed) return;
      disposed = true;
      unsubscribe?.();
      cache.clear();
      reader.dispose?.();
    },
  };
}

const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (ms) => sleep(ms),
};

const read = async (reader: SecretReader, prefix: string, name: string, timeoutMs: number) => {
  checkName('the name of a secret', name);
  const fullName = prefix + name;
  const timeout = AbortSignal.timeout(timeoutMs);
  const late = new Promise<never>((_resolve, reject) => {
    timeout.addEventListener('abort', () => {
      const message = `can't read ${fullName}: no answer within ${timeoutMs} ms`;
      reject(new SecretError('timeout', message, { retryable: true, secretName: fullName }));
    });
  });
  try {
    // A reader that does not heed its signal must not hold up everyone who waits for this read.
    const { text, versionId } = await Promise.race([reader.read(fullName, timeout), late]);
    return { value: parseSecret(text, fullName), versionId };
  } catch (cause) {
    if (cause instanceof SecretError) throw cause;
    const message = `can't read ${fullName}: the reader failed`;
    throw new SecretError('unexpected', message, { retryable: true, secretName: fullName, cause });
  }
};

/** Waits for a read that others may wait for too. */
const waitFor = async <Value>(pending: Value | Promise<Value>, signal: AbortSignal | undefined): Promise<Value> => {
  if (!signal || !(pending instanceof Promise)) return pending;
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => {
      reject(new SecretError('aborted', 'the caller stopped waiting for the secret', { cause: signal.reason }));
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

/** The version after `used`, once there is one. Reads at growing distances, since the label moves a moment after the password. */
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
    await waitFor(clock.sleep(Math.min(pause, left)), signal);
  }
};

const warnOfStale = ({ name, ageMs, error }: StaleSecret): void => {
  process.emitWarning(`serving ${name} as read ${Math.round(ageMs / 1000)} s ago: ${error.message}`, {
    type: 'SecretWarning',
    code: 'STRONGROOM_STALE_SECRET',
  });
};
