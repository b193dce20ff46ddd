/** Each action of KMS as a request that, like those to Secrets Manager, changes nothing on which another one rests. */
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateGrantCommand,
  DecryptCommand,
  DeleteAliasCommand,
  DeleteImportedKeyMaterialCommand,
  DeriveSharedSecretCommand,
  DescribeKeyCommand,
  DisableKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GenerateDataKeyWithoutPlaintextCommand,
  GenerateMacCommand,
  GetKeyLastUsageCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  GetParametersForImportCommand,
  GetPublicKeyCommand,
  ImportKeyMaterialCommand,
  type KMSClient,
  ListGrantsCommand,
  ListKeyPoliciesCommand,
  ListKeyRotationsCommand,
  ListResourceTagsCommand,
  PutKeyPolicyCommand,
  ReEncryptCommand,
  ReplicateKeyCommand,
  RetireGrantCommand,
  RevokeGrantCommand,
  RotateKeyOnDemandCommand,
  ScheduleKeyDeletionCommand,
  SignCommand,
  TagResourceCommand as TagKeyCommand,
  UntagResourceCommand as UntagKeyCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
  UpdatePrimaryRegionCommand,
  VerifyCommand,
  VerifyMacCommand,
} from '@aws-sdk/client-kms';

/** The key of a secret, and the encryption context that goes with the request. */
export interface KeyTarget {
  readonly arn: string;
  readonly alias: string;
  readonly policy: string;
  readonly context: Readonly<Record<string, string>> | undefined;
}

export type AskKey = (client: KMSClient, target: KeyTarget) => Promise<unknown>;

const bytes = new Uint8Array(64);
const grant = { GranteePrincipal: 'arn:aws:iam::111122223333:role/operator', Operations: ['Decrypt' as const] };
const mac = { MacAlgorithm: 'HMAC_SHA_256', Message: bytes } as const;
const signing = { SigningAlgorithm: 'RSASSA_PSS_SHA_256', Message: bytes } as const;

export const keyRequests: Readonly<Record<string, AskKey>> = {
  Decrypt: (client, { arn, context }) =>
    client.send(new DecryptCommand({ KeyId: arn, CiphertextBlob: bytes, EncryptionContext: context })),
  GenerateDataKey: (client, { arn, context }) =>
    client.send(new GenerateDataKeyCommand({ KeyId: arn, KeySpec: 'AES_256', EncryptionContext: context })),
  Encrypt: (client, { arn, context }) =>
    client.send(new EncryptCommand({ KeyId: arn, Plaintext: bytes, EncryptionContext: context })),
  CancelKeyDeletion: (client, { arn }) => client.send(new CancelKeyDeletionCommand({ KeyId: arn })),
  CreateAlias: (client, { arn, alias }) => client.send(new CreateAliasCommand({ AliasName: alias, TargetKeyId: arn })),
  DeleteAlias: (client, { alias }) => client.send(new DeleteAliasCommand({ AliasName: alias })),
  DescribeKey: (client, { arn }) => client.send(new DescribeKeyCommand({ KeyId: arn })),
  DisableKey: (client, { arn }) => client.send(new DisableKeyCommand({ KeyId: arn })),
  DisableKeyRotation: (client, { arn }) => client.send(new DisableKeyRotationCommand({ KeyId: arn })),
  EnableKey: (client, { arn }) => client.send(new EnableKeyCommand({ KeyId: arn })),
  EnableKeyRotation: (client, { arn }) => client.send(new EnableKeyRotationCommand({ KeyId: arn })),
  GetKeyPolicy: (client, { arn }) => client.send(new GetKeyPolicyCommand({ KeyId: arn })),
  GetKeyRotationStatus: (client, { arn }) => client.send(new GetKeyRotationStatusCommand({ KeyId: arn })),
  ListGrants: (client, { arn }) => client.send(new ListGrantsCommand({ KeyId: arn })),
  ListKeyPolicies: (client, { arn }) => client.send(new ListKeyPoliciesCommand({ KeyId: arn })),
  ListKeyRotations: (client, { arn }) => client.send(new ListKeyRotationsCommand({ KeyId: arn })),
  ListResourceTags: (client, { arn }) => client.send(new ListResourceTagsCommand({ KeyId: arn })),
  PutKeyPolicy: (client, { arn, policy }) => client.send(new PutKeyPolicyCommand({ KeyId: arn, Policy: policy })),
  RevokeGrant: (client, { arn }) => client.send(new RevokeGrantCommand({ KeyId: arn, GrantId: 'none' })),
  RotateKeyOnDemand: (client, { arn }) => client.send(new RotateKeyOnDemandCommand({ KeyId: arn })),
  // Seven days are the least.
  ScheduleKeyDeletion: (client, { arn }) =>
    client.send(new ScheduleKeyDeletionCommand({ KeyId: arn, PendingWindowInDays: 1 })),
  TagResource: (client, { arn }) =>
    client.send(new TagKeyCommand({ KeyId: arn, Tags: [{ TagKey: 'matrix', TagValue: 'asked' }] })),
  UntagResource: (client, { arn }) => client.send(new UntagKeyCommand({ KeyId: arn, TagKeys: ['matrix'] })),
  UpdateAlias: (client, { arn, alias }) => client.send(new UpdateAliasCommand({ AliasName: alias, TargetKeyId: arn })),
  UpdateKeyDescription: (client, { arn }) =>
    client.send(new UpdateKeyDescriptionCommand({ KeyId: arn, Description: 'asked' })),
  CreateGrant: (client, { arn }) => client.send(new CreateGrantCommand({ KeyId: arn, ...grant })),
  DeleteImportedKeyMaterial: (client, { arn }) => client.send(new DeleteImportedKeyMaterialCommand({ KeyId: arn })),
  DeriveSharedSecret: (client, { arn }) =>
    client.send(new DeriveSharedSecretCommand({ KeyId: arn, KeyAgreementAlgorithm: 'ECDH', PublicKey: bytes })),
  GenerateDataKeyPair: (client, { arn, context }) =>
    client.send(new GenerateDataKeyPairCommand({ KeyId: arn, KeyPairSpec: 'RSA_2048', EncryptionContext: context })),
  GenerateDataKeyPairWithoutPlaintext: (client, { arn, context }) =>
    client.send(
      new GenerateDataKeyPairWithoutPlaintextCommand({
        KeyId: arn,
        KeyPairSpec: 'RSA_2048',
        EncryptionContext: context,
      }),
    ),
  GenerateDataKeyWithoutPlaintext: (client, { arn, context }) =>
    client.send(
      new GenerateDataKeyWithoutPlaintextCommand({ KeyId: arn, KeySpec: 'AES_256', EncryptionContext: context }),
    ),
  GenerateMac: (client, { arn }) => client.send(new GenerateMacCommand({ KeyId: arn, ...mac })),
  GetKeyLastUsage: (client, { arn }) => client.send(new GetKeyLastUsageCommand({ KeyId: arn })),
  GetParametersForImport: (client, { arn }) =>
    client.send(
      new GetParametersForImportCommand({
        KeyId: arn,
        WrappingAlgorithm: 'RSAES_OAEP_SHA_256',
        WrappingKeySpec: 'RSA_2048',
      }),
    ),
  GetPublicKey: (client, { arn }) => client.send(new GetPublicKeyCommand({ KeyId: arn })),
  ImportKeyMaterial: (client, { arn }) =>
    client.send(new ImportKeyMaterialCommand({ KeyId: arn, ImportToken: bytes, EncryptedKeyMaterial: bytes })),
  ReEncryptFrom: (client, target) => reEncrypt(client, target),
  ReEncryptTo: (client, target) => reEncrypt(client, target),
  ReplicateKey: (client, { arn }) => client.send(new ReplicateKeyCommand({ KeyId: arn, ReplicaRegion: 'us-east-1' })),
  RetireGrant: (client, { arn }) => client.send(new RetireGrantCommand({ KeyId: arn, GrantId: '0'.repeat(64) })),
  Sign: (client, { arn }) => client.send(new SignCommand({ KeyId: arn, ...signing })),
  UpdatePrimaryRegion: (client, { arn }) =>
    client.send(new UpdatePrimaryRegionCommand({ KeyId: arn, PrimaryRegion: 'us-east-1' })),
  Verify: (client, { arn }) => client.send(new VerifyCommand({ KeyId: arn, ...signing, Signature: bytes })),
  VerifyMac: (client, { arn }) => client.send(new VerifyMacCommand({ KeyId: arn, ...mac, Mac: bytes })),
};

const reEncrypt: AskKey = (client, { arn, context }) =>
  client.send(
    new ReEncryptCommand({
      CiphertextBlob: bytes,
      SourceKeyId: arn,
      DestinationKeyId: arn,
      SourceEncryptionContext: context,
      DestinationEncryptionContext: context,
    }),
  );

/** What takes back a request that had an effect, as the administrator. */
export const undoneKeyRequests: Readonly<Record<string, AskKey>> = {
  DeleteAlias: keyRequests['CreateAlias']!,
  DisableKey: keyRequests['EnableKey']!,
  // The local AWS disables a key of which no deletion was scheduled.
  CancelKeyDeletion: keyRequests['EnableKey']!,
};
