import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSecrets, createSecretsManagerReader, type DatabaseCredential } from '../../../client/index.ts';
import { createSecretsManager } from '../../../local/gateway/services/secrets-manager/secrets-manager.ts';
import { startTestGateway, type TestGateway } from '../../_helpers/gateway-services.ts';
import { describeSecretReader } from '../../_helpers/secret-reader-contract.ts';

let gateway: TestGateway;
let client: SecretsManagerClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  const secretsManager = createSecretsManager({
    forward: gateway.forward,
    authorize: () => Promise.resolve(),
    clock: gateway.clock,
    recordRotation: () => undefined,
    recordDeletion: () => undefined,
    recordLabelMoved: () => undefined,
    recordKeyUse: () => undefined,
    isStaleRead: () => false,
    onError: (error) => gateway.defects.push(error),
  });
  gateway.serve({ overlays: [secretsManager] });
  client = new SecretsManagerClient(gateway.client);
});

afterAll(async () => {
  client.destroy();
  await gateway.stop();
});

const put = async (name: string, value: string): Promise<void> => {
  try {
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
    await client.send(new CreateSecretCommand({ Name: name, SecretString: value }));
  }
};

describeSecretReader('Secrets Manager', () => ({ reader: createSecretsManagerReader({ client }), put }));

describe('the client with Secrets Manager', () => {
  const value = (password: string) =>
    JSON.stringify({ engine: 'postgres', host: 'db', port: 5432, dbname: 'orders', username: 'orders_app', password });

  it('follows a rotation through a refused login', async () => {
    await put('dev/payments/orders-db', value('first'));
    const reader = createSecretsManagerReader({ client });
    const secrets = createSecrets<{ 'orders-db': DatabaseCredential }>({
      application: 'payments',
      environment: 'dev',
      reader,
    });
    expect((await secrets.get('orders-db')).password).toBe('first');
    await put('dev/payments/orders-db', value('second'));
    const used = await secrets.use('orders-db', ({ password }) =>
      password === 'second'
        ? Promise.resolve(password)
        : Promise.reject(Object.assign(new Error('no'), { code: '28P01' })),
    );
    expect(used).toBe('second');
    secrets.dispose();
  });

  it('reports a secret that is scheduled for deletion as deleted', async () => {
    await put('dev/payments/old', 'x');
    await client.send(new DeleteSecretCommand({ SecretId: 'dev/payments/old', RecoveryWindowInDays: 7 }));
    const reader = createSecretsManagerReader({ client });
    const secrets = createSecrets({ application: 'payments', environment: 'dev', reader });
    await expect(secrets.get('old')).rejects.toMatchObject({ code: 'deleted', secretName: 'dev/payments/old' });
  });
});
