/** The complete lane: new files of the trail go to a function that delivers what the fast lane did not. */
import { ArnFormat, Duration, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { type Bucket, CfnBucket } from 'aws-cdk-lib/aws-s3';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  auditCompleteName,
  auditCompleteVariables,
  auditDeliverName,
  type AuditTrailFiles,
  completenessPrefix,
  metricName,
  type FunctionEnvironment,
} from '../../contract/index.ts';
import { acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { page, pageBelow, runbookIn } from '../alarm.ts';
import type { SecretNames } from '../arns.ts';
import { closeGrants, functionGrants, queueGrants } from '../close-grants.ts';
import { invalidProps } from '../invalid-props.ts';
import { eventMetric } from '../metrics.ts';
import { NodeFunction } from '../node-function/node-function.ts';
import type { AuditDestination } from './audit-destination.ts';
import { auditQueuesOf } from './audit-queues.ts';
import { keyUsePatterns } from './key-use-patterns.ts';
import { useLedger } from './ledger.ts';
import { errorsOf } from './normaliser.ts';
import { consumeActions, consumeQueue, createQueue, oldest, visibilityFor } from './queue.ts';
import type { Trail } from './trail.ts';

/** @internal */
export interface CompleteLaneProps {
  readonly environment: string;
  readonly trail: Trail;
  readonly destinations: readonly AuditDestination[];
  readonly ledger: Table;
  /** Queue for files and records that can't be read. */
  readonly quarantine: IQueue;
  readonly secretNames?: SecretNames;
  /** Regions with replicas: a multi-region trail writes their files below a path of their own. */
  readonly replicaRegions?: readonly string[];
  readonly alertTopic?: ITopic;
  readonly runbooks?: string;
  readonly logRetention?: RetentionDays;
}

/** A large file takes minutes. */
const timeout = Duration.minutes(10);

/** CloudTrail's files come up to 15 minutes after their events: by then the fast lane has delivered. */
const settling = Duration.minutes(15);

/** Made by {@link AuditTrail} if it has a trail and destinations. */
export class CompleteLane extends Construct {
  /** S3's notifications of new files, and orders to look at one again. */
  readonly queue: IQueue;
  readonly reader: IFunction;

  /** @internal */
  constructor(scope: Construct, id: string, props: CompleteLaneProps) {
    super(scope, id);
    const { environment, trail, quarantine, alertTopic, replicaRegions = [] } = props;
    const regions = [...new Set([Stack.of(this).region, ...replicaRegions])];
    const queue = createQueue(this, 'Files', {
      deliveryDelay: settling,
      visibilityTimeout: visibilityFor(timeout),
      deadLetterQueue: { queue: quarantine, maxReceiveCount: 20 },
    });
    this.queue = queue;
    notify(
      trail.bucket,
      queue,
      regions.map((region) => filesOf(this, region)),
    );
    this.reader = this.#createFunction(props, queue, regions);
    if (alertTopic) this.#alarm(props, alertTopic);
    closeGrants(queue, queueGrants, `S3 and the reader of ${environment} send to it`);
    closeGrants(this.reader, functionGrants, 'the queue of the lane invokes it');
  }

  #createFunction(props: CompleteLaneProps, queue: Queue, regions: readonly string[]): IFunction {
    const { environment, trail, destinations, ledger, quarantine, secretNames, logRetention } = props;
    const { account } = Stack.of(this);
    const files: AuditTrailFiles = {
      bucket: trail.bucket.bucketName,
      account,
      regions,
      secrets: keyUsePatterns(this, environment, secretNames).flatMap((list) => list.map(({ prefix }) => prefix)),
    };
    const variables: FunctionEnvironment<typeof auditCompleteVariables> = {
      [auditCompleteVariables.environment]: environment,
      [auditCompleteVariables.destinations]: auditQueuesOf(this, destinations),
      [auditCompleteVariables.ledger]: ledger.tableName,
      [auditCompleteVariables.queue]: queue.queueUrl,
      [auditCompleteVariables.quarantine]: quarantine.queueUrl,
      [auditCompleteVariables.files]: Stack.of(this).toJsonString(files),
    };
    const name = auditCompleteName(environment);
    const objects = regions.map((region) => trail.bucket.arnForObjects(`${filesOf(this, region)}*`));
    const reader = new NodeFunction(this, 'Reader', {
      entry: 'audit-complete',
      functionName: name,
      roleName: name,
      description: `Delivers what the trail of ${environment} has and the destinations have not`,
      environment: variables,
      timeout,
      reservedConcurrency: 2,
      statements: [
        new PolicyStatement({ actions: [...consumeActions, 'sqs:SendMessage'], resources: [queue.queueArn] }),
        new PolicyStatement({
          actions: ['sqs:SendMessage'],
          resources: [...destinations.map((one) => one.queue.queueArn), quarantine.queueArn],
        }),
        new PolicyStatement({ actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: objects }),
        // Without it S3 answers that access is denied if a file does not exist.
        new PolicyStatement({ actions: ['s3:ListBucket'], resources: [trail.bucket.bucketArn] }),
        new PolicyStatement({
          actions: ['kms:Decrypt'],
          resources: [trail.key.keyArn],
          conditions: { StringEquals: { 'kms:EncryptionContext:aws:cloudtrail:arn': trail.arn } },
        }),
        ...destinations.map(({ settings }) => useLedger(ledger, settings.name, ['dynamodb:BatchGetItem'])),
        useLedger(ledger, completenessPrefix, ['dynamodb:UpdateItem']),
      ],
      ...(logRetention !== undefined && { logRetention }),
    });
    acknowledgeWildcards(
      reader.policy,
      Object.fromEntries(objects.map((arn) => [arn, 'CloudTrail names the files, below this very path.'])),
    );
    consumeQueue(this, reader, queue, {
      batchSize: 1,
      maximumConcurrency: 2,
    });
    return reader.function;
  }

  #alarm({ environment, destinations, runbooks }: CompleteLaneProps, topic: ITopic): void {
    for (const { settings } of destinations) {
      pageBelow(this, `Incomplete-${settings.name}`, topic, {
        metric: eventMetric(
          metricName.auditCompleteness,
          { environment, destination: settings.name },
          { statistic: 'Minimum', period: Duration.hours(1) },
        ),
        threshold: 1,
        name: `${auditDeliverName(environment, settings.name)}-incomplete`,
        description: `${settings.name} does not have all audit events of ${environment} that the trail has, half an hour after they were written.`,
        runbook: runbookIn(runbooks, 'audit-incomplete'),
      });
    }
    const name = auditCompleteName(environment);
    page(this, 'ReaderStands', topic, {
      metric: oldest(this.queue),
      threshold: Duration.hours(2).toSeconds(),
      name: `${name}-age`,
      description: `Files of the trail of ${environment} wait for more than two hours to be compared with what was delivered.`,
      runbook: runbookIn(runbooks, 'audit-incomplete'),
    });
    page(this, 'ReaderFails', topic, {
      metric: errorsOf(this.reader),
      name: `${name}-errors`,
      description: `The function that compares the trail of ${environment} with what was delivered fails, crashes or times out.`,
      runbook: runbookIn(runbooks, 'audit-errors'),
    });
  }
}

/** Keys of the files of the stack's account. Digests are elsewhere. */
const filesOf = (scope: Construct, region: string): string =>
  `AWSLogs/${Stack.of(scope).account}/CloudTrail/${region}/`;

/**
 * By the bucket's own property: the L2 method adds a function that may change every bucket. S3 checks that it may send when
 * the notification is set, so the queue's policy comes first and can't name the bucket: it names the account, and the
 * function refuses other buckets.
 */
const notify = (bucket: Bucket, queue: Queue, prefixes: readonly string[]): void => {
  const { account } = Stack.of(bucket);
  const { policyDependable: allowed } = queue.addToResourcePolicy(
    new PolicyStatement({
      sid: 'SendByS3',
      principals: [new ServicePrincipal('s3.amazonaws.com')],
      actions: ['sqs:SendMessage'],
      resources: [queue.queueArn],
      conditions: {
        StringEquals: { 'aws:SourceAccount': account },
        ArnLike: {
          'aws:SourceArn': Stack.of(bucket).formatArn({
            service: 's3',
            region: '',
            account: '',
            resource: '*',
            arnFormat: ArnFormat.NO_RESOURCE_NAME,
          }),
        },
      },
    }),
  );
  const resource: unknown = bucket.node.defaultChild;
  if (!(resource instanceof CfnBucket)) throw invalidProps(bucket, 'The bucket has no resource to notify of new files');
  resource.notificationConfiguration = {
    queueConfigurations: prefixes.map((prefix) => {
      const rules = [
        { name: 'prefix', value: prefix },
        { name: 'suffix', value: '.json.gz' },
      ];
      return { event: 's3:ObjectCreated:*', queue: queue.queueArn, filter: { s3Key: { rules } } };
    }),
  };
  if (allowed) resource.node.addDependency(allowed);
};
