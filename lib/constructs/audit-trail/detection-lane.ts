/** Detections: every normalised event goes to a function that knows the declared readers, alerts people and sends findings to the SIEM. */
import { Duration, Stack } from 'aws-cdk-lib';
import type { Metric, MetricOptions } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue, Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  auditDetectName,
  auditDetectVariables,
  type DeclaredAccess,
  type FunctionEnvironment,
  metricName,
  type Suppression,
} from '../../contract/index.ts';
import { markOwnStack } from '../../rules/template/own-stacks.ts';
import { acknowledgeWildcards } from '../../rules/acknowledge.ts';
import { page, runbookIn } from '../alarm.ts';
import { anyKey } from '../arns.ts';
import { closeGrants, functionGrants, queueGrants, tableGrants } from '../close-grants.ts';
import { eventMetric } from '../metrics.ts';
import { NodeFunction } from '../node-function/node-function.ts';
import type { AuditDestination } from './audit-destination.ts';
import { auditQueuesOf } from './audit-queues.ts';
import { checkDetections } from './check-detections.ts';
import { detectionTable, topicArnsOf } from './detection-table.ts';
import { createDetectionState } from './detection-state.ts';
import { errorsOf, waitsTooLong } from './normaliser.ts';
import { consumeActions, consumeQueue, createQueue, oldest, visibilityFor, waiting } from './queue.ts';

export interface DetectionLaneProps {
  readonly environment: string;
  /** Who may read and rotate which secret: what else happens is detected. */
  readonly access: DeclaredAccess;
  /**
   * Detections that raise no alert until a day.
   * @default - none
   */
  readonly suppressions?: readonly Suppression[];
  /** Gets every alert, and the alarms of the lane. */
  readonly alertTopic: ITopic;
  /**
   * Topics that get the alerts on secrets of an application too, by the name of the application. Import them by their ARNs:
   * the function finds them in a file that is written at synth.
   * @default - none
   */
  readonly applicationTopics?: Readonly<Record<string, ITopic>>;
  /**
   * Destinations whose queues get the findings.
   * @default - none
   */
  readonly destinations?: readonly AuditDestination[];
  /**
   * Address of the pages of docs/runbooks, without a slash at its end.
   * @default 'docs/runbooks'
   */
  readonly runbooks?: string;
  /** @default RetentionDays.ONE_YEAR */
  readonly logRetention?: RetentionDays;
}

/** A pack has hundreds of events, and rules that count ask the table for each. */
const timeout = Duration.minutes(2);

const tableFile = 'detections.json';

/**
 * Made by {@link AuditTrail} from its prop `detections`. The function can send to the topics and to the queues of the
 * destinations, and reads no secret.
 */
export class DetectionLane extends Construct {
  /** Packs of normalised events. */
  readonly queue: IQueue;
  /** Messages that are not packs, and events that the rules could not judge for hours. */
  readonly deadLetterQueue: IQueue;
  readonly detector: IFunction;
  /** What the detections remember of the last days. */
  readonly state: Table;

  readonly #environment: string;

  constructor(scope: Construct, id: string, props: DetectionLaneProps) {
    super(scope, id);
    markOwnStack(this);
    const { environment } = props;
    this.#environment = environment;
    checkDetections(this, props);
    const name = auditDetectName(environment);
    const deadLetterQueue = createQueue(this, 'DeadLetters', { queueName: `${name}-dead-letters` });
    const queue = createQueue(this, 'Queue', {
      queueName: name,
      visibilityTimeout: visibilityFor(timeout),
      // About four hours: longer than a disturbance of DynamoDB or SNS, and an alert is of use only while it is fresh.
      deadLetterQueue: { queue: deadLetterQueue, maxReceiveCount: 20 },
    });
    const state = createDetectionState(this, environment);
    this.queue = queue;
    this.deadLetterQueue = deadLetterQueue;
    this.state = state;
    this.detector = this.#createFunction(props, { queue, deadLetterQueue, state });
    this.#alarm(props);
    for (const one of [queue, deadLetterQueue]) {
      closeGrants(
        one,
        queueGrants,
        'the functions of the audit send to it. To read it, name its ARN in a policy of your role',
      );
    }
    closeGrants(state, tableGrants, 'the function of the detections alone reads and writes it');
    closeGrants(this.detector, functionGrants, 'the queue of the detections invokes it');
  }

  /** What rules found, those without an alert among them. */
  metricDetections(options?: MetricOptions): Metric {
    return eventMetric(metricName.detections, { environment: this.#environment }, options);
  }

  /** Alerts that were sent. */
  metricAlertsSent(options?: MetricOptions): Metric {
    return eventMetric(metricName.alertsSent, { environment: this.#environment }, options);
  }

  /** Messages in the dead-letter queue. */
  metricDeadLetters(options?: MetricOptions): Metric {
    return waiting(this.deadLetterQueue, options);
  }

  /** Seconds for which the oldest event has waited to be judged. */
  metricAge(options?: MetricOptions): Metric {
    return oldest(this.queue, options);
  }

  /** Failed invocations of the function. */
  metricErrors(options?: MetricOptions): Metric {
    return errorsOf(this.detector, options);
  }

  #createFunction(
    props: DetectionLaneProps,
    {
      queue,
      deadLetterQueue,
      state,
    }: { readonly queue: Queue; readonly deadLetterQueue: Queue; readonly state: Table },
  ): IFunction {
    const { environment, alertTopic, destinations = [], runbooks = 'docs/runbooks', logRetention } = props;
    const name = auditDetectName(environment);
    const topics = topicArnsOf(props);
    const variables: FunctionEnvironment<typeof auditDetectVariables> = {
      [auditDetectVariables.environment]: environment,
      [auditDetectVariables.destinations]: auditQueuesOf(this, destinations),
      [auditDetectVariables.queue]: queue.queueUrl,
      [auditDetectVariables.deadLetters]: deadLetterQueue.queueUrl,
      [auditDetectVariables.state]: state.tableName,
      [auditDetectVariables.alertTopic]: alertTopic.topicArn,
      [auditDetectVariables.table]: tableFile,
      [auditDetectVariables.runbooks]: runbooks,
    };
    const detector = new NodeFunction(this, 'Detector', {
      entry: 'audit-detect',
      functionName: name,
      roleName: name,
      description: `Detects what the catalog of ${environment} does not declare`,
      environment: variables,
      files: { [tableFile]: JSON.stringify(detectionTable(this, props)) },
      timeout,
      reservedConcurrency: 5,
      statements: [
        new PolicyStatement({ actions: [...consumeActions], resources: [queue.queueArn] }),
        new PolicyStatement({
          actions: ['sqs:SendMessage'],
          resources: [...destinations.map((one) => one.queue.queueArn), deadLetterQueue.queueArn],
        }),
        new PolicyStatement({
          actions: ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
          resources: [state.tableArn],
        }),
        new PolicyStatement({ actions: ['sns:Publish'], resources: topics }),
        new PolicyStatement({
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: [anyKey(this)],
          conditions: { StringEquals: { 'kms:ViaService': `sns.${Stack.of(this).region}.amazonaws.com` } },
        }),
      ],
      ...(logRetention !== undefined && { logRetention }),
    });
    acknowledgeWildcards(detector.policy, {
      [anyKey(this)]:
        'The keys of the topics belong to other stacks: SNS alone may be asked to use one, for these topics.',
    });
    consumeQueue(this, detector, queue, { batchSize: 10, maximumConcurrency: 5 });
    return detector.function;
  }

  #alarm({ environment, runbooks, alertTopic }: DetectionLaneProps): void {
    const name = auditDetectName(environment);
    const runbook = runbookIn(runbooks, 'detections-stopped');
    page(this, 'DeadLettersWaiting', alertTopic, {
      metric: this.metricDeadLetters(),
      name: `${name}-dead-letters`,
      description: `Events of ${environment} could not be judged by the detections. They wait in the dead-letter queue.`,
      runbook,
    });
    page(this, 'DetectionsStand', alertTopic, {
      metric: this.metricAge(),
      threshold: waitsTooLong.toSeconds(),
      name: `${name}-age`,
      description: `Events of ${environment} wait for more than 15 minutes to be judged by the detections: alerts come late.`,
      runbook,
    });
    page(this, 'DetectorFails', alertTopic, {
      metric: this.metricErrors(),
      name: `${name}-errors`,
      description: `The function of the detections of ${environment} fails, crashes or times out: alerts come late.`,
      runbook,
    });
  }
}
