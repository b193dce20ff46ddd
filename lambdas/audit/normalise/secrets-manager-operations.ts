/**
 * The events of Secrets Manager, those that the service raises by itself included:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html
 */
import type { Operation } from './operations.ts';

export const secretsManagerOperations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['BatchGetSecretValue', { activity: 'Read' }],
  ['DescribeSecret', { activity: 'Read' }],
  ['GetRandomPassword', { activity: 'Read' }],
  ['GetResourcePolicy', { activity: 'Read' }],
  ['GetSecretValue', { activity: 'Read' }],
  ['ListSecretVersionIds', { activity: 'Read' }],
  ['ListSecrets', { activity: 'Read' }],
  ['ValidateResourcePolicy', { activity: 'Read' }],

  ['CreateSecret', { activity: 'Create' }],
  ['PutSecretValue', { activity: 'Update' }],
  ['RestoreSecret', { activity: 'Update' }],
  ['RotateSecret', { activity: 'Update' }],
  ['UpdateSecret', { activity: 'Update' }],
  ['UpdateSecretVersionStage', { activity: 'Update' }],

  ['CancelRotateSecret', { activity: 'Update', severity: 'Low' }],
  ['DeleteResourcePolicy', { activity: 'Delete', severity: 'Low' }],
  ['PutResourcePolicy', { activity: 'Update', severity: 'Low' }],
  ['RemoveRegionsFromReplication', { activity: 'Delete', severity: 'Low' }],
  ['ReplicateSecretToRegions', { activity: 'Create', severity: 'Low' }],
  ['StopReplicationToReplica', { activity: 'Update', severity: 'Low' }],
  // Policies can grant by tag.
  ['TagResource', { activity: 'Update', severity: 'Low' }],
  ['UntagResource', { activity: 'Update', severity: 'Low' }],

  ['DeleteSecret', { activity: 'Delete', severity: 'Medium' }],

  ['CancelSecretVersionDelete', { activity: 'Update' }],
  ['EndSecretVersionDelete', { activity: 'Delete' }],
  ['SecretVersionDeletion', { activity: 'Delete' }],
  ['StartSecretVersionDelete', { activity: 'Delete' }],

  ['ReplicationFailed', { activity: 'Update', severity: 'High', failed: true }],
  ['ReplicationStarted', { activity: 'Update' }],
  ['ReplicationSucceeded', { activity: 'Update' }],

  ['RotationAbandoned', { activity: 'Update', severity: 'High', failed: true }],
  ['RotationFailed', { activity: 'Update', severity: 'High', failed: true }],
  ['RotationStarted', { activity: 'Update' }],
  ['RotationSucceeded', { activity: 'Update' }],
  ['TestRotationFailed', { activity: 'Update', severity: 'Medium', failed: true }],
  ['TestRotationStarted', { activity: 'Update' }],
  ['TestRotationSucceeded', { activity: 'Update' }],

  // Not of CloudTrail: https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html
  ['Secret Label Updated', { activity: 'Update' }],
]);
