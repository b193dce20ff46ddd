/** AWS Secrets Manager behind the `SecretVersions` port. */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  UpdateSecretVersionStageCommand,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Deadline } from '../rotation/deadline.ts';
import type { SecretVersions } from '../rotation/ports.ts';
import { RotationError } from '../rotation/rotation-error.ts';
import { awsErrorName, callAws } from './aws-client.ts';

export const secretsManagerVersions = (client: SecretsManagerClient, deadline: Deadline): SecretVersions => ({
  describe: async (secretId) => {
    const call = callAws(`describe secret ${secretId}`, deadline, (options) =>
      client.send(new DescribeSecretCommand({ SecretId: secretId }), options),
    );
    const secret = await orOn('ResourceNotFoundException', call, () => {
      throw new RotationError('value-missing', `There is no secret ${secretId}`, { retryable: false });
    });
    const versions = Object.entries(secret.VersionIdsToStages ?? {});
    return {
      arn: secret.ARN ?? secretId,
      name: secret.Name ?? secretId,
      rotationEnabled: secret.RotationEnabled ?? false,
      tags: Object.fromEntries((secret.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
      stages: new Map(versions.map(([versionId, stages]) => [versionId, new Set(stages)])),
    };
  },
  read: async (secretId, version) => {
    const selector = 'stage' in version ? { VersionStage: version.stage } : { VersionId: version.versionId };
    const call = callAws(`read secret ${secretId}`, deadline, (options) =>
      client.send(new GetSecretValueCommand({ SecretId: secretId, ...selector }), options),
    );
    const value = await orOn('ResourceNotFoundException', call, () => undefined);
    return value?.SecretString;
  },
  storePending: async (secretId, versionId, value) => {
    const call = callAws(`store the pending value of secret ${secretId}`, deadline, async (options) => {
      const input = { SecretId: secretId, ClientRequestToken: versionId, SecretString: value };
      await client.send(new PutSecretValueCommand({ ...input, VersionStages: ['AWSPENDING'] }), options);
      return 'stored' as const;
    });
    return orOn('ResourceExistsException', call, () => 'other-value' as const);
  },
  promote: async (secretId, { from, to }) => {
    const call = callAws(`move AWSCURRENT of secret ${secretId}`, deadline, async (options) => {
      const input = { SecretId: secretId, VersionStage: 'AWSCURRENT', MoveToVersionId: to, RemoveFromVersionId: from };
      await client.send(new UpdateSecretVersionStageCommand(input), options);
      return 'promoted' as const;
    });
    // AWSCURRENT is not on the version that it should be taken from: the compare of the compare-and-swap failed.
    return orOn('InvalidParameterException', call, () => 'moved-elsewhere' as const);
  },
});

/** The result of `call`, or of `otherwise` where the service answers with that error. */
const orOn = async <Result, Other>(
  name: string,
  call: Promise<Result>,
  otherwise: () => Other,
): Promise<Result | Other> => {
  try {
    return await call;
  } catch (error) {
    if (awsErrorName(error) === name) return otherwise();
    throw error;
  }
};
