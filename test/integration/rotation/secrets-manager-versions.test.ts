import { join } from 'node:path';
import { CreateSecretCommand, RotateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll } from 'vitest';
import { awsClientOptions } from '../../../lambdas/adapters/aws-client.ts';
import { secretsManagerVersions } from '../../../lambdas/adapters/secrets-manager.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { deployFunction } from '../../_helpers/deployed-function.ts';
import { describeSecretVersions } from '../../_helpers/secret-versions-contract.ts';
import { startStepServer, type StepServer } from '../../_helpers/step-server.ts';

const account = '111122223333';
const region = 'eu-west-1';

let aws: LocalAws;
let steps: StepServer;
let client: SecretsManagerClient;
let functionArn: string;

beforeAll(async () => {
  steps = await startStepServer();
  aws = await startLocalAws({ accounts: [account], region, retry: { attempts: 1, delayMs: () => 1 } });
  const { accessKeyId, secretAccessKey } = aws.accounts[account]!;
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  client = new SecretsManagerClient({ ...awsClientOptions, ...configuration });
  functionArn = await deployFunction(configuration, {
    name: 'contract',
    entry: join(import.meta.dirname, '../../_fixtures/rotation-function.ts'),
    account,
    allow: ['secretsmanager:*'],
    environment: { STEPS: steps.url },
    invokedBy: 'secretsmanager.amazonaws.com',
  });
});

afterAll(async () => {
  client.destroy();
  await aws.stop();
  await steps.close();
});

describeSecretVersions('Secrets Manager', () =>
  Promise.resolve({
    versions: secretsManagerVersions(client, { remainingMs: () => 30_000 }),
    create: async (Name, { value, tags = {} }) => {
      steps.onStep(() => 'go');
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const { ARN: SecretId = '' } = await client.send(new CreateSecretCommand({ Name, SecretString: value, Tags }));
      const configure = { SecretId, RotationLambdaARN: functionArn, RotateImmediately: false };
      await client.send(new RotateSecretCommand({ ...configure, RotationRules: { AutomaticallyAfterDays: 30 } }));
      await aws.rotations.settled(SecretId);
      return SecretId;
    },
    // The function fails at its first step, and so leaves everything as RotateSecret prepared it.
    startRotation: async (SecretId, ClientRequestToken) => {
      steps.onStep(() => 'fail');
      await client.send(new RotateSecretCommand({ SecretId, ClientRequestToken }));
      await aws.rotations.settled(SecretId);
    },
  }),
);
