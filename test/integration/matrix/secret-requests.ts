/**
 * Each action of Secrets Manager as a request that changes nothing on which another one rests: it reads, writes what is
 * there already, or passes the policies and is refused for what it asks. What can't be asked like that is undone.
 */
import {
  BatchGetSecretValueCommand,
  CancelRotateSecretCommand,
  DeleteResourcePolicyCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetResourcePolicyCommand,
  GetSecretValueCommand,
  ListSecretVersionIdsCommand,
  PutResourcePolicyCommand,
  PutSecretValueCommand,
  RemoveRegionsFromReplicationCommand,
  ReplicateSecretToRegionsCommand,
  RestoreSecretCommand,
  RotateSecretCommand,
  type SecretsManagerClient,
  StopReplicationToReplicaCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateSecretCommand,
  UpdateSecretVersionStageCommand,
  ValidateResourcePolicyCommand,
} from '@aws-sdk/client-secrets-manager';
import { pendingMarkPrefix } from '../../../lib/contract/index.ts';
import type { Circumstances } from '../../../lib/access/index.ts';
import { region } from '../local/gateway-core/local-aws.ts';

/** A secret as it is deployed. */
export interface SecretTarget {
  readonly arn: string;
  readonly policy: string;
  /** Whether it has a current version. */
  readonly hasValue: boolean;
}

export type AskSecret = (
  client: SecretsManagerClient,
  target: SecretTarget,
  circumstances: Circumstances,
) => Promise<unknown>;

/** Of no version. */
const unknownVersion = '00000000-0000-4000-8000-000000000000';

export const secretRequests: Readonly<Record<string, AskSecret>> = {
  GetSecretValue: (client, { arn }, { version, withId }) =>
    client.send(
      new GetSecretValueCommand({
        SecretId: arn,
        ...((version === 'by id' || withId) && { VersionId: unknownVersion }),
        ...(version !== undefined && version !== 'by id' && { VersionStage: labelOf(version) }),
      }),
    ),
  BatchGetSecretValue: (client, { arn }) => client.send(new BatchGetSecretValueCommand({ SecretIdList: [arn] })),
  DescribeSecret: (client, { arn }) => client.send(new DescribeSecretCommand({ SecretId: arn })),
  GetResourcePolicy: (client, { arn }) => client.send(new GetResourcePolicyCommand({ SecretId: arn })),
  ListSecretVersionIds: (client, { arn }) => client.send(new ListSecretVersionIdsCommand({ SecretId: arn })),
  ValidateResourcePolicy: (client, { arn, policy }) =>
    client.send(new ValidateResourcePolicyCommand({ SecretId: arn, ResourcePolicy: policy })),
  // Always the same version, under a label that nobody reads.
  PutSecretValue: (client, { arn }) =>
    client.send(
      new PutSecretValueCommand({
        SecretId: arn,
        SecretString: '{}',
        ClientRequestToken: '11111111-0000-4000-8000-000000000000',
        VersionStages: ['matrix'],
      }),
    ),
  UpdateSecretVersionStage: (client, { arn }, { version = 'AWSCURRENT' }) =>
    client.send(
      new UpdateSecretVersionStageCommand({
        SecretId: arn,
        VersionStage: labelOf(version),
        MoveToVersionId: unknownVersion,
      }),
    ),
  CancelRotateSecret: (client, { arn }) => client.send(new CancelRotateSecretCommand({ SecretId: arn })),
  // With a token that is too short, so that nothing is rotated. Rules would be asked for as a change of the schedule.
  RotateSecret: (client, { arn }) =>
    client.send(new RotateSecretCommand({ SecretId: arn, ClientRequestToken: 'too-short' })),
  RemoveRegionsFromReplication: (client, { arn }) =>
    client.send(new RemoveRegionsFromReplicationCommand({ SecretId: arn, RemoveReplicaRegions: ['us-east-1'] })),
  // A region can't be a replica of itself.
  ReplicateSecretToRegions: (client, { arn }) =>
    client.send(new ReplicateSecretToRegionsCommand({ SecretId: arn, AddReplicaRegions: [{ Region: region }] })),
  RestoreSecret: (client, { arn }) => client.send(new RestoreSecretCommand({ SecretId: arn })),
  StopReplicationToReplica: (client, { arn }) => client.send(new StopReplicationToReplicaCommand({ SecretId: arn })),
  TagResource: (client, { arn }, { tagKeys }) =>
    client.send(
      new TagResourceCommand({ SecretId: arn, Tags: keysOf(tagKeys).map((Key) => ({ Key, Value: 'asked' })) }),
    ),
  UntagResource: (client, { arn }, { tagKeys }) =>
    client.send(new UntagResourceCommand({ SecretId: arn, TagKeys: keysOf(tagKeys) })),
  UpdateSecret: (client, { arn }) => client.send(new UpdateSecretCommand({ SecretId: arn, Description: 'asked' })),
  DeleteSecret: (client, { arn }, { deletion }) =>
    client.send(
      new DeleteSecretCommand({
        SecretId: arn,
        ...(deletion === 'at once' && { ForceDeleteWithoutRecovery: true }),
        ...(typeof deletion === 'object' && { RecoveryWindowInDays: deletion.afterDays }),
      }),
    ),
  DeleteResourcePolicy: (client, { arn }) => client.send(new DeleteResourcePolicyCommand({ SecretId: arn })),
  PutResourcePolicy: (client, { arn, policy }) =>
    client.send(new PutResourcePolicyCommand({ SecretId: arn, ResourcePolicy: policy })),
};

const keysOf = (tagKeys: Circumstances['tagKeys']): string[] => [
  ...(tagKeys === undefined ? [] : [`${pendingMarkPrefix}matrix`]),
  ...(tagKeys === 'a mark' ? [] : ['matrix']),
];

const labelOf = (version: NonNullable<Circumstances['version']>): string =>
  version === 'another label' ? 'customer-label' : version;

/** What takes back a request that had an effect, as the break-glass role: others may not restore. */
export const undoneSecretRequests: Readonly<Record<string, AskSecret>> = {
  DeleteSecret: secretRequests['RestoreSecret']!,
  DeleteResourcePolicy: secretRequests['PutResourcePolicy']!,
};
