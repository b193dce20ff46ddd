/** A rotation function of somebody else's, as AWS's template has it: the value is random text. */
import { randomBytes } from 'node:crypto';
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from '@aws-sdk/client-secrets-manager';

interface StepEvent {
  readonly Step: string;
  readonly SecretId: string;
  readonly ClientRequestToken: string;
}

const client = new SecretsManagerClient();

export const handler = async ({ Step, SecretId, ClientRequestToken }: StepEvent): Promise<void> => {
  const { VersionIdsToStages = {} } = await client.send(new DescribeSecretCommand({ SecretId }));
  if (VersionIdsToStages[ClientRequestToken]?.includes('AWSCURRENT')) return;
  const read = (VersionStage: string, VersionId?: string) =>
    client.send(new GetSecretValueCommand({ SecretId, VersionStage, VersionId }));
  if (Step === 'createSecret') {
    await read('AWSCURRENT');
    try {
      await read('AWSPENDING', ClientRequestToken);
    } catch (error) {
      if (!(error instanceof ResourceNotFoundException)) throw error;
      const SecretString = randomBytes(24).toString('hex');
      const VersionStages = ['AWSPENDING'];
      await client.send(new PutSecretValueCommand({ SecretId, ClientRequestToken, SecretString, VersionStages }));
    }
  }
  if (Step === 'testSecret') await read('AWSPENDING', ClientRequestToken);
  if (Step === 'finishSecret') {
    const [current] = Object.entries(VersionIdsToStages).find(([, labels]) => labels.includes('AWSCURRENT')) ?? [];
    await client.send(
      new UpdateSecretVersionStageCommand({
        SecretId,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: ClientRequestToken,
        RemoveFromVersionId: current,
      }),
    );
  }
};
