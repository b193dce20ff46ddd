/**
 * Every action of Secrets Manager and KMS, by its effect on a secret or a key.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html and list_awskms.html
 */

/** Actions on one secret. */
export const secretActions = {
  read: ['GetSecretValue'],
  /** Returns metadata of the secret, never its value. */
  look: ['DescribeSecret', 'GetResourcePolicy', 'ListSecretVersionIds', 'ValidateResourcePolicy'],
  write: ['PutSecretValue'],
  /** Makes a version current. */
  promote: ['UpdateSecretVersionStage'],
  rotate: ['CancelRotateSecret', 'RotateSecret'],
  change: [
    'RemoveRegionsFromReplication',
    'ReplicateSecretToRegions',
    'RestoreSecret',
    'StopReplicationToReplica',
    'TagResource',
    'UntagResource',
    'UpdateSecret',
  ],
  delete: ['DeleteSecret'],
  govern: ['DeleteResourcePolicy', 'PutResourcePolicy'],
} as const;
export type SecretAccessLevel = keyof typeof secretActions;
export type SecretAction = (typeof secretActions)[SecretAccessLevel][number];

/** Actions on one key. */
export const keyActions = {
  decrypt: ['Decrypt'],
  encrypt: ['GenerateDataKey'],
  /** With the key of a replica, in addition to {@link keyActions.encrypt}. */
  replicate: ['Encrypt'],
  /** These administer a key, and do not allow its use. */
  administrate: [
    'CancelKeyDeletion',
    'CreateAlias',
    'DeleteAlias',
    'DescribeKey',
    'DisableKey',
    'DisableKeyRotation',
    'EnableKey',
    'EnableKeyRotation',
    'GetKeyPolicy',
    'GetKeyRotationStatus',
    'ListGrants',
    'ListKeyPolicies',
    'ListKeyRotations',
    'ListResourceTags',
    'PutKeyPolicy',
    'RevokeGrant',
    'RotateKeyOnDemand',
    'ScheduleKeyDeletion',
    'TagResource',
    'UntagResource',
    'UpdateAlias',
    'UpdateKeyDescription',
  ],
  /** Keys of secrets never need these. */
  foreign: [
    'CreateGrant',
    'DeleteImportedKeyMaterial',
    'DeriveSharedSecret',
    'GenerateDataKeyPair',
    'GenerateDataKeyPairWithoutPlaintext',
    'GenerateDataKeyWithoutPlaintext',
    'GenerateMac',
    'GetKeyLastUsage',
    'GetParametersForImport',
    'GetPublicKey',
    'ImportKeyMaterial',
    'ReEncryptFrom',
    'ReEncryptTo',
    'ReplicateKey',
    'RetireGrant',
    'Sign',
    'SynchronizeMultiRegionKey',
    'UpdatePrimaryRegion',
    'Verify',
    'VerifyMac',
  ],
} as const;
export type KeyAccessLevel = keyof typeof keyActions;
export type KeyAction = (typeof keyActions)[KeyAccessLevel][number];

/** Actions without a resource, or that create one: AWS checks them against the caller's account. */
export const accountActions = {
  secretsmanager: ['BatchGetSecretValue', 'CreateSecret', 'GetRandomPassword', 'ListSecrets'],
  kms: [
    'ConnectCustomKeyStore',
    'CreateCustomKeyStore',
    'CreateKey',
    'DeleteCustomKeyStore',
    'DescribeCustomKeyStores',
    'DisconnectCustomKeyStore',
    'GenerateRandom',
    'ListAliases',
    'ListKeys',
    'ListRetirableGrants',
    'UpdateCustomKeyStore',
  ],
} as const;
export type AccountAction =
  | `secretsmanager:${(typeof accountActions)['secretsmanager'][number]}`
  | `kms:${(typeof accountActions)['kms'][number]}`;

/** `BatchGetSecretValue` is checked for the account, and then for each secret. */
export type Action = `secretsmanager:${SecretAction | 'BatchGetSecretValue'}` | `kms:${KeyAction}`;

/** What Secrets Manager needs of the secret's key, in the name of its caller. */
export const keyUse: Readonly<Partial<Record<SecretAction, readonly KeyAction[]>>> = {
  GetSecretValue: ['Decrypt'],
  PutSecretValue: ['GenerateDataKey', 'Decrypt'],
};

export const secretAccessLevelOf = (action: string): SecretAccessLevel | undefined => secretAccessLevels.get(action);

export const keyAccessLevelOf = (action: string): KeyAccessLevel | undefined => keyAccessLevels.get(action);

const byAction = <AccessLevel extends string>(
  actions: Readonly<Record<AccessLevel, readonly string[]>>,
): ReadonlyMap<string, AccessLevel> =>
  new Map((Object.keys(actions) as AccessLevel[]).flatMap((level) => actions[level].map((action) => [action, level])));

const secretAccessLevels = byAction(secretActions);
const keyAccessLevels = byAction(keyActions);
