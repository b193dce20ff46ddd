/** Names of operations that audit events can have, as filters of destinations name them. */

/** https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html */
const secretCalls = [
  'BatchGetSecretValue',
  'CancelRotateSecret',
  'CreateSecret',
  'DeleteResourcePolicy',
  'DeleteSecret',
  'DescribeSecret',
  'GetRandomPassword',
  'GetResourcePolicy',
  'GetSecretValue',
  'ListSecretVersionIds',
  'ListSecrets',
  'PutResourcePolicy',
  'PutSecretValue',
  'RemoveRegionsFromReplication',
  'ReplicateSecretToRegions',
  'RestoreSecret',
  'RotateSecret',
  'StopReplicationToReplica',
  'TagResource',
  'UntagResource',
  'UpdateSecret',
  'UpdateSecretVersionStage',
  'ValidateResourcePolicy',
] as const;

/** Of the service itself: https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html */
const secretEvents = [
  'CancelSecretVersionDelete',
  'EndSecretVersionDelete',
  'ReplicationFailed',
  'ReplicationStarted',
  'ReplicationSucceeded',
  'RotationAbandoned',
  'RotationFailed',
  'RotationStarted',
  'RotationSucceeded',
  'Secret Label Updated',
  'SecretVersionDeletion',
  'StartSecretVersionDelete',
  'TestRotationFailed',
  'TestRotationStarted',
  'TestRotationSucceeded',
] as const;

/** What reads with a key, and what changes who can. */
const keyCalls = [
  'CancelKeyDeletion',
  'CreateAlias',
  'CreateGrant',
  'Decrypt',
  'DeleteAlias',
  'DeleteImportedKeyMaterial',
  'DisableKey',
  'DisableKeyRotation',
  'EnableKey',
  'EnableKeyRotation',
  'GenerateDataKey',
  'ImportKeyMaterial',
  'PutKeyPolicy',
  'ReEncrypt',
  'RetireGrant',
  'RevokeGrant',
  'ScheduleKeyDeletion',
  'UpdateAlias',
] as const;

export const auditOperations: readonly string[] = [...secretCalls, ...secretEvents, ...keyCalls];
