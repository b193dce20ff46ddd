/** The lane to the SIEM: EventBridge, a queue and the forwarder, with the secret that holds the SIEM's token. */
import { Duration } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IFunction, CfnEventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { type IQueue, Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import {
  auditFunctionName,
  auditRoleName,
  forwarderVariables,
  platformApplication,
  type FunctionEnvironment,
} from '../../contract/index.ts';
import { acknowledgeDenials, acknowledgeShared, acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { page } from '../alarm.ts';
import { closeGrants, functionGrants, queueGrants } from '../close-grants.ts';
import { anyKey, secretNamed } from '../arns.ts';
import { keyUsePatterns } from './key-use-patterns.ts';
import { ManagedSecret } from '../managed-secret/managed-secret.ts';
import { readStatements } from '../managed-secret/read-statements.ts';
import { NodeFunction } from '../node-function/node-function.ts';
import { timesMatched } from '../times-matched.ts';
import type { AuditTrailProps } from './audit-trail.ts';

/** Splunk's HTTP Event Collector. */
export interface SiemProps {
  /** `https://host:port`; the path is added. The token alone is secret. */
  readonly url: string;
  /** Splunk index of the events. */
  readonly index: string;
  /**
   * Splunk source type of the events.
   * @default 'ocsf:api_activity'
   */
  readonly sourceType?: string;
}

export interface SiemLane {
  /** Supplied by an operator: `{"token":"…"}`. */
  readonly siemSecret: ManagedSecret;
  readonly queue: IQueue;
  readonly deadLetterQueue: IQueue;
  readonly forwarder: IFunction;
}

type LaneProps = AuditTrailProps & { readonly siem: SiemProps };

const forwarderTimeout = Duration.seconds(30);

export const createSiemLane = (scope: Construct, props: LaneProps): SiemLane => {
  const siemSecret = createSiemSecret(scope, props);
  const deadLetterQueue = createQueue(scope, 'DeadLetters');
  const queue = createQueue(scope, 'Events', {
    // Six times the forwarder's time, as AWS asks: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
    visibilityTimeout: Duration.seconds(6 * forwarderTimeout.toSeconds()),
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 10 },
  });
  const forwarder = createForwarder(scope, props, { siemSecret, queue });
  const lane = { siemSecret, queue, deadLetterQueue, forwarder };
  const secretChanges = createRules(scope, props, lane);
  if (props.alertTopic) alarm(scope, props, props.alertTopic, { ...lane, secretChanges });
  for (const one of [queue, deadLetterQueue]) {
    closeGrants(
      one,
      queueGrants,
      'the rules of the lane send to it. To read it, name its ARN in a policy of your role',
    );
  }
  closeGrants(forwarder, functionGrants, 'the queue of the lane invokes it');
  return lane;
};

const createSiemSecret = (
  scope: Construct,
  { environment, encryptionKey, owner, contact, operators, fences, secretNames, siemSecretName: name }: LaneProps,
): ManagedSecret =>
  new ManagedSecret(scope, 'SiemDestination', {
    environment,
    application: platformApplication,
    name: 'siem',
    class: 'api-key',
    sensitivity: 'high',
    owner,
    contact,
    encryptionKey,
    description: 'Token of the SIEM: {"token":"..."}',
    value: 'supplied',
    rotatedManually: 'The SIEM issues the token: an operator puts a new one with put-secret-value.',
    ...(name !== undefined && { secretName: name }),
    ...(secretNames && { secretNames }),
    ...(operators && { operators }),
    ...(fences && { fences }),
  });

const createForwarder = (
  scope: Construct,
  { environment, siem, logRetention, certificateAuthorities }: LaneProps,
  { siemSecret, queue }: Pick<SiemLane, 'siemSecret' | 'queue'>,
): IFunction => {
  const variables: FunctionEnvironment<typeof forwarderVariables> = {
    [forwarderVariables.environment]: environment,
    [forwarderVariables.siemSecret]: siemSecret.secretName,
    [forwarderVariables.siemUrl]: siem.url,
    [forwarderVariables.siemIndex]: siem.index,
    [forwarderVariables.siemSourceType]: siem.sourceType ?? 'ocsf:api_activity',
  };
  const forwarder = new NodeFunction(scope, 'Forwarder', {
    entry: 'audit',
    functionName: auditFunctionName(environment),
    roleName: auditRoleName(environment),
    description: `Sends the audit events of ${environment} to the SIEM`,
    environment: variables,
    timeout: forwarderTimeout,
    reservedConcurrency: 5,
    statements: [
      new PolicyStatement({
        actions: ['sqs:ChangeMessageVisibility', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
        resources: [queue.queueArn],
      }),
      ...readStatements(scope, siemSecret),
    ],
    ...(logRetention !== undefined && { logRetention }),
    ...(certificateAuthorities !== undefined && { certificateAuthorities }),
  });
  siemSecret._declareReader(forwarder.role.roleArn, { network: 'any', pending: false });
  acknowledgeShared(forwarder.function, {
    LambdaDLQ: 'It is invoked from a queue, which keeps what fails and has a dead-letter queue.',
  });
  acknowledgeWildcards(forwarder.policy, {
    [anyKey(scope)]:
      'The key belongs to another stack: kms:ResourceAliases names it, and the encryption context names the very secret.',
  });
  const mapping = new CfnEventSourceMapping(scope, 'Source', {
    functionName: forwarder.function.functionName,
    eventSourceArn: queue.queueArn,
    batchSize: 100,
    maximumBatchingWindowInSeconds: 2,
    functionResponseTypes: ['ReportBatchItemFailures'],
    scalingConfig: { maximumConcurrency: 5 },
  });
  mapping.node.addDependency(forwarder.policy);
  return forwarder.function;
};

/** @returns the rule that matches changes of the SIEM's secret. */
const createRules = (
  scope: Construct,
  { environment, secretNames }: LaneProps,
  { queue, deadLetterQueue, siemSecret: { secretName: siemSecret } }: Omit<SiemLane, 'forwarder'>,
): CfnRule => {
  const createRule = (id: string, description: string, eventPattern: object): CfnRule =>
    new CfnRule(scope, id, {
      description,
      eventPattern,
      // Reads such as GetSecretValue reach a rule in this state only, which the L2 construct does not know:
      // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
      state: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS',
      targets: [{ id: 'Queue', arn: queue.queueArn, deadLetterConfig: { arn: deadLetterQueue.queueArn } }],
    });
  const secretCalls = createRule('SecretCalls', 'Calls to Secrets Manager, rotations and moved labels', {
    source: ['aws.secretsmanager'],
  });
  const keyUse = keyUsePatterns(scope, environment, secretNames).map((SecretARN, index) => {
    const id = index === 0 ? 'KeyUse' : `KeyUse${index + 1}`;
    return createRule(id, `Uses of a key for a secret of ${environment}: an independent count`, {
      source: ['aws.kms'],
      'detail-type': [apiCall],
      detail: { eventName: ['Decrypt'], requestParameters: { encryptionContext: { SecretARN } } },
    });
  });
  // Of every key of the region: the event does not say which of them is whose. Anyone who changes its policy can grant
  // themselves access.
  const keyGovernance = createRule('KeyGovernance', 'Changes of keys, of their policies and of their aliases', {
    source: ['aws.kms'],
    'detail-type': [apiCall],
    detail: { eventName: [...keyChanges] },
  });
  const secretChanges = createRule('SiemSecretChanges', `Changes of ${siemSecret}: an alarm counts them`, {
    source: ['aws.secretsmanager'],
    'detail-type': [apiCall],
    detail: {
      eventName: [...secretChangeCalls],
      // By name, by whole ARN, or by the ARN without its last six characters.
      requestParameters: { secretId: [siemSecret, { prefix: secretNamed(scope, siemSecret).replace(/-\?+$/, '') }] },
      errorCode: [{ exists: false }],
    },
  });
  const rules = [secretCalls, ...keyUse, keyGovernance, secretChanges];
  for (const one of [queue, deadLetterQueue]) {
    one.addToResourcePolicy(
      new PolicyStatement({
        sid: 'SendByTheRules',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [one.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': rules.map(({ attrArn }) => attrArn) } },
      }),
    );
  }
  return secretChanges;
};

const alarm = (
  scope: Construct,
  { environment }: LaneProps,
  topic: ITopic,
  { siemSecret, queue, deadLetterQueue, forwarder, secretChanges }: SiemLane & { readonly secretChanges: CfnRule },
): void => {
  const name = auditFunctionName(environment);
  page(scope, 'DeadLettersWaiting', topic, {
    metric: laneMetrics.deadLetters({ deadLetterQueue }),
    name: `${name}-dead-letters`,
    description: `Audit events of ${environment} could not be delivered and wait in the dead-letter queue.`,
  });
  page(scope, 'LaneStands', topic, {
    metric: laneMetrics.age({ queue }),
    threshold: Duration.minutes(15).toSeconds(),
    name: `${name}-age`,
    description: `Audit events of ${environment} wait for more than a quarter of an hour.`,
  });
  page(scope, 'ForwarderFails', topic, {
    metric: laneMetrics.errors({ forwarder }),
    name: `${name}-errors`,
    description: `The audit forwarder of ${environment} fails, crashes or times out.`,
  });
  page(scope, 'SiemSecretChanged', topic, {
    metric: timesMatched(secretChanges),
    name: `${name}-secret-changed`,
    description:
      `Somebody changed ${siemSecret.secretName}, the token of the SIEM: with a wrong one no audit event arrives. ` +
      'Ask who did it: it is in CloudTrail.',
  });
};

const period = Duration.minutes(5);

/** For the alarms, and for the metrics of the construct. */
export const laneMetrics = {
  deadLetters: ({ deadLetterQueue }: Pick<SiemLane, 'deadLetterQueue'>, options?: MetricOptions): Metric =>
    deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period, statistic: 'Maximum', ...options }),
  age: ({ queue }: Pick<SiemLane, 'queue'>, options?: MetricOptions): Metric =>
    queue.metricApproximateAgeOfOldestMessage({ period, statistic: 'Maximum', ...options }),
  errors: ({ forwarder }: Pick<SiemLane, 'forwarder'>, options?: MetricOptions): Metric =>
    forwarder.metricErrors({ period, statistic: 'Sum', ...options }),
};

const apiCall = 'AWS API Call via CloudTrail';

/** What makes another key serve, or this one somebody else, or nobody. */
const keyChanges = [
  'CreateAlias',
  'DeleteAlias',
  'DisableKey',
  'DisableKeyRotation',
  'PutKeyPolicy',
  'ScheduleKeyDeletion',
  'UpdateAlias',
] as const;

/** What sets another token, or lets somebody else set one. */
const secretChangeCalls = [
  'CancelRotateSecret',
  'DeleteResourcePolicy',
  'DeleteSecret',
  'PutResourcePolicy',
  'PutSecretValue',
  'RestoreSecret',
  'RotateSecret',
  'UpdateSecret',
  'UpdateSecretVersionStage',
] as const;

const createQueue = (
  scope: Construct,
  id: string,
  options: { visibilityTimeout?: Duration; deadLetterQueue?: { queue: Queue; maxReceiveCount: number } } = {},
): Queue => {
  const queue = new Queue(scope, id, {
    ...options,
    encryption: QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: Duration.days(14),
  });
  acknowledgeDenials(queue, { actions: ['sqs:*'], resources: [] }, 'Nothing may be done with the queue without TLS.');
  return queue;
};
