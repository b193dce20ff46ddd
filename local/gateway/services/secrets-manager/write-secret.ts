/** CreateSecret, PutSecretValue, UpdateSecret, DeleteSecret and RestoreSecret. */
import { ServiceError } from '../../service-call.ts';
import type { AwsRequest } from '../../request.ts';
import { secretNotFound, type SecretRef, type SecretValue } from './emulated-secrets.ts';
import { invalidRequest, labelsOf, requiredText, valueOf, versionIdOf } from './secret-input.ts';
import {
  callerScope,
  secretScope,
  withSecret,
  type DeletionEvent,
  type LockedSecret,
  type Output,
  type SecretsContext,
} from './secrets-context.ts';
import { planNextRotation } from './rotation-plan.ts';
import { attachLabel, writeVersion } from './write-version.ts';

/** The emulator names the first version itself and makes one without a value; here it is named by the token or is not. */
export const createSecret = async (context: SecretsContext, request: AwsRequest): Promise<Output> => {
  const { SecretString: _text, SecretBinary: _binary, ClientRequestToken: _token, ...metadata } = request.input;
  const name = requiredText(request.input, 'Name');
  if (name.length > 512 || !/^[\w/+=.@!-]+$/.test(name)) {
    throw new ServiceError(
      'ValidationException',
      'Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!',
    );
  }
  const versionId = versionIdOf(request.input);
  const value = valueOf(request.input);
  const scope = callerScope(request);
  return context.locks.run(`${scope.account}/${scope.region}/${name}`, async () => {
    const existing = await context.emulated.describe(scope, name).catch(unlessNotFound);
    if (existing?.DeletedDate !== undefined) {
      throw invalidRequest(
        "You can't create this secret because a secret with this name is already scheduled for deletion.",
      );
    }
    if (existing !== undefined) {
      await assertSameRequest(context, { ...scope, arn: existing.ARN, name }, versionId, value);
      return { ARN: existing.ARN, Name: name, VersionId: versionId };
    }
    await context.emulated.call(scope, 'CreateSecret', metadata);
    return withSecret(context, scope, name, async (secret) => {
      await removeEmulatorsVersion(context, secret, versionId, value);
      if (value !== undefined) recordGenerateDataKey(context, request, secret, versionId);
      return { ARN: secret.ref.arn, Name: name, ...(value !== undefined && { VersionId: versionId }) };
    });
  });
};

export const putSecretValue = async (context: SecretsContext, request: AwsRequest): Promise<Output> => {
  const labels = labelsOf(request.input);
  const versionId = versionIdOf(request.input);
  const value = valueOf(request.input);
  if (value === undefined) throw invalidRequest('You must provide either SecretString or SecretBinary.');
  return withSecret(context, secretScope(request), requiredText(request.input, 'SecretId'), async (secret) => {
    const attached = await writeVersion(context, secret, { versionId, value, labels });
    recordGenerateDataKey(context, request, secret, versionId);
    return { ARN: secret.ref.arn, Name: secret.ref.name, VersionId: versionId, VersionStages: attached };
  });
};

export const updateSecret = async (context: SecretsContext, request: AwsRequest): Promise<Output> => {
  const { SecretString: _text, SecretBinary: _binary, ClientRequestToken: _token, ...metadata } = request.input;
  const versionId = versionIdOf(request.input);
  const value = valueOf(request.input);
  return withSecret(context, secretScope(request), requiredText(request.input, 'SecretId'), async (secret) => {
    const { arn: ARN, name: Name } = secret.ref;
    if (Object.keys(metadata).length > 1) {
      await context.emulated.call(secret.ref, 'UpdateSecret', { ...metadata, SecretId: ARN });
    }
    if (value === undefined) return { ARN, Name };
    await writeVersion(context, secret, { versionId, value, labels: ['AWSCURRENT'] });
    recordGenerateDataKey(context, request, secret, versionId);
    return { ARN, Name, VersionId: versionId };
  });
};

/** A forced deletion of a secret that is not there succeeds, as the API says. */
export const deleteSecret = async (context: SecretsContext, request: AwsRequest): Promise<Output> => {
  const secretId = requiredText(request.input, 'SecretId');
  const force = request.input['ForceDeleteWithoutRecovery'] === true;
  try {
    return await withSecret(
      context,
      secretScope(request),
      secretId,
      async (secret) => {
        const output = await context.emulated.call(secret.ref, 'DeleteSecret', {
          ...request.input,
          SecretId: secret.ref.arn,
        });
        context.rotations.cancel(secret.ref.arn);
        context.rotations.plan(secret.ref.arn, undefined);
        recordDeletion(context, secret, 'StartSecretVersionDelete');
        if (force) {
          recordDeletion(context, secret, 'EndSecretVersionDelete');
          context.records.forget(secret.ref.arn);
        }
        return output;
      },
      { allowDeleted: true },
    );
  } catch (error) {
    if (!force || !isNotFound(error)) throw error;
    return { Name: secretId, DeletionDate: context.clock.now() / 1000 };
  }
};

export const restoreSecret = async (context: SecretsContext, request: AwsRequest): Promise<Output> =>
  withSecret(
    context,
    secretScope(request),
    requiredText(request.input, 'SecretId'),
    async (secret) => {
      const output = await context.emulated.call(secret.ref, 'RestoreSecret', { SecretId: secret.ref.arn });
      recordDeletion(context, secret, 'CancelSecretVersionDelete');
      planNextRotation(context, secret.ref.arn);
      return output;
    },
    { allowDeleted: true },
  );

const removeEmulatorsVersion = async (
  context: SecretsContext,
  secret: LockedSecret,
  versionId: string,
  value: SecretValue | undefined,
): Promise<void> => {
  const [made] = secret.versions.keys();
  if (made === undefined) throw new Error(`The emulator made ${secret.ref.name} without a version`);
  secret.record.withoutValue.add(made);
  await context.emulated.moveLabel(secret.ref, 'AWSCURRENT', { from: made });
  secret.versions.set(made, []);
  if (value === undefined) return;
  await context.emulated.writeVersion(secret.ref, versionId, value, []);
  await attachLabel(context, secret, 'AWSCURRENT', versionId);
};

/** @throws ServiceError ResourceExistsException unless the same request made the secret before. */
const assertSameRequest = async (
  context: SecretsContext,
  ref: SecretRef,
  versionId: string,
  value: SecretValue | undefined,
): Promise<void> => {
  const stored = await context.emulated.value(ref, { SecretId: ref.arn, VersionId: versionId }).catch(unlessNotFound);
  const same =
    stored !== undefined &&
    value !== undefined &&
    stored.SecretString === value.SecretString &&
    stored.SecretBinary === value.SecretBinary;
  if (same) return;
  throw new ServiceError(
    'ResourceExistsException',
    `The operation failed because the secret ${ref.name} already exists.`,
  );
};

const recordGenerateDataKey = (
  context: SecretsContext,
  request: AwsRequest,
  { ref, description }: LockedSecret,
  versionId: string,
): void => {
  if (description.KmsKeyId === undefined) return;
  context.recordKeyUse(request, {
    account: ref.account,
    region: ref.region,
    operation: 'GenerateDataKey',
    keyId: description.KmsKeyId,
    secretArn: ref.arn,
    versionId,
  });
};

const recordDeletion = (
  context: SecretsContext,
  { ref, versions }: LockedSecret,
  eventName: DeletionEvent['eventName'],
): void => {
  for (const [versionId, labels] of versions) {
    if (labels.length === 0) continue;
    context.recordDeletion({
      account: ref.account,
      region: ref.region,
      eventName,
      secretArn: ref.arn,
      versionId,
    });
  }
};

const isNotFound = (error: unknown): boolean => error instanceof ServiceError && error.code === secretNotFound().code;

const unlessNotFound = (error: unknown): undefined => {
  if (!isNotFound(error)) throw error;
};
