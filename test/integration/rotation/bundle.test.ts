import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { secretTag, type FunctionEnvironment, type rotationVariables } from '../../../lib/contract/index.ts';
import { startPostgres, type LocalPostgres } from '../../../local/databases/postgres.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { bundleFunction } from '../../_helpers/bundle-function.ts';
import { invokeBundle, invokeSteps, type Bundle } from '../../_helpers/invoke-bundle.ts';
import { startWiredSecrets, type WiredSecrets } from '../../_helpers/wired-secrets.ts';

const canary = 'canary-generated-password';
const environment: FunctionEnvironment<typeof rotationVariables> = {
  STRONGROOM_ENVIRONMENT: 'dev',
  STRONGROOM_ENGINE: 'postgres',
};

let folder: string;
let secrets: WiredSecrets;
let postgres: LocalPostgres;
let secretId: string;
const token = randomUUID();

/** The bundle as the construct makes it; RDS with a managed master; a generated secret whose rotation has begun. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-rotation-bundle-'));
  await bundleFunction('rotation-postgres', folder);
  const certificates = await createLocalCertificates();
  await writeFile(join(folder, 'ca.pem'), certificates.ca);
  postgres = await startPostgres({ certificates, databases: ['orders'] });
  secrets = await startWiredSecrets();
  const { host, port, adminUser, adminPassword } = postgres;
  await secrets.aws.rds.register({
    account: secrets.account,
    identifier: 'orders',
    engine: 'postgres',
    host,
    port,
    dbname: 'orders',
    adminUser,
    adminPassword,
    manageMasterUserPassword: true,
  });
  secretId = await secrets.create('dev/payments/orders-db', {
    value: JSON.stringify({ password: canary }),
    tags: {
      [secretTag.rds]: 'orders',
      [secretTag.dbname]: 'orders',
      [secretTag.username]: 'orders_app',
      [secretTag.admin]: 'rds',
      [secretTag.provision]: 'public=read-write',
    },
  });
  await secrets.startRotation(secretId, token);
});

afterAll(async () => {
  await secrets.stop();
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
});

const bundle = (variables: Readonly<Record<string, string>> = environment): Bundle => ({
  folder,
  env: { ...secrets.env, STRONGROOM_CERTIFICATE_AUTHORITIES: join(folder, 'ca.pem'), ...variables },
});

describe('the bundled function', () => {
  it('creates the user of a generated secret on RDS and hands its credential over, printing no secret', async () => {
    const printed = await invokeSteps(bundle(), { SecretId: secretId, ClientRequestToken: token });

    const value = await secrets.currentValue(secretId);
    expect(value).toMatchObject({
      engine: 'postgres',
      host: postgres.host,
      port: postgres.port,
      dbname: 'orders',
      username: 'orders_app',
      dbInstanceIdentifier: 'orders',
    });
    expect(await postgres.query("SELECT FROM pg_roles WHERE rolname = 'orders_app'")).toHaveLength(1);
    expect(printed).toContain('"outcome":"created-by-admin"');
    for (const secret of [canary, value.password, postgres.adminPassword, 'SCRAM-SHA-256$']) {
      expect(printed).not.toContain(secret);
    }
  });

  it('reports a failure by code and message', async () => {
    const event = { Step: 'eraseSecret', SecretId: secretId, ClientRequestToken: token };
    expect(await invokeBundle(bundle(), event)).toMatchObject({
      outcome: {
        errorType: 'event-invalid',
        errorMessage:
          'The rotation event is not valid: Step must be one of createSecret, setSecret, testSecret, finishSecret',
      },
    });
  });

  it.each([
    [{}, 'The function lacks the environment variables STRONGROOM_ENVIRONMENT, STRONGROOM_ENGINE'],
    [{ ...environment, STRONGROOM_ENGINE: 'mysql' }, 'STRONGROOM_ENGINE is "mysql"; this function serves postgres'],
  ])('does not start with the variables %j', async (variables, message) => {
    const { printed, outcome } = await invokeBundle(bundle(variables), {});
    expect(printed).toContain(message);
    expect(outcome).toBeUndefined();
  });
});
