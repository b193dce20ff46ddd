import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  TextSecret,
  createSecrets,
  type SecretChange,
  type SecretsOptions,
  type StaleSecret,
  type DatabaseCredential,
} from '../../../client/index.ts';
import { FakeSecretReader } from '../../_helpers/fake-secret-reader.ts';

const fullName = 'dev/payments/orders-db';
const credential = (password: string) => ({
  engine: 'postgres',
  host: 'db.internal',
  port: 5432,
  dbname: 'orders',
  username: 'orders_app',
  password,
});

interface Types {
  readonly 'orders-db': DatabaseCredential;
  readonly 'stripe-key': TextSecret;
  readonly absent: TextSecret;
}

/** A client with a fake store. Only the test and pauses move its clock. */
const scene = (options: Partial<SecretsOptions> = {}) => {
  const reader = new FakeSecretReader();
  const clock = { at: 1_000_000 };
  const pauses: number[] = [];
  const stale: StaleSecret[] = [];
  const listeners: ((change: SecretChange) => void)[] = [];
  const onPause: (() => void)[] = [];
  const secrets = createSecrets<Types>({
    application: 'payments',
    environment: 'dev',
    ttlMs: 1_000,
    maxStaleMs: 10_000,
    failureTtlMs: 100,
    reader,
    onStale: (event) => stale.push(event),
    changes: {
      subscribe: (listener) => {
        listeners.push(listener);
        return () => listeners.splice(0);
      },
    },
    clock: {
      now: () => clock.at,
      sleep: (ms) => {
        pauses.push(ms);
        clock.at += ms;
        onPause.shift()?.();
        return Promise.resolve();
      },
    },
    ...options,
  });
  reader.put(fullName, credential('first'));
  return { secrets, reader, clock, pauses, stale, listeners, onPause };
};

const loginRefused = () => Object.assign(new Error('password authentication failed'), { code: '28P01' });

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('get', () => {
  it('composes the full name and reads once within the TTL', async () => {
    const { secrets, reader, clock } = scene();
    expect((await secrets.get('orders-db')).password).toBe('first');
    clock.at += 999;
    expect(await secrets.get('orders-db')).toBe(await secrets.get('orders-db'));
    expect(reader.reads).toEqual([fullName]);
  });

  it('reads again after the TTL', async () => {
    const { secrets, reader, clock } = scene();
    await secrets.get('orders-db');
    reader.put(fullName, credential('second'));
    clock.at += 1_000;
    expect((await secrets.get('orders-db')).password).toBe('second');
    expect(reader.reads).toHaveLength(2);
  });

  it('reads again if the clock was set back', async () => {
    const { secrets, reader, clock } = scene();
    await secrets.get('orders-db');
    clock.at -= 5_000;
    await secrets.get('orders-db');
    expect(reader.reads).toHaveLength(2);
  });

  it('makes one read for 1,000 concurrent calls', async () => {
    const { secrets, reader } = scene();
    const values = await Promise.all(Array.from({ length: 1_000 }, () => secrets.get('orders-db')));
    expect(new Set(values).size).toBe(1);
    expect(reader.reads).toHaveLength(1);
  });

  it('lets one caller stop waiting while others wait', async () => {
    const { secrets, reader } = scene();
    reader.hold();
    const controller = new AbortController();
    const impatient = secrets.get('orders-db', { signal: controller.signal });
    const patient = secrets.get('orders-db');
    controller.abort();
    await expect(impatient).rejects.toMatchObject({ code: 'aborted' });
    await reader.release();
    expect((await patient).password).toBe('first');
    expect(reader.reads).toHaveLength(1);
  });

  it('fails a read that exceeds the time limit', async () => {
    const { secrets, reader } = scene({ timeoutMs: 20 });
    reader.hold();
    await expect(secrets.get('orders-db')).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
      secretName: fullName,
      message: `can't read ${fullName}: no answer within 20 ms`,
    });
  });

  it('removes the least recently used secret at maxEntries', async () => {
    const { secrets, reader } = scene({ maxEntries: 1 });
    reader.put('dev/payments/stripe-key', 'sk_live');
    await secrets.get('orders-db');
    await secrets.get('stripe-key');
    await secrets.get('orders-db');
    expect(reader.reads).toHaveLength(3);
  });

  it('takes the environment from the environment variable by default', async () => {
    vi.stubEnv('STRONGROOM_ENVIRONMENT', 'prod');
    const reader = new FakeSecretReader();
    reader.put('prod/payments/stripe-key', 'sk_live');
    const secrets = createSecrets({ application: 'payments', reader });
    expect(await secrets.get('stripe-key')).toEqual(new TextSecret('sk_live'));
  });
});

describe('a failed read', () => {
  it('is repeated after failureTtlMs and not before', async () => {
    const { secrets, reader, clock } = scene();
    await expect(secrets.get('absent')).rejects.toMatchObject({ code: 'not-found' });
    clock.at += 99;
    await expect(secrets.get('absent')).rejects.toMatchObject({ code: 'not-found' });
    expect(reader.reads).toHaveLength(1);
    reader.put('dev/payments/absent', 'here now');
    clock.at += 1;
    expect((await secrets.get('absent')).text).toBe('here now');
  });

  it('with an error of another kind is reported as unexpected', async () => {
    const { secrets, reader } = scene();
    reader.failWith(new TypeError('fetch failed'));
    await expect(secrets.get('orders-db')).rejects.toMatchObject({
      code: 'unexpected',
      message: `can't read ${fullName}: the reader failed`,
      cause: { message: 'fetch failed' },
    });
  });

  it('returns the last value during an outage and calls onStale', async () => {
    const { secrets, reader, clock, stale } = scene();
    await secrets.get('orders-db');
    reader.fail('unavailable', true);
    clock.at += 5_000;
    expect((await secrets.get('orders-db')).password).toBe('first');
    expect(stale).toMatchObject([{ name: fullName, ageMs: 5_000, error: { code: 'unavailable' } }]);
  });

  it('blocks no caller in a known outage: one read runs in the background', async () => {
    const { secrets, reader, clock, stale } = scene();
    await secrets.get('orders-db');
    reader.fail('unavailable', true);
    clock.at += 2_000;
    await secrets.get('orders-db');
    reader.hold();
    clock.at += 200;
    expect((await secrets.get('orders-db')).password).toBe('first');
    expect((await secrets.get('orders-db')).password).toBe('first');
    expect(reader.reads).toHaveLength(3);
    await reader.release();
    expect(stale).toHaveLength(2);
  });

  it('returns the new value after the outage', async () => {
    const { secrets, reader, clock } = scene();
    await secrets.get('orders-db');
    reader.fail('throttled', true);
    clock.at += 2_000;
    await secrets.get('orders-db');
    reader.fail();
    reader.put(fullName, credential('second'));
    clock.at += 200;
    await secrets.get('orders-db');
    await new Promise((resolve) => setImmediate(resolve));
    expect((await secrets.get('orders-db')).password).toBe('second');
  });

  it('returns the last value no longer than maxStaleMs', async () => {
    const { secrets, reader, clock } = scene();
    await secrets.get('orders-db');
    reader.fail('unavailable', true);
    clock.at += 11_000;
    await expect(secrets.get('orders-db')).rejects.toMatchObject({ code: 'unavailable' });
  });

  it.each(['access-denied', 'not-found', 'deleted', 'credentials', 'invalid-value'] as const)(
    'that is a refusal (%s) takes the last value away',
    async (code) => {
      const { secrets, reader, clock, stale } = scene();
      await secrets.get('orders-db');
      reader.fail(code);
      clock.at += 1_000;
      await expect(secrets.get('orders-db')).rejects.toMatchObject({ code });
      reader.fail('unavailable', true);
      clock.at += 1_000;
      await expect(secrets.get('orders-db')).rejects.toMatchObject({ code: 'unavailable' });
      expect(stale).toEqual([]);
    },
  );

  it('emits a process warning without onStale', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const reader = new FakeSecretReader();
    const clock = { at: 0 };
    const secrets = createSecrets<Types>({
      application: 'payments',
      environment: 'dev',
      ttlMs: 1_000,
      reader,
      clock: { now: () => clock.at, sleep: () => Promise.resolve() },
    });
    reader.put(fullName, credential('first'));
    await secrets.get('orders-db');
    reader.fail('unavailable', true);
    clock.at += 5_000;
    await secrets.get('orders-db');
    expect(warned).toHaveBeenCalledExactlyOnceWith(
      `using the value of ${fullName} that was read 5 s ago: fake unavailable`,
      {
        type: 'SecretWarning',
        code: 'STRONGROOM_STALE_SECRET',
      },
    );
    warned.mockRestore();
  });
});

describe('refresh', () => {
  it('reads even if the value is fresh, and concurrent calls share the read', async () => {
    const { secrets, reader } = scene();
    await secrets.get('orders-db');
    reader.put(fullName, credential('second'));
    const values = await Promise.all(Array.from({ length: 100 }, () => secrets.refresh('orders-db')));
    expect(values.every(({ password }) => password === 'second')).toBe(true);
    expect(reader.reads).toHaveLength(2);
  });

  it.each([
    ['older', 0],
    ['newer', 1],
  ])('ignores a read that started before the change, when the %s one ends first', async (_which, first) => {
    const { secrets, reader } = scene();
    reader.hold();
    const older = secrets.get('orders-db');
    reader.put(fullName, credential('second'));
    const newer = secrets.refresh('orders-db');
    await reader.release(first);
    await reader.release();
    expect((await newer).password).toBe('second');
    expect((await older).password).toBe('second');
    expect((await secrets.get('orders-db')).password).toBe('second');
    expect(reader.reads).toHaveLength(2);
  });
});

describe('use', () => {
  it('passes the value to the action and returns its result', async () => {
    const { secrets, reader } = scene();
    expect(await secrets.use('orders-db', ({ password }) => Promise.resolve(`in with ${password}`))).toBe(
      'in with first',
    );
    expect(reader.reads).toHaveLength(1);
  });

  it('reads again after a refused login and calls the action once more', async () => {
    const { secrets, reader } = scene();
    await secrets.get('orders-db');
    reader.put(fullName, credential('second'));
    const tried: string[] = [];
    const result = await secrets.use('orders-db', ({ password }) => {
      tried.push(password);
      return password === 'second' ? Promise.resolve('in') : Promise.reject(loginRefused());
    });
    expect(result).toBe('in');
    expect(tried).toEqual(['first', 'second']);
  });

  it('waits for a rotation that has changed the database but not the secret', async () => {
    const { secrets, reader, pauses, onPause } = scene();
    await secrets.get('orders-db');
    onPause.push(
      () => undefined,
      () => undefined,
      () => reader.put(fullName, credential('second')),
    );
    const result = await secrets.use('orders-db', ({ password }) =>
      password === 'second' ? Promise.resolve('in') : Promise.reject(loginRefused()),
    );
    expect(result).toBe('in');
    expect(pauses).toHaveLength(3);
    for (const [index, longest] of [100, 200, 400].entries()) {
      expect(pauses[index]).toBeGreaterThanOrEqual(longest / 2);
      expect(pauses[index]).toBeLessThanOrEqual(longest);
    }
  });

  it('does not read in step with the other processes of the application', async () => {
    const firstPauses = new Set<number | undefined>();
    for (let process = 0; process < 20; process++) {
      const { secrets, pauses } = scene({ rotationWaitMs: 1_000 });
      await expect(secrets.use('orders-db', () => Promise.reject(loginRefused()))).rejects.toThrow();
      firstPauses.add(pauses[0]);
    }
    expect(firstPauses.size).toBeGreaterThan(1);
  });

  it('throws the error of the login if no new version appears', async () => {
    const { secrets, pauses } = scene({ rotationWaitMs: 1_000 });
    const tried: string[] = [];
    const attempt = secrets.use('orders-db', ({ password }) => {
      tried.push(password);
      return Promise.reject(loginRefused());
    });
    await expect(attempt).rejects.toMatchObject({ code: '28P01' });
    expect(tried).toEqual(['first']);
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBe(1_000);
  });

  it('calls the action at most twice', async () => {
    const { secrets, reader } = scene();
    await secrets.get('orders-db');
    reader.put(fullName, credential('second'));
    const tried: string[] = [];
    const attempt = secrets.use('orders-db', ({ password }) => {
      tried.push(password);
      return Promise.reject(loginRefused());
    });
    await expect(attempt).rejects.toMatchObject({ code: '28P01' });
    expect(tried).toEqual(['first', 'second']);
  });

  it('makes one read for many logins that fail at once', async () => {
    const { secrets, reader } = scene();
    await secrets.get('orders-db');
    reader.put(fullName, credential('second'));
    const login = ({ password }: DatabaseCredential) =>
      password === 'second' ? Promise.resolve('in') : Promise.reject(loginRefused());
    const results = await Promise.all(Array.from({ length: 100 }, () => secrets.use('orders-db', login)));
    expect(new Set(results)).toEqual(new Set(['in']));
    expect(reader.reads).toHaveLength(2);
  });

  it('passes on other errors, and accepts another isAuthError', async () => {
    const { secrets, reader } = scene();
    await expect(secrets.use('orders-db', () => Promise.reject(new Error('deadlock')))).rejects.toThrow('deadlock');
    expect(reader.reads).toHaveLength(1);

    reader.put(fullName, credential('second'));
    const isAuthError = (error: unknown) => (error as Error).message === '401';
    const call = ({ password }: DatabaseCredential) =>
      password === 'second' ? Promise.resolve('ok') : Promise.reject(new Error('401'));
    expect(await secrets.use('orders-db', call, { isAuthError })).toBe('ok');
  });

  it('stops waiting for a rotation when the signal fires', async () => {
    const controller = new AbortController();
    const { secrets, onPause } = scene();
    onPause.push(() => {
      controller.abort();
    });
    const attempt = secrets.use('orders-db', () => Promise.reject(loginRefused()), { signal: controller.signal });
    await expect(attempt).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('changes', () => {
  it('make the next call read, unless the version is known', async () => {
    const { secrets, reader, listeners } = scene();
    const tell = (change: SecretChange) => {
      listeners.forEach((listener) => {
        listener(change);
      });
    };
    await secrets.get('orders-db');
    tell({ name: fullName, versionId: 'version-1' });
    tell({ name: 'prod/payments/orders-db', versionId: 'version-9' });
    await secrets.get('orders-db');
    expect(reader.reads).toHaveLength(1);
    tell({ name: fullName, versionId: reader.put(fullName, credential('second')) });
    expect((await secrets.get('orders-db')).password).toBe('second');
  });

  it('drop a read that started before, so that its value is not cached', async () => {
    const { secrets, reader } = scene();
    reader.hold();
    const older = secrets.get('orders-db');
    secrets.invalidate('orders-db');
    reader.put(fullName, credential('second'));
    await reader.release();
    expect((await older).password).toBe('first');
    const newer = secrets.get('orders-db');
    await reader.release();
    expect((await newer).password).toBe('second');
  });

  it('keep the last value for an outage', async () => {
    const { secrets, reader, stale } = scene();
    await secrets.get('orders-db');
    secrets.invalidate('orders-db');
    reader.fail('unavailable', true);
    expect((await secrets.get('orders-db')).password).toBe('first');
    expect(stale).toHaveLength(1);
  });
});

describe('dispose', () => {
  it('drops values, unsubscribes and closes the reader, and later calls fail', async () => {
    const { secrets, reader, listeners } = scene();
    await secrets.get('orders-db');
    secrets.dispose();
    secrets.dispose();
    expect(reader.disposed).toBe(true);
    expect(listeners).toEqual([]);
    await expect(secrets.get('orders-db')).rejects.toMatchObject({ code: 'disposed' });
    await expect(secrets.refresh('orders-db')).rejects.toMatchObject({ code: 'disposed' });
    expect(() => {
      secrets.invalidate('orders-db');
    }).toThrow('the client is disposed');
  });
});

describe('options', () => {
  const create = (options: object) => () =>
    createSecrets({ application: 'payments', environment: 'dev', ...options } as SecretsOptions);

  it.each([
    [{ tllMs: 5 }, /^unknown option "tllMs" of createSecrets: its options are application, environment, /],
    [{ ttlMs: -1 }, 'ttlMs must be a number, 0 or greater (got -1)'],
    [{ ttlMs: Number.NaN }, 'ttlMs must be a number, 0 or greater (got NaN)'],
    [{ timeoutMs: 0 }, 'timeoutMs must be a number, 1 or greater (got 0)'],
    [{ maxEntries: '9' }, "maxEntries must be a number, 1 or greater (got '9')"],
    [
      { application: 'Payments' },
      'application must be a name in the catalog: lower-case letters, digits and hyphens (got "Payments")',
    ],
    [
      { application: undefined },
      'application must be a name in the catalog: lower-case letters, digits and hyphens (got undefined)',
    ],
    [
      { environment: 'dev/x' },
      'environment must be a name in the catalog: lower-case letters, digits and hyphens (got "dev/x")',
    ],
    [
      { environment: undefined },
      'environment is missing: set the option or the environment variable STRONGROOM_ENVIRONMENT',
    ],
  ])('%j are refused', (options, message) => {
    expect(create(options)).toThrow(message);
    expect(create(options)).toThrow(expect.objectContaining({ code: 'invalid-argument' }) as Error);
  });

  it('that are undefined have their defaults', async () => {
    const { reader } = scene();
    const secrets = createSecrets<Types>({
      application: 'payments',
      environment: 'dev',
      reader,
      nameTemplate: undefined,
      secretIds: undefined,
      region: undefined,
      ttlMs: undefined,
      onStale: undefined,
      changes: undefined,
      signer: undefined,
      clock: undefined,
    });
    expect((await secrets.get('orders-db', { signal: undefined })).password).toBe('first');
    expect(await secrets.use('orders-db', () => Promise.resolve('used'), { isAuthError: undefined })).toBe('used');
    expect((await secrets.get('orders-db')).password).toBe('first');
    expect(reader.reads).toHaveLength(1);
    secrets.dispose();
  });

  it('a name that is not valid in a catalog is refused before a read', async () => {
    const { reader } = scene();
    const secrets = createSecrets<Record<string, TextSecret>>({ application: 'payments', environment: 'dev', reader });
    await expect(secrets.get('../other/secret')).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(reader.reads).toEqual([]);
  });
});
