/** AWS behind `strongroom evidence`: the SDK's clients, with the caller's credentials. */
import {
  type AdvancedEventSelector,
  CloudTrailClient,
  DescribeTrailsCommand,
  type EventSelector,
  GetEventSelectorsCommand,
  GetTrailStatusCommand,
} from '@aws-sdk/client-cloudtrail';
import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import { DescribeKeyCommand, GetKeyRotationStatusCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  type GetBucketLifecycleConfigurationCommandOutput,
  GetBucketVersioningCommand,
  GetPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { GetResourcePolicyCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

import type { BucketLifecycleFacts, EvidenceSource } from '../operators/evidence/ports.ts';
import { callAws, orMissing } from './aws-errors.ts';
import { clientOptions, connectAws } from './operator-aws.ts';

export const connectEvidence = (region: string): EvidenceSource => {
  const operator = connectAws(region);
  const settings = { ...clientOptions, region };
  const kms = new KMSClient(settings);
  const secrets = new SecretsManagerClient(settings);
  const trails = new CloudTrailClient(settings);
  const s3 = new S3Client(settings);
  const alarms = new CloudWatchClient(settings);
  const lambda = new LambdaClient(settings);
  const logs = new CloudWatchLogsClient(settings);
  /** A setting that a bucket does not have is an error of S3, with a name of its own. */
  const ofBucket = <Answer, Facts>(
    what: string,
    ask: () => Promise<Answer>,
    read: (answer: Answer) => Facts,
    without?: { readonly error: string; readonly facts: Facts },
  ): Promise<Facts | undefined> =>
    callAws(`look at ${what}`, async () => {
      try {
        return read(await ask());
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (error.name === without?.error) return without.facts;
        if (error.name === 'NoSuchBucket') return undefined;
        throw error;
      }
    });
  return {
    whoAmI: () => operator.whoAmI(),
    secret: (secretId) => operator.describe(secretId),
    key: async (keyId) => {
      const found = await orMissing(`look at key ${keyId} (kms:DescribeKey)`, () =>
        kms.send(new DescribeKeyCommand({ KeyId: keyId })),
      );
      const key = found?.KeyMetadata;
      if (!key) return undefined;
      return {
        arn: key.Arn ?? keyId,
        state: key.KeyState ?? 'unknown',
        manager: key.KeyManager === 'CUSTOMER' ? 'CUSTOMER' : 'AWS',
        origin: key.Origin ?? 'unknown',
        multiRegion: key.MultiRegion === true,
        spec: key.KeySpec ?? 'unknown',
      };
    },
    keyRotation: async (keyArn) => {
      const found = await orMissing(`look at the rotation of key ${keyArn} (kms:GetKeyRotationStatus)`, () =>
        kms.send(new GetKeyRotationStatusCommand({ KeyId: keyArn })),
      );
      if (!found) return undefined;
      const { KeyRotationEnabled: enabled = false, RotationPeriodInDays: periodDays } = found;
      return { enabled, ...(periodDays !== undefined && { periodDays }) };
    },
    secretPolicy: async (secretId) => {
      const found = await orMissing(`read the policy of ${secretId} (secretsmanager:GetResourcePolicy)`, () =>
        secrets.send(new GetResourcePolicyCommand({ SecretId: secretId })),
      );
      return found?.ResourcePolicy;
    },
    trail: async (name) => {
      const { trailList = [] } = await callAws(`look for trail ${name} (cloudtrail:DescribeTrails)`, () =>
        trails.send(new DescribeTrailsCommand({ trailNameList: [name] })),
      );
      const [found] = trailList;
      if (found?.TrailARN === undefined || found.S3BucketName === undefined) return undefined;
      return {
        arn: found.TrailARN,
        bucket: found.S3BucketName,
        multiRegion: found.IsMultiRegionTrail === true,
        validatesFiles: found.LogFileValidationEnabled === true,
        ...(found.KmsKeyId !== undefined && { keyArn: found.KmsKeyId }),
      };
    },
    trailStatus: async (arn) => {
      const found = await callAws(`look at trail ${arn} (cloudtrail:GetTrailStatus)`, () =>
        trails.send(new GetTrailStatusCommand({ Name: arn })),
      );
      return {
        logging: found.IsLogging === true,
        ...(found.LatestDeliveryTime && { lastDelivery: found.LatestDeliveryTime }),
        ...(found.LatestDeliveryError && { lastDeliveryError: found.LatestDeliveryError }),
      };
    },
    trailSelectors: async (arn) => {
      const found = await callAws(`look at what trail ${arn} records (cloudtrail:GetEventSelectors)`, () =>
        trails.send(new GetEventSelectorsCommand({ TrailName: arn })),
      );
      return {
        allManagementEvents:
          (found.EventSelectors ?? []).some(recordsAll) ||
          (found.AdvancedEventSelectors ?? []).some(advancedRecordsAll),
      };
    },
    bucketVersioning: (Bucket) =>
      ofBucket(
        `s3://${Bucket} (s3:GetBucketVersioning)`,
        () => s3.send(new GetBucketVersioningCommand({ Bucket })),
        ({ Status }) => ({ enabled: Status === 'Enabled' }),
      ),
    bucketPublicAccess: (Bucket) =>
      ofBucket(
        `s3://${Bucket} (s3:GetBucketPublicAccessBlock)`,
        () => s3.send(new GetPublicAccessBlockCommand({ Bucket })),
        ({ PublicAccessBlockConfiguration: block }) => ({
          blocked: [
            block?.BlockPublicAcls,
            block?.BlockPublicPolicy,
            block?.IgnorePublicAcls,
            block?.RestrictPublicBuckets,
          ].every(Boolean),
        }),
        { error: 'NoSuchPublicAccessBlockConfiguration', facts: { blocked: false } },
      ),
    bucketEncryption: (Bucket) =>
      ofBucket(
        `s3://${Bucket} (s3:GetEncryptionConfiguration)`,
        () => s3.send(new GetBucketEncryptionCommand({ Bucket })),
        ({ ServerSideEncryptionConfiguration: given }) => ({
          algorithm: given?.Rules?.[0]?.ApplyServerSideEncryptionByDefault?.SSEAlgorithm ?? 'none',
        }),
        { error: 'ServerSideEncryptionConfigurationNotFoundError', facts: { algorithm: 'none' } },
      ),
    bucketLifecycle: (Bucket) =>
      ofBucket<GetBucketLifecycleConfigurationCommandOutput, BucketLifecycleFacts>(
        `s3://${Bucket} (s3:GetLifecycleConfiguration)`,
        () => s3.send(new GetBucketLifecycleConfigurationCommand({ Bucket })),
        ({ Rules = [] }) => {
          const days = Rules.filter(({ Status }) => Status === 'Enabled').flatMap(
            ({ Expiration }) => Expiration?.Days ?? [],
          );
          return days.length === 0 ? {} : { expirationDays: Math.min(...days) };
        },
        { error: 'NoSuchLifecycleConfiguration', facts: {} },
      ),
    alarms: (prefix) =>
      callAws(`look at the alarms ${prefix}… (cloudwatch:DescribeAlarms)`, async () => {
        const found = [];
        for await (const { MetricAlarms = [] } of paginateDescribeAlarms(
          { client: alarms },
          { AlarmNamePrefix: prefix },
        )) {
          for (const { AlarmName, AlarmArn, StateValue, ActionsEnabled, AlarmActions = [] } of MetricAlarms) {
            const name = AlarmName ?? '';
            const actions = ActionsEnabled === false ? 0 : AlarmActions.length;
            found.push({ name, arn: AlarmArn ?? name, state: StateValue ?? 'unknown', actions });
          }
        }
        return found;
      }),
    functionState: async (name) => {
      const found = await orMissing(`look at ${name} (lambda:GetFunctionConfiguration)`, () =>
        lambda.send(new GetFunctionConfigurationCommand({ FunctionName: name })),
      );
      if (!found) return undefined;
      const { FunctionArn: arn = name, State: state = 'unknown', Runtime: runtime } = found;
      return { arn, state, ...(runtime !== undefined && { runtime }) };
    },
    logGroups: (prefix) =>
      callAws(`look at the log groups ${prefix}… (logs:DescribeLogGroups)`, async () => {
        const found = [];
        for await (const { logGroups = [] } of paginateDescribeLogGroups(
          { client: logs },
          { logGroupNamePrefix: prefix },
        )) {
          for (const { logGroupName, arn, retentionInDays } of logGroups) {
            const name = logGroupName ?? '';
            found.push({
              name,
              arn: arn ?? name,
              ...(retentionInDays !== undefined && { retentionDays: retentionInDays }),
            });
          }
        }
        return found;
      }),
    close: () => {
      operator.close();
      for (const client of [kms, secrets, trails, s3, alarms, lambda, logs]) client.destroy();
    },
  };
};

const recordsAll = (selector: EventSelector): boolean =>
  selector.IncludeManagementEvents !== false &&
  (selector.ReadWriteType ?? 'All') === 'All' &&
  (selector.ExcludeManagementEventSources ?? []).length === 0;

/** A selector of management events that narrows nothing: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html */
const advancedRecordsAll = ({ FieldSelectors = [] }: AdvancedEventSelector): boolean =>
  FieldSelectors.length === 1 &&
  FieldSelectors[0]?.Field === 'eventCategory' &&
  FieldSelectors[0].Equals?.includes('Management') === true;
