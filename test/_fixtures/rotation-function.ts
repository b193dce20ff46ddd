/** A rotation function that asks the test at each step what to do: go on, fail or hang. Without STEPS it goes on. */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';

import type { RotationEvent } from '../../lib/contract/index.ts';

const client = new SecretsManagerClient({});

export const handler = async (event: RotationEvent): Promise<void> => {
  const order = await orderFor(event);
  if (order === 'fail') throw new Error('told to fail');
  if (order === 'hang') await new Promise((resolve) => setTimeout(resolve, 60_000));
  const { SecretId, ClientRequestToken } = event;
  if (event.Step === 'createSecret' && !(await hasValue(SecretId, ClientRequestToken))) {
    await client.send(
      new PutSecretValueCommand({
        SecretId,
        ClientRequestToken,
        SecretString: `value of ${ClientRequestToken}`,
        VersionStages: ['AWSPENDING'],
      }),
    );
  }
  if (event.Step === 'finishSecret' && order !== 'skip') await finish(SecretId, ClientRequestToken);
};

const orderFor = async (event: RotationEvent): Promise<string> => {
  const { STEPS } = process.env;
  if (STEPS === undefined) return 'go';
  const answer = await fetch(STEPS, { method: 'POST', body: JSON.stringify(event) });
  return answer.text();
};

const hasValue = async (SecretId: string, VersionId: string): Promise<boolean> => {
  try {
    await client.send(new GetSecretValueCommand({ SecretId, VersionId, VersionStage: 'AWSPENDING' }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return false;
    throw error;
  }
};

const finish = async (SecretId: string, MoveToVersionId: string): Promise<void> => {
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
  const current = Object.entries(VersionIdsToStages).find(([, labels]) => labels.includes('AWSCURRENT'))?.[0];
  if (current === MoveToVersionId) return;
  await client.send(
    new UpdateSecretVersionStageCommand({
      SecretId,
      VersionStage: 'AWSCURRENT',
      MoveToVersionId,
      RemoveFromVersionId: current,
    }),
  );
};
