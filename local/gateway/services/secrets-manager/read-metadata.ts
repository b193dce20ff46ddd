/** DescribeSecret and ListSecretVersionIds, with the rotation that the emulator does not know. */
import { z } from 'zod';

import type { AwsRequest } from '../../request.ts';
import { requiredText } from './secret-input.ts';
import type { VersionSnapshot } from './secret-records.ts';
import { secretScope, type Output, type SecretsContext } from './secrets-context.ts';

export const describeSecret = async (context: SecretsContext, request: AwsRequest): Promise<Output> => {
  const description = await context.emulated.describe(secretScope(request), requiredText(request.input, 'SecretId'));
  const before = context.isStaleRead(request) ? context.records.find(description.ARN)?.before : undefined;
  return {
    ...withRotation(context, description),
    ...(before && { VersionIdsToStages: labelledVersions(before) }),
  };
};

const versionListSchema = z.looseObject({
  ARN: z.string(),
  Versions: z.array(z.looseObject({ VersionId: z.string(), VersionStages: z.array(z.string()) })),
});

/** Versions without a label are deprecated and shown on request; one without a value either never was. */
export const listSecretVersionIds = async (context: SecretsContext, request: AwsRequest): Promise<Output> => {
  const secretId = requiredText(request.input, 'SecretId');
  const scope = secretScope(request);
  const { ARN } = await context.emulated.describe(scope, secretId);
  const page = versionListSchema.parse(
    await context.emulated.call(scope, 'ListSecretVersionIds', { ...request.input, SecretId: ARN }),
  );
  const record = context.records.find(ARN);
  const before = context.isStaleRead(request) ? record?.before : undefined;
  const withoutValue = before?.withoutValue ?? record?.withoutValue;
  const deprecatedToo = request.input['IncludeDeprecated'] === true;
  return {
    ...page,
    Versions: page.Versions.filter(({ VersionId }) => before === undefined || before.labels.has(VersionId))
      .map((version) => ({ ...version, VersionStages: before?.labels.get(version.VersionId) ?? version.VersionStages }))
      .filter(
        ({ VersionId, VersionStages }) =>
          VersionStages.length > 0 || (deprecatedToo && withoutValue?.has(VersionId) !== true),
      ),
  };
};

/** The metadata of a secret as the emulator has it, with what only this overlay knows. */
export const withRotation = (context: SecretsContext, description: Output & { readonly ARN: string }): Output => {
  const { RotationEnabled: _enabled, RotationLambdaARN: _function, RotationRules: _rules, ...rest } = description;
  const record = context.records.find(description.ARN);
  const window = context.rotations.planned(description.ARN);
  const owner = owningService(description);
  return {
    ...rest,
    ...(record?.rotation && {
      RotationEnabled: record.rotation.enabled,
      RotationLambdaARN: record.rotation.functionArn,
      RotationRules: record.rotation.rules,
    }),
    ...(record?.lastRotatedAt !== undefined && { LastRotatedDate: record.lastRotatedAt / 1000 }),
    // The service names the last moment at which the rotation may come.
    ...(window && { NextRotationDate: window.end / 1000 - 1 }),
    ...(owner !== undefined && { OwningService: owner }),
  };
};

const tagsSchema = z.array(z.looseObject({ Key: z.string(), Value: z.string().optional() })).optional();

const owningService = (description: Output): string | undefined =>
  tagsSchema.parse(description['Tags'])?.find(({ Key }) => Key === 'aws:secretsmanager:owningService')?.Value;

const labelledVersions = ({ labels }: VersionSnapshot): Output =>
  Object.fromEntries([...labels].filter(([, attached]) => attached.length > 0));
