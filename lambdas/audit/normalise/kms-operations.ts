/**
 * The events of KMS, those that the service raises by itself included:
 * https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html
 */
import type { Operation } from './operations.ts';

const rows = (operation: Operation, ...names: readonly string[]): [string, Operation][] =>
  names.map((name) => [name, operation]);

export const kmsOperations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ...rows({ activity: 'Read' }, 'Decrypt', 'Verify', 'VerifyMac', 'GetPublicKey', 'GetParametersForImport'),
  ...rows({ activity: 'Read' }, 'DescribeKey', 'DescribeCustomKeyStores', 'GetKeyLastUsage', 'GetKeyPolicy'),
  ...rows({ activity: 'Read' }, 'GetKeyRotationStatus', 'ListAliases', 'ListGrants', 'ListKeyPolicies', 'ListKeys'),
  ...rows({ activity: 'Read' }, 'ListKeyRotations', 'ListResourceTags', 'ListRetirableGrants'),

  // They neither read nor change what is stored.
  ...rows({ activity: 'Other' }, 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'GenerateRandom'),
  ...rows({ activity: 'Other' }, 'GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'GenerateMac', 'Sign'),
  ...rows({ activity: 'Other' }, 'Encapsulate', 'Decapsulate', 'DeriveSharedSecret'),

  ...rows({ activity: 'Create' }, 'CreateKey', 'CreateCustomKeyStore'),
  ...rows({ activity: 'Update' }, 'ReEncrypt', 'RotateKeyOnDemand', 'UpdateKeyDescription', 'EnableKeyRotation'),
  ...rows({ activity: 'Update' }, 'EnableKey', 'CancelKeyDeletion', 'ConnectCustomKeyStore', 'ImportKeyMaterial'),

  ...rows({ activity: 'Create', severity: 'Low' }, 'CreateAlias', 'CreateGrant', 'ReplicateKey'),
  ...rows({ activity: 'Update', severity: 'Low' }, 'PutKeyPolicy', 'UpdateAlias', 'UpdatePrimaryRegion'),
  ...rows({ activity: 'Update', severity: 'Low' }, 'DisableKeyRotation', 'UpdateCustomKeyStore'),
  // Policies can grant by tag.
  ...rows({ activity: 'Update', severity: 'Low' }, 'TagResource', 'UntagResource'),
  ...rows({ activity: 'Delete', severity: 'Low' }, 'DeleteAlias', 'RetireGrant', 'RevokeGrant'),

  ...rows({ activity: 'Update', severity: 'Medium' }, 'DisableKey', 'DisconnectCustomKeyStore'),
  ...rows({ activity: 'Delete', severity: 'Medium' }, 'ScheduleKeyDeletion', 'DeleteImportedKeyMaterial'),
  ...rows({ activity: 'Delete', severity: 'Medium' }, 'DeleteCustomKeyStore'),

  // Of the service itself.
  ...rows({ activity: 'Update' }, 'RotateKey', 'SynchronizeMultiRegionKey'),
  ...rows({ activity: 'Delete', severity: 'Medium' }, 'DeleteKey', 'DeleteExpiredKeyMaterial'),
]);
