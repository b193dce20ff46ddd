import { describe, expect, it } from 'vitest';
import {
  createSecrets,
  DatabaseCredential,
  JsonSecret,
  TextSecret,
  type DeclaredClass,
  type DeclaredOptions,
  type SecretChange,
  type SecretsDeclaration,
} from '../../../client/index.ts';
import { FakeSecretReader } from '../../_helpers/fake-secret-reader.ts';

const credential = { engine: 'postgres', host: 'db', port: 5432, username: 'app', password: 'canary-pass-3' };
const legacyArn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy/mail-AbCdEf';

const paymentsApi = {
  application: 'payments',
  consumer: 'api',
  secrets: { 'orders-db': 'database', 'mail-oauth': 'oauth-client', 'stripe-key': 'api-key' },
  environments: {
    dev: {},
    prod: {
      secretIds: { 'mail-oauth': legacyArn, 'stripe-key': 'legacy/stripe' },
      iamDatabases: {
        'ledger-db': {
          host: 'ledger.c1.eu-west-1.rds.amazonaws.com',
          port: 5432,
          username: 'app',
          region: 'eu-west-1',
        },
      },
    },
  },
} as const satisfies SecretsDeclaration;

const scene = (options: DeclaredOptions = {}) => {
  const reader = new FakeSecretReader();
  reader.put('dev/payments/orders-db', credential);
  reader.put('prod/payments/orders-db', credential);
  reader.put(legacyArn, { clientId: 'id' });
  reader.put('legacy/stripe', 'sk_live');
  return { reader, secrets: createSecrets(paymentsApi, { environment: 'prod', reader, ...options }) };
};

describe('a declaration', () => {
  it('maps names to full names, other names and ARNs of other accounts', async () => {
    const { secrets, reader } = scene();
    expect((await secrets.get('orders-db')).username).toBe('app');
    expect((await secrets.get('mail-oauth')).fields['clientId']).toBe('id');
    expect((await secrets.get('stripe-key')).text).toBe('sk_live');
    expect(reader.reads).toEqual(['prod/payments/orders-db', legacyArn, 'legacy/stripe']);
  });

  it("can have a secret with the name of an object's method", async () => {
    const { reader } = scene();
    reader.put('dev/payments/constructor', 'built');
    const declaration = { ...paymentsApi, secrets: { constructor: 'api-key' } } as const satisfies SecretsDeclaration;
    const secrets = createSecrets(
      { ...declaration, environments: { dev: { secretIds: {} } } },
      { environment: 'dev', reader },
    );
    expect((await secrets.get('constructor')).text).toBe('built');
  });

  it('applies facts of one environment to that environment only', async () => {
    const { secrets, reader } = scene({ environment: 'dev' });
    await expect(secrets.get('stripe-key')).rejects.toMatchObject({ code: 'not-found' });
    expect(reader.reads).toEqual(['dev/payments/stripe-key']);
  });

  it('refuses unknown names at run time too', async () => {
    const { secrets, reader } = scene();
    const untyped = secrets as unknown as {
      get(name: string): Promise<unknown>;
      iamLogin(name: string): Promise<unknown>;
    };
    await expect(untyped.get('settlement-key')).rejects.toMatchObject({
      code: 'invalid-argument',
      message:
        'payments/api has no secret "settlement-key" in prod (declared: orders-db, mail-oauth, stripe-key). ' +
        'If the catalog changed, run strongroom generate',
    });
    await expect(untyped.get('toString')).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(untyped.iamLogin('toString')).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining(
        'has no database with IAM login "toString" in prod (declared: ledger-db).',
      ) as string,
    });
    expect(reader.reads).toEqual([]);
  });

  it('maps change events by the name in Secrets Manager', async () => {
    const listeners: ((change: SecretChange) => void)[] = [];
    const changes = {
      subscribe: (listener: (change: SecretChange) => void) => (listeners.push(listener), () => undefined),
    };
    const { secrets, reader } = scene({ changes });
    await secrets.get('stripe-key');
    listeners[0]!({ name: 'prod/payments/stripe-key' });
    expect((await secrets.get('stripe-key')).text).toBe('sk_live');
    listeners[0]!({ name: 'legacy/stripe', versionId: reader.put('legacy/stripe', 'sk_next') });
    expect((await secrets.get('stripe-key')).text).toBe('sk_next');
  });

  it('knows the databases with IAM login', async () => {
    const signer = { sign: () => Promise.resolve({ token: 't', expiresAt: new Date('2030-01-01') }) };
    const prodOnly = { ...paymentsApi, environments: { prod: paymentsApi.environments.prod } } as const;
    const { reader } = scene();
    const secrets = createSecrets(prodOnly, { environment: 'prod', reader, signer });
    expect((await secrets.iamLogin('ledger-db')).host).toBe('ledger.c1.eu-west-1.rds.amazonaws.com');
    expect(secrets.iamConnection('ledger-db')).toMatchObject({ username: 'app', port: 5432 });
  });

  it('takes the environment from the environment variable, and refuses an unknown one', () => {
    const { reader } = scene();
    expect(() => createSecrets(paymentsApi, { environment: 'staging', reader })).toThrow(
      'environment must be one of the environments of payments/api: dev, prod (got "staging")',
    );
    expect(() => createSecrets(paymentsApi, { reader })).toThrow('STRONGROOM_ENVIRONMENT');
  });

  it.each([
    [
      { consumers: [] },
      'a declaration has an unknown key "consumers": its keys are application, consumer, secrets, environments',
    ],
    [{ consumer: 'Api' }, 'consumer must be a name in the catalog: lower-case letters, digits and hyphens (got "Api")'],
    [{ environments: undefined }, 'environments must be an object (got undefined): run strongroom generate'],
    [{ environments: { dev: null } }, 'environments.dev must be an object'],
    [{ secrets: { 'orders-db': 'databse' } }, 'secrets.orders-db must be a class: database, api-key'],
    [{ secrets: { 'Orders/DB': 'database' } }, 'the name of a secret must be a name in the catalog'],
    [
      { environments: { dev: { ids: {} } } },
      'environments.dev has an unknown key "ids": its keys are secretIds, iamDatabases',
    ],
    [
      { environments: { dev: { iamDatabases: { db: { host: 'db', port: 0, username: 'app' } } } } },
      'port must be an integer from 1 to 65535 (got 0)',
    ],
  ])('with %j is refused', (wrong, message) => {
    const declaration = { ...paymentsApi, ...wrong } as SecretsDeclaration;
    expect(() => createSecrets(declaration, { environment: 'dev' })).toThrow(message);
  });

  it('without a required key is refused', () => {
    const { environments: _environments, ...rest } = paymentsApi;
    expect(() => createSecrets(rest as unknown as SecretsDeclaration, { environment: 'dev' })).toThrow(
      'a declaration has no environments: run strongroom generate',
    );
  });
});

describe('a value of a declared class', () => {
  const read = async (declared: DeclaredClass, stored: string | object) => {
    const { reader } = scene();
    reader.put('dev/payments/it', stored);
    const declaration: SecretsDeclaration = {
      application: 'payments',
      consumer: 'api',
      secrets: { it: declared },
      environments: { dev: {} },
    };
    return createSecrets(declaration, { environment: 'dev', reader }).get('it');
  };

  it.each<[DeclaredClass, string | object, unknown]>([
    ['database', credential, DatabaseCredential],
    ['api-key', 'sk_live', TextSecret],
    ['api-key', credential, TextSecret],
    ['ssh-key', '-----BEGIN', TextSecret],
    ['signing-key', '{"a":1}', TextSecret],
    ['encryption-key', '00ff', TextSecret],
    ['oauth-client', { clientId: 'id' }, JsonSecret],
    ['oauth-client', credential, JsonSecret],
    ['tls-certificate', '-----BEGIN', TextSecret],
    ['tls-certificate', credential, JsonSecret],
    ['generic', credential, DatabaseCredential],
    ['generic', 'text', TextSecret],
    ['generic', { a: 1 }, JsonSecret],
  ])('%s has its type', async (declared, stored, type) => {
    expect(await read(declared, stored)).toBeInstanceOf(type);
  });

  it.each<[DeclaredClass, string | object, string, string]>([
    ['database', 'canary-pass-3', 'invalid-value', 'is not a database credential: the value must be a JSON object'],
    ['database', { user: 'canary-pass-3' }, 'invalid-value', 'is not a database credential: engine must be'],
    ['database', { password: 'canary-pass-3' }, 'not-ready', 'is generated but not rotated yet'],
    ['oauth-client', 'canary-pass-3', 'invalid-value', 'is not of class oauth-client: the value must be a JSON object'],
    ['oauth-client', '["canary-pass-3"]', 'invalid-value', 'the value must be a JSON object'],
  ])('%s with another value is refused without quoting it', async (declared, stored, code, message) => {
    const outcome = await read(declared, stored).catch((error: unknown) => error as Error);
    expect(outcome).toMatchObject({ code, message: expect.stringContaining(message) as string });
    expect(JSON.stringify(outcome) + (outcome as Error).message).not.toContain('canary');
  });
});
