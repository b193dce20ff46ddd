/** Secrets of the local AWS whose rotations a test drives step by step: the function that it deploys does nothing. */
import { join } from 'node:path';
import {
  CreateSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { awsClientOptions } from '../../lambdas/runtime/adapters/aws-client.ts';
import { secretsManagerVersions } from '../../lambdas/rotation/adapters/secrets-manager.ts';
import type { Credential } from '../../lambdas/databases/port.ts';
import type { SecretVersions } from '../../lambdas/rotation/core/ports.ts';
import { startLocalAws, type LocalAws } from '../../local/aws.ts';
import { deployFunction, type ClientConfiguration } from './deployed-function.ts';
import { startStepServer } from './step-server.ts';

const account = '111122223333';
const region = 'eu-west-1';

export interface WiredSecrets {
  readonly aws: LocalAws;
  /** The account that has the secrets. */
  readonly account: string;
  /** Of its administrator: for clients, and for processes. */
  readonly configuration: ClientConfiguration;
  readonly env: Readonly<Record<string, string>>;
  /** Its middleware is where tests inject faults. */
  readonly client: SecretsManagerClient;
  readonly versions: SecretVersions;
  /** Without a tag nobody rotates it: an admin's. */
  create(name: string, options: { readonly value: string; readonly tags?: Record<string, string> }): Promise<string>;
  /** RotateSecret up to the point at which the function is called for `createSecret`. */
  startRotation(arn: string, token: string): Promise<void>;
  currentValue(arn: string): Promise<Credential & Readonly<Record<string, unknown>>>;
  stop(): Promise<void>;
}

export const startWiredSecrets = async (): Promise<WiredSecrets> => {
  const steps = await startStepServer();
  const aws = await startLocalAws({ accounts: [account], region, retry: { attempts: 1, delayMs: () => 1 } });
  const { accessKeyId, secretAccessKey, env } = aws.accounts[account]!;
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  const client = new SecretsManagerClient({ ...awsClientOptions, ...configuration });
  // Whatever a test does to its client, what prepares a test is not disturbed.
  const undisturbed = new SecretsManagerClient({ ...awsClientOptions, ...configuration });
  const functionArn = await deployFunction(configuration, {
    name: 'contract',
    entry: join(import.meta.dirname, '../_fixtures/rotation-function.ts'),
    account,
    allow: ['secretsmanager:*'],
    environment: { STEPS: steps.url },
    invokedBy: 'secretsmanager.amazonaws.com',
  });
  return {
    aws,
    account,
    configuration,
    env,
    client,
    versions: secretsManagerVersions(client, { remainingMs: () => 30_000 }),
    create: async (Name, { value, tags = {} }) => {
      steps.onStep(() => 'go');
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const created = await undisturbed.send(new CreateSecretCommand({ Name, SecretString: value, Tags }));
      const { ARN: SecretId = '' } = created;
      if (Tags.length === 0) return SecretId;
      const configure = { SecretId, RotationLambdaARN: functionArn, RotateImmediately: false };
      await undisturbed.send(new RotateSecretCommand({ ...configure, RotationRules: { AutomaticallyAfterDays: 30 } }));
      await aws.rotations.settled(SecretId);
      return SecretId;
    },
    // The function fails at its first step, and so leaves everything as RotateSecret prepared it.
    startRotation: async (SecretId, ClientRequestToken) => {
      steps.onStep(() => 'fail');
      await undisturbed.send(new RotateSecretCommand({ SecretId, ClientRequestToken }));
      await aws.rotations.settled(SecretId);
    },
    currentValue: async (SecretId) => {
      const { SecretString = '' } = await undisturbed.send(new GetSecretValueCommand({ SecretId }));
      return JSON.parse(SecretString) as Credential & Record<string, unknown>;
    },
    stop: async () => {
      client.destroy();
      undisturbed.destroy();
      await aws.stop();
      await steps.close();
    },
  };
};
