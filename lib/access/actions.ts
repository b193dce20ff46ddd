/**
 * Every action of Secrets Manager and KMS, by what it does to a secret or a key.
 *
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html and list_awskms.html
 */

/** Actions on one secret. */
export const secretActions = {
  read: ['GetSecretValue'],
  /** Tells of the secret, and never its value. */
  look: ['DescribeSecret', 'GetResourcePolicy', 'ListSecretVersionIds', 'ValidateResourcePolicy'],
  write: ['PutSecretValue'],
  /** Makes a version the current one. */
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
  /** With the key of a replica, beside {@link keyActions.encrypt}. */
  replicate: ['Encrypt'],
  /** Whoever administrates a key can't use it by these. */
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
  /** What no key of secrets is for. */
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

/** Actions that know no resource of their own, or make one: they are asked of the caller's account. */
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

/** `BatchGetSecretValue` is asked of the account, and then of each of the secrets. */
export type Action = `secretsmanager:${SecretAction | 'BatchGetSecretValue'}` | `kms:${KeyAction}`;

/** What Secrets Manager asks of the secret's key, in the name of its caller. */
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
