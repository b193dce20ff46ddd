/** AWS Secrets Manager behind the `SecretVersions` port. */
import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  PutSecretValueCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretVersionStageCommand,
  type SecretListEntry,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { secretTag } from '../../../lib/contract/index.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import { isOfEnvironment } from '../core/of-environment.ts';
import type { SecretDescription, SecretVersions } from '../core/ports.ts';
import { RotationError } from '../core/rotation-error.ts';
import { callAws, orOn } from '../../runtime/adapters/aws-client.ts';

export const secretsManagerVersions = (client: SecretsManagerClient, deadline: Deadline): SecretVersions => ({
  describe: async (secretId) => {
    const call = callAws(`describe secret ${secretId}`, deadline, (options) =>
      client.send(new DescribeSecretCommand({ SecretId: secretId }), options),
    );
    const secret = await orOn('ResourceNotFoundException', call, () => {
      throw new RotationError('value-missing', `There is no secret ${secretId}`, { retryable: false });
    });
    return description(secret, secret.VersionIdsToStages);
  },
  read: async (secretId, version) => {
    const selector = 'stage' in version ? { VersionStage: version.stage } : { VersionId: version.versionId };
    const call = callAws(`read secret ${secretId}`, deadline, (options) =>
      client.send(new GetSecretValueCommand({ SecretId: secretId, ...selector }), options),
    );
    const value = await orOn('ResourceNotFoundException', call, () => undefined);
    if (value?.SecretString === undefined) return undefined;
    return {
      arn: value.ARN ?? secretId,
      name: value.Name ?? secretId,
      versionId: value.VersionId ?? '',
      value: value.SecretString,
      stages: new Set(value.VersionStages),
      ...(value.CreatedDate && { createdAt: value.CreatedDate }),
    };
  },
  mark: async (secretId, { key, versionId }) => {
    await callAws(`tag secret ${secretId}`, deadline, (options) =>
      client.send(new TagResourceCommand({ SecretId: secretId, Tags: [{ Key: key, Value: versionId }] }), options),
    );
  },
  unmark: async (secretId, keys) => {
    await callAws(`take tags from secret ${secretId}`, deadline, (options) =>
      client.send(new UntagResourceCommand({ SecretId: secretId, TagKeys: [...keys] }), options),
    );
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
  removeLabel: async (secretId, stage, versionId) => {
    const call = callAws(`take ${stage} from a version of secret ${secretId}`, deadline, async (options) => {
      const input = { SecretId: secretId, VersionStage: stage, RemoveFromVersionId: versionId };
      await client.send(new UpdateSecretVersionStageCommand(input), options);
    });
    // The label is not on that version.
    await orOn('InvalidParameterException', call, () => undefined);
  },
  list: async function* ({ environment, engine }) {
    let next: string | undefined;
    do {
      const page = await callAws(`list the secrets of environment ${environment}`, deadline, (options) =>
        client.send(
          new ListSecretsCommand({
            Filters: [
              { Key: 'tag-key', Values: [secretTag.engine] },
              { Key: 'tag-value', Values: [engine] },
            ],
            MaxResults: 100,
            ...(next !== undefined && { NextToken: next }),
          }),
          options,
        ),
      );
      for (const entry of page.SecretList ?? []) {
        const secret = description(entry, entry.SecretVersionsToStages);
        // The filters of the service go by beginnings, and by keys and values apart.
        if (secret.tags[secretTag.engine] === engine && isOfEnvironment(secret, environment)) yield secret;
      }
      next = page.NextToken;
    } while (next !== undefined);
  },
});

/** What DescribeSecret and ListSecrets have in common; only the key of the labels differs. */
const description = (
  entry: Pick<
    SecretListEntry,
    'ARN' | 'Name' | 'RotationEnabled' | 'Tags' | 'LastRotatedDate' | 'LastChangedDate' | 'NextRotationDate'
  >,
  stages: Readonly<Record<string, string[]>> = {},
): SecretDescription => ({
  arn: entry.ARN ?? '',
  name: entry.Name ?? '',
  rotationEnabled: entry.RotationEnabled ?? false,
  tags: Object.fromEntries((entry.Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
  stages: new Map(Object.entries(stages).map(([versionId, labels]) => [versionId, new Set(labels)])),
  ...(entry.LastRotatedDate && { lastRotatedAt: entry.LastRotatedDate }),
  ...(entry.LastChangedDate && { lastChangedAt: entry.LastChangedDate }),
  ...(entry.NextRotationDate && { nextRotationAt: entry.NextRotationDate }),
});
