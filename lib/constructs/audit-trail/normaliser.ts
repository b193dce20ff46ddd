/** From EventBridge to the queues of the destinations: a queue, the function that normalises, and its quarantine. */
import { Duration } from 'aws-cdk-lib';
import { CfnRule } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import {
  auditFunctionName,
  auditVariables,
  type FunctionEnvironment,
  mostReceives,
  replicaLaneAlarmName,
} from '../../contract/index.ts';
import { page, runbookIn } from '../alarm.ts';
import type { SecretNames } from '../arns.ts';
import { closeGrants, functionGrants, queueGrants } from '../close-grants.ts';
import { NodeFunction } from '../node-function/node-function.ts';
import { timesMatched } from '../times-matched.ts';
import type { AuditDestination } from './audit-destination.ts';
import { auditQueuesOf } from './audit-queues.ts';
import { createAuditRules } from './audit-rules.ts';
import { createHeartbeat } from './heartbeat.ts';
import { consumeActions, consumeQueue, createQueue, oldest, visibilityFor, waiting } from './queue.ts';

/** The first part of the fast lane. */
export interface AuditLane {
  /** Events as EventBridge sends them. */
  readonly queue: IQueue;
  /** Input that is not an event, and events that could not be normalised. */
  readonly deadLetterQueue: IQueue;
  /** Normalises events, and sends them to the queues of the destinations that take them. */
  readonly normaliser: IFunction;
}

export interface NormaliserProps {
  readonly environment: string;
  readonly destinations: readonly AuditDestination[];
  /** Queue of the detections, which get every event. */
  readonly detectionQueue?: IQueue;
  readonly secretNames?: SecretNames;
  readonly replicaRegions?: readonly string[];
  readonly alertTopic?: ITopic;
  readonly runbooks?: string;
  readonly logRetention?: RetentionDays;
}

const timeout = Duration.seconds(30);

export const createNormaliser = (scope: Construct, props: NormaliserProps): AuditLane => {
  const deadLetterQueue = createQueue(scope, 'DeadLetters');
  const queue = createQueue(scope, 'Events', {
    visibilityTimeout: visibilityFor(timeout),
    // What is not an event is put there by the function. SQS does it where the function crashes each time, after two days.
    deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: mostReceives },
  });
  const normaliser = createFunction(scope, props, { queue, deadLetterQueue });
  const lane = { queue, deadLetterQueue, normaliser };
  const rules = [
    ...createAuditRules(scope, { ...props, isWatched: props.detectionQueue !== undefined }, lane),
    createHeartbeat(scope, props, lane),
  ];
  allowRules([queue, deadLetterQueue], rules);
  if (props.alertTopic) {
    alarm(scope, props, props.alertTopic, lane);
    alarmOfReplicas(scope, props, props.alertTopic);
  }
  for (const one of [queue, deadLetterQueue]) {
    closeGrants(
      one,
      queueGrants,
      'the rules of the lane send to it. To read it, name its ARN in a policy of your role',
    );
  }
  closeGrants(normaliser, functionGrants, 'the queue of the lane invokes it');
  return lane;
};

const createFunction = (
  scope: Construct,
  { environment, destinations, detectionQueue, logRetention }: NormaliserProps,
  { queue, deadLetterQueue }: Pick<AuditLane, 'queue' | 'deadLetterQueue'>,
): IFunction => {
  const variables: FunctionEnvironment<typeof auditVariables> = {
    [auditVariables.environment]: environment,
    [auditVariables.destinations]: auditQueuesOf(
      scope,
      destinations,
      detectionQueue ? [{ name: 'detect', queueUrl: detectionQueue.queueUrl }] : [],
    ),
    [auditVariables.queue]: queue.queueUrl,
    [auditVariables.quarantine]: deadLetterQueue.queueUrl,
  };
  const normaliser = new NodeFunction(scope, 'Forwarder', {
    entry: 'audit',
    functionName: auditFunctionName(environment),
    roleName: auditFunctionName(environment),
    description: `Normalises the audit events of ${environment} for their destinations`,
    environment: variables,
    timeout,
    reservedConcurrency: 5,
    statements: [
      new PolicyStatement({ actions: [...consumeActions], resources: [queue.queueArn] }),
      new PolicyStatement({
        actions: ['sqs:SendMessage'],
        resources: [
          ...destinations.map((one) => one.queue.queueArn),
          ...(detectionQueue ? [detectionQueue.queueArn] : []),
          deadLetterQueue.queueArn,
        ],
      }),
    ],
    ...(logRetention !== undefined && { logRetention }),
  });
  consumeQueue(scope, normaliser, queue, {
    batchSize: 100,
    // The shortest for more than ten messages at once: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-parameters.html
    maximumBatchingWindowInSeconds: 1,
    maximumConcurrency: 5,
  });
  return normaliser.function;
};

const allowRules = (queues: readonly Queue[], rules: readonly CfnRule[]): void => {
  for (const one of queues) {
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
};

const alarm = (
  scope: Construct,
  { environment, runbooks }: NormaliserProps,
  topic: ITopic,
  { queue, deadLetterQueue, normaliser }: AuditLane,
): void => {
  const name = auditFunctionName(environment);
  page(scope, 'DeadLettersWaiting', topic, {
    metric: waiting(deadLetterQueue),
    name: `${name}-quarantine`,
    description: `Audit events of ${environment} could not be normalised, or did not reach the function. They wait in the quarantine.`,
    runbook: runbookIn(runbooks, 'audit-quarantine'),
    resolves: true,
  });
  page(scope, 'LaneStands', topic, {
    metric: oldest(queue),
    threshold: waitsTooLong.toSeconds(),
    name: `${name}-age`,
    description: `Audit events of ${environment} wait for more than 15 minutes to be normalised.`,
    runbook: runbookIn(runbooks, 'audit-delayed'),
    resolves: true,
  });
  page(scope, 'ForwarderFails', topic, {
    metric: errorsOf(normaliser),
    name: `${name}-errors`,
    description: `The function that normalises the audit events of ${environment} fails, crashes or times out.`,
    runbook: runbookIn(runbooks, 'audit-errors'),
  });
};

/** Alarms of the other regions reach no topic here: rules there send their state changes. */
const alarmOfReplicas = (
  scope: Construct,
  { environment, replicaRegions = [], runbooks }: NormaliserProps,
  topic: ITopic,
): void => {
  for (const region of replicaRegions) {
    const rule = new CfnRule(scope, `ReplicaLane-${region}`, {
      description: `Alarms of the audit in ${region}: an alarm counts them`,
      eventPattern: {
        source: ['aws.cloudwatch'],
        'detail-type': ['CloudWatch Alarm State Change'],
        region: [region],
        detail: { alarmName: [replicaLaneAlarmName(environment, region)], state: { value: ['ALARM'] } },
      },
    });
    page(scope, `ReplicaLaneFails-${region}`, topic, {
      metric: timesMatched(rule),
      name: replicaLaneAlarmName(environment, region),
      description: `Audit events of ${environment} in ${region} did not reach this region. They wait in a dead-letter queue there.`,
      runbook: runbookIn(runbooks, 'audit-quarantine'),
    });
  }
};

/** After which the alarms page. */
export const waitsTooLong = Duration.minutes(15);

/** Failed invocations. */
export const errorsOf = (handler: IFunction, options?: Parameters<IFunction['metricErrors']>[0]) =>
  handler.metricErrors({ period: Duration.minutes(5), statistic: 'Sum', ...options });
