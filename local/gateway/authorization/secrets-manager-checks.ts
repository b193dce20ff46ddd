/** What a Secrets Manager call asks of the policies: of the secret's, and of its key's where that is a customer's. */
import type { AwsRequest } from '../request.ts';
import { ServiceError } from '../service-call.ts';
import { scopeOf, text, type Check, type Checks, type Context, type Resource } from './check.ts';
import type { Deployed } from './deployed.ts';
import type { DeployedSecret } from './deployed-secret.ts';
import { keyResource, secretKeyContext } from './kms-checks.ts';

export const secretsManagerChecks: Checks = async (request, deployed) => {
  const { operation, input } = request;
  const action = `secretsmanager:${operation}`;
  refuseReservedTags(request);
  if (operation === 'CreateSecret') return ofNewSecret(request, deployed);
  if (operation === 'BatchGetSecretValue') return ofBatch(request, deployed);
  const id = text(input['SecretId']);
  if (id === undefined) return undefined;
  const secret = await deployed.secret(scopeOf(request, id), id);
  const check = { action, resource: secretResource(request, id, secret), context: secretContext(request, secret) };
  return [check, ...(secret ? await keyUse(request, deployed, secret) : [])];
};

/** Policies trust tags that begin with `aws:`, since only services can set them. */
const refuseReservedTags = ({ caller, input }: AwsRequest): void => {
  if (caller.kind === 'service') return;
  const tags = Array.isArray(input['Tags']) ? (input['Tags'] as { Key?: unknown }[]) : [];
  const untagged = Array.isArray(input['TagKeys']) ? (input['TagKeys'] as unknown[]) : [];
  const keys = [...tags.map(({ Key }) => Key), ...untagged].map((key) => text(key) ?? '');
  const reserved = keys.find((key) => /^aws:/i.test(key));
  if (reserved !== undefined) {
    throw new ServiceError('InvalidParameterException', `Tag key ${reserved} is reserved: it can't begin with aws:.`);
  }
};

const ofBatch = async (request: AwsRequest, deployed: Deployed): Promise<Check[]> => {
  const ids = Array.isArray(request.input['SecretIdList']) ? request.input['SecretIdList'].flatMap(text) : [];
  const each = await Promise.all(
    ids.map((id) =>
      secretsManagerChecks({ ...request, operation: 'GetSecretValue', input: { SecretId: id } }, deployed),
    ),
  );
  return [
    { action: 'secretsmanager:BatchGetSecretValue', resource: { arn: '*', account: request.caller.account } },
    ...each.flatMap((checks) => checks ?? []),
  ];
};

const ofNewSecret = async (request: AwsRequest, deployed: Deployed): Promise<Check[]> => {
  const { account, region } = scopeOf(request);
  const name = text(request.input['Name']) ?? '';
  // The six characters that the service would add are not known yet.
  const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-AbCdEf`;
  const keyId = text(request.input['KmsKeyId']);
  return [
    {
      action: 'secretsmanager:CreateSecret',
      resource: { arn, account },
      context: { 'secretsmanager:Name': name, ...requestTags(request) },
    },
    ...(keyId === undefined ? [] : await keyValidation(request, deployed, keyId)),
  ];
};

const secretResource = (request: AwsRequest, id: string, secret: DeployedSecret | undefined): Resource => {
  if (secret) return { arn: secret.arn, account: secret.account, policy: secret.policy, tags: secret.tags };
  const { account, region } = scopeOf(request, id);
  return { arn: id.startsWith('arn:') ? id : `arn:aws:secretsmanager:${region}:${account}:secret:${id}`, account };
};

const secretContext = (request: AwsRequest, secret: DeployedSecret | undefined): Context => {
  const { operation, input } = request;
  const versionStage = text(input['VersionStage']);
  const versionId = text(input['VersionId']);
  return {
    'secretsmanager:SecretId': secret?.arn ?? text(input['SecretId']) ?? '',
    ...(secret && {
      'secretsmanager:SecretPrimaryRegion': secret.region,
      ...Object.fromEntries(
        Object.entries(secret.tags).map(([key, value]) => [`secretsmanager:ResourceTag/${key}`, value]),
      ),
    }),
    ...(secret?.rotationLambdaArn !== undefined && {
      'secretsmanager:resource/AllowRotationLambdaArn': secret.rotationLambdaArn,
    }),
    // Without a label GetSecretValue means AWSCURRENT, and the condition key is absent, as on AWS.
    ...(versionStage !== undefined && { 'secretsmanager:VersionStage': versionStage }),
    ...(versionId !== undefined && { 'secretsmanager:VersionId': versionId }),
    ...(operation === 'RotateSecret' && {
      ...(text(input['RotationLambdaARN']) !== undefined && {
        'secretsmanager:RotationLambdaARN': String(input['RotationLambdaARN']),
      }),
      'secretsmanager:RotateImmediately': plain(input['RotateImmediately'], 'true'),
      'secretsmanager:ModifyRotationRules': String(input['RotationRules'] !== undefined),
    }),
    ...(operation === 'DeleteSecret' && {
      'secretsmanager:ForceDeleteWithoutRecovery': plain(input['ForceDeleteWithoutRecovery'], 'false'),
      'secretsmanager:RecoveryWindowInDays': plain(input['RecoveryWindowInDays'], '30'),
    }),
    ...(operation === 'PutResourcePolicy' && {
      'secretsmanager:BlockPublicPolicy': plain(input['BlockPublicPolicy'], 'false'),
    }),
    ...requestTags(request),
  };
};

/**
 * The service uses the key in the caller's name.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 */
const keyUse = async (request: AwsRequest, deployed: Deployed, secret: DeployedSecret): Promise<Check[]> => {
  const { operation, input } = request;
  const newKey = operation === 'UpdateSecret' ? text(input['KmsKeyId']) : undefined;
  const validation = newKey === undefined ? [] : await keyValidation(request, deployed, newKey);
  const actions = keyActions(request);
  if (secret.kmsKeyId === undefined || actions.length === 0) return validation;
  const version = text(input['VersionId']) ?? secret.versions[text(input['VersionStage']) ?? 'AWSCURRENT'];
  const written = text(input['ClientRequestToken']);
  return [
    ...validation,
    ...(await onKey(request, deployed, keyOf(secret, secret.kmsKeyId), actions, {
      SecretARN: secret.arn,
      SecretVersionId: (operation === 'GetSecretValue' ? version : written) ?? request.requestId,
    })),
  ];
};

/** A secret names its key as in its own account, for every caller. */
const keyOf = ({ account, region }: DeployedSecret, keyId: string): string => {
  if (keyId.startsWith('arn:')) return keyId;
  return `arn:aws:kms:${region}:${account}:${keyId.startsWith('alias/') ? keyId : `key/${keyId}`}`;
};

const keyActions = ({ operation, input }: AwsRequest): readonly string[] => {
  const writesValue = input['SecretString'] !== undefined || input['SecretBinary'] !== undefined;
  switch (operation) {
    case 'GetSecretValue':
      return ['kms:Decrypt'];
    case 'PutSecretValue':
      return ['kms:GenerateDataKey', 'kms:Decrypt'];
    case 'UpdateSecret':
      return writesValue ? ['kms:GenerateDataKey', 'kms:Decrypt'] : [];
    default:
      return [];
  }
};

/** A key that is named for a secret is tried first, with a separate encryption context. */
const keyValidation = (request: AwsRequest, deployed: Deployed, keyId: string): Promise<Check[]> =>
  keyId.endsWith('alias/aws/secretsmanager')
    ? Promise.resolve([])
    : onKey(request, deployed, keyId, ['kms:GenerateDataKey', 'kms:Decrypt'], {
        SecretARN: 'RequestToValidateKeyAccess',
        SecretVersionId: 'RequestToValidateKeyAccess',
      });

const onKey = async (
  request: AwsRequest,
  deployed: Deployed,
  keyId: string,
  actions: readonly string[],
  encryptionContext: Readonly<Record<string, string>>,
): Promise<Check[]> => {
  const resource = await keyResource(request, deployed, keyId);
  const context = await secretKeyContext(request, deployed, keyId, encryptionContext);
  return actions.map((action) => ({ action, resource, context, refusal: 'Access to KMS is not allowed' }));
};

const requestTags = ({ input }: AwsRequest): Context => {
  const tags = Array.isArray(input['Tags']) ? (input['Tags'] as { Key?: unknown; Value?: unknown }[]) : [];
  const untagged = Array.isArray(input['TagKeys']) ? input['TagKeys'].flatMap(text) : [];
  const pairs = tags.map(({ Key, Value }) => [text(Key) ?? '', text(Value) ?? ''] as const);
  const keys = [...pairs.map(([key]) => key), ...untagged];
  return {
    ...Object.fromEntries(pairs.map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    ...(keys.length > 0 && { 'aws:TagKeys': keys.filter((key) => key !== undefined) }),
  };
};

/** A flag or number of the input as condition keys have it. */
const plain = (value: unknown, otherwise: string): string =>
  typeof value === 'boolean' || typeof value === 'number' ? String(value) : otherwise;
