/** AWS behind the operators' verbs: the SDK's clients, with the caller's credentials. */
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { LambdaClient } from '@aws-sdk/client-lambda';
import {
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  paginateListSecretVersionIds,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';

import type { OperatorAws, SecretState } from '../operators/ports.ts';
import { callAws, orMissing } from './aws-errors.ts';
import { askFunction, describeFunction } from './rotation-function.ts';
import { readSteps } from './step-log.ts';

/** Three tries with the SDK's own jittered backoff; without `throwOnRequestTimeout` the SDK would only warn, and wait on. */
export const clientOptions = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
} as const;

/** The rotation function ends after two minutes, and has five places: a try may have to wait for one. */
const lambdaOptions = {
  maxAttempts: 4,
  requestHandler: { connectionTimeout: 3_000, requestTimeout: 150_000, throwOnRequestTimeout: true },
} as const;

export const connectAws = (region: string | undefined): OperatorAws => {
  const where = region === undefined ? {} : { region };
  const secrets = new SecretsManagerClient({ ...clientOptions, ...where });
  const sts = new STSClient({ ...clientOptions, ...where });
  const kms = new KMSClient({ ...clientOptions, ...where });
  const logs = new CloudWatchLogsClient({ ...clientOptions, ...where });
  const lambda = new LambdaClient({ ...lambdaOptions, ...where });
  return {
    whoAmI: async () => {
      const { Account: account = '', Arn: arn = '' } = await callAws('ask who you are (sts:GetCallerIdentity)', () =>
        sts.send(new GetCallerIdentityCommand({})),
      );
      return { account, arn };
    },
    describe: async (secretId) => {
      const doing = `look at ${secretId} (secretsmanager:DescribeSecret)`;
      const found = await orMissing(doing, () => secrets.send(new DescribeSecretCommand({ SecretId: secretId })));
      return found && stateOf(found, secretId);
    },
    versionDates: (secretId) =>
      callAws(`list the versions of ${secretId} (secretsmanager:ListSecretVersionIds)`, async () => {
        const dates = new Map<string, Date>();
        for await (const { Versions = [] } of paginateListSecretVersionIds(
          { client: secrets },
          { SecretId: secretId },
        )) {
          for (const { VersionId, CreatedDate } of Versions)
            if (VersionId && CreatedDate) dates.set(VersionId, CreatedDate);
        }
        return dates;
      }),
    rotate: async (secretId, versionId) => {
      const input = { SecretId: secretId, ClientRequestToken: versionId };
      await callAws(`rotate ${secretId} (secretsmanager:RotateSecret)`, () =>
        secrets.send(new RotateSecretCommand(input)),
      );
    },
    key: async (keyId) => {
      const found = await orMissing(`look at key ${keyId} (kms:DescribeKey)`, () =>
        kms.send(new DescribeKeyCommand({ KeyId: keyId })),
      );
      const { KeyState: state, DeletionDate: deletionAt } = found?.KeyMetadata ?? {};
      return state && { state, ...(deletionAt && { deletionAt }) };
    },
    rotationFunction: (functionArn) => describeFunction(lambda, functionArn),
    check: (functionArn, secretArn) => askFunction(lambda, functionArn, { Action: 'check', SecretId: secretArn }),
    roll: (functionArn, request) => askFunction(lambda, functionArn, request),
    steps: (functionArn, versionId, since) => readSteps(logs, functionArn, versionId, since),
    close: () => {
      for (const client of [secrets, sts, kms, logs, lambda]) client.destroy();
    },
  };
};

const stateOf = (secret: DescribeSecretCommandOutput, secretId: string): SecretState => ({
  arn: secret.ARN ?? secretId,
  name: secret.Name ?? secretId,
  rotationEnabled: secret.RotationEnabled ?? false,
  tags: Object.fromEntries((secret.Tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value])),
  labels: secret.VersionIdsToStages ?? {},
  ...(secret.RotationLambdaARN && { functionArn: secret.RotationLambdaARN }),
  ...(secret.RotationRules?.ScheduleExpression && { schedule: secret.RotationRules.ScheduleExpression }),
  ...(secret.KmsKeyId && { keyId: secret.KmsKeyId }),
  ...(secret.CreatedDate && { createdAt: secret.CreatedDate }),
  ...(secret.LastRotatedDate && { lastRotatedAt: secret.LastRotatedDate }),
  ...(secret.LastChangedDate && { lastChangedAt: secret.LastChangedDate }),
  ...(secret.NextRotationDate && { nextRotationAt: secret.NextRotationDate }),
  ...(secret.DeletedDate && { deletedAt: secret.DeletedDate }),
});
