/** GetSecretValue and BatchGetSecretValue: a version without a value is none. */
import { z } from 'zod';

import { ServiceError, type Scope } from '../../service-call.ts';
import type { AwsRequest } from '../../request.ts';
import type { SecretVersionValue } from './emulated-secrets.ts';
import { invalidRequest, optionalText, requiredText } from './secret-input.ts';
import type { VersionSnapshot } from './secret-records.ts';
import { callerScope, holderOf, secretScope, type Output, type SecretsContext } from './secrets-context.ts';

interface VersionChoice {
  readonly VersionId?: string;
  readonly VersionStage?: string;
}

export const getSecretValue = async (context: SecretsContext, request: AwsRequest): Promise<Output> => {
  const secretId = requiredText(request.input, 'SecretId');
  const VersionId = optionalText(request.input, 'VersionId');
  const VersionStage = optionalText(request.input, 'VersionStage');
  const choice: VersionChoice = {
    ...(VersionId !== undefined && { VersionId }),
    ...(VersionStage !== undefined && { VersionStage }),
  };
  const scope = secretScope(request);
  const read = context.isStaleRead(request) ? readBeforeLatestWrite : readVersion;
  const value = await read(context, scope, secretId, choice);
  await recordDecrypt(context, request, scope, value);
  return value;
};

const batchSchema = z.looseObject({
  SecretValues: z.array(z.looseObject({ ARN: z.string() })),
  Errors: z.array(z.looseObject({})).optional(),
});

/** As the emulator answers, but a version without a value is an error of that secret. */
export const batchGetSecretValue = async (context: SecretsContext, request: AwsRequest): Promise<Output> => {
  const batch = batchSchema.parse(
    await context.emulated.call(callerScope(request), 'BatchGetSecretValue', request.input),
  );
  const hasValue = (entry: Output) => entry['SecretString'] !== undefined || entry['SecretBinary'] !== undefined;
  return {
    ...batch,
    SecretValues: batch.SecretValues.filter(hasValue),
    Errors: [
      ...(batch.Errors ?? []),
      ...batch.SecretValues.filter((entry) => !hasValue(entry)).map((entry) => ({
        SecretId: entry.ARN,
        ErrorCode: 'ResourceNotFoundException',
        Message: notFound({}).message,
      })),
    ],
  };
};

const readVersion = async (
  context: SecretsContext,
  scope: Scope,
  secretId: string,
  choice: VersionChoice,
): Promise<SecretVersionValue> => {
  const value = await context.emulated.value(scope, { SecretId: secretId, ...choice }).catch((error: unknown) => {
    throw inServiceWords(error, choice);
  });
  if (choice.VersionStage !== undefined && !value.VersionStages.includes(choice.VersionStage)) {
    throw invalidRequest('You provided a VersionStage that is not associated to the provided VersionId.');
  }
  if (value.SecretString === undefined && value.SecretBinary === undefined) throw notFound(choice);
  return value;
};

/** Values never change under a version id, so the past is today's values under yesterday's labels. */
const readBeforeLatestWrite = async (
  context: SecretsContext,
  scope: Scope,
  secretId: string,
  choice: VersionChoice,
): Promise<SecretVersionValue> => {
  const { ARN } = await context.emulated.describe(scope, secretId);
  const before: VersionSnapshot | undefined = context.records.find(ARN)?.before;
  if (before === undefined) return readVersion(context, scope, ARN, choice);
  const versionId = choice.VersionId ?? holderOf(before.labels, choice.VersionStage ?? 'AWSCURRENT');
  if (versionId === undefined || !before.labels.has(versionId) || before.withoutValue.has(versionId)) {
    throw notFound(choice);
  }
  const value = await readVersion(context, scope, ARN, { VersionId: versionId });
  return { ...value, VersionStages: [...(before.labels.get(versionId) ?? [])] };
};

const inServiceWords = (error: unknown, choice: VersionChoice): Error => {
  if (!(error instanceof Error)) return new Error('The emulator failed', { cause: error });
  const ofVersion = error instanceof ServiceError && / specified secret (version|value)/.test(error.message);
  return ofVersion ? notFound(choice) : error;
};

const notFound = ({ VersionId, VersionStage }: VersionChoice): ServiceError =>
  new ServiceError(
    'ResourceNotFoundException',
    `Secrets Manager can't find the specified secret value for ${
      VersionId === undefined ? `staging label: ${VersionStage ?? 'AWSCURRENT'}` : `VersionId: ${VersionId}`
    }`,
  );

const recordDecrypt = async (
  context: SecretsContext,
  request: AwsRequest,
  scope: Scope,
  value: SecretVersionValue,
): Promise<void> => {
  const { KmsKeyId: keyId } = await context.emulated.describe(scope, value.ARN);
  if (keyId === undefined) return;
  context.recordKeyUse(request, {
    ...scope,
    operation: 'Decrypt',
    keyId,
    secretArn: value.ARN,
    versionId: value.VersionId,
  });
};
