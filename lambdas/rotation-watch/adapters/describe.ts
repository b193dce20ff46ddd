/** AWS Secrets Manager as the watch reads it: the description of a secret, never its value. */
import { DescribeSecretCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { callAws } from '../../runtime/adapters/aws-client.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import type { RotationState, WatchPorts } from '../watch/watch.ts';

export const describeSecret =
  (client: SecretsManagerClient, deadline: Deadline): WatchPorts['describe'] =>
  async (arn): Promise<RotationState> => {
    const secret = await callAws(`describe secret ${arn}`, deadline, (options) =>
      client.send(new DescribeSecretCommand({ SecretId: arn }), options),
    );
    return {
      name: secret.Name ?? arn,
      rotationEnabled: secret.RotationEnabled ?? false,
      isPending: Object.values(secret.VersionIdsToStages ?? {}).some(isPendingAlone),
      ...(secret.CreatedDate && { createdAt: secret.CreatedDate }),
      ...(secret.LastChangedDate && { lastChangedAt: secret.LastChangedDate }),
      ...(secret.LastRotatedDate && { lastRotatedAt: secret.LastRotatedDate }),
      ...(secret.NextRotationDate && { nextRotationAt: secret.NextRotationDate }),
    };
  };

/** The label stays on a version that is promoted, and says nothing there. */
const isPendingAlone = (labels: readonly string[]): boolean =>
  labels.includes('AWSPENDING') && !labels.includes('AWSCURRENT') && !labels.includes('AWSPREVIOUS');
