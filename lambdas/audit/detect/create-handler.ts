/** Runs the detections over the events of a queue, alerts people, and sends the findings to the destinations. */
import middy from '@middy/core';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { auditMetricDimensions, metricName, type AuditQueue, type Suppression } from '../../../lib/contract/index.ts';
import { invocationDeadline, type Deadline } from '../../runtime/deadline.ts';
import { InvalidEvent } from '../../runtime/invalid-event.ts';
import type { Log } from '../../runtime/log.ts';
import { errorMapping } from '../../runtime/middleware/error-mapping.ts';
import {
  asLambdaFunction,
  middyOptions,
  type LambdaFunction,
  type WithCounts,
} from '../../runtime/middleware/invocation.ts';
import { metrics } from '../../runtime/middleware/metrics.ts';
import type { Redactor } from '../../runtime/redaction.ts';
import { deadLetter } from '../queues/dead-letter.ts';
import { ownPackOf } from '../queues/own-pack.ts';
import { createOwnQueue } from '../queues/own-queue.ts';
import type { Queues } from '../queues/queues.ts';
import { sendAll } from '../queues/send-all.ts';
import { readMessages, type ReceivedMessage } from '../queues/received-messages.ts';
import { createFilter } from '../fan-out/filter.ts';
import { packEvents, type Pack } from '../queues/pack.ts';
import type { ApiActivity } from '../normalise/api-activity.ts';
import type { DetectionFinding } from '../normalise/detection-finding.ts';
import type { OcsfEvent } from '../normalise/ocsf.ts';
import { sendAlerts } from './alerts/send-alerts.ts';
import type { AlertRoute } from './alerts/alert-route.ts';
import type { Declared } from './facts/declared.ts';
import { detect } from './detector.ts';
import type { Detection } from './facts/detection.ts';
import { findingOf } from './finding-of.ts';
import type { DetectionState } from './state/detection-state.ts';

export interface DetectDependencies {
  readonly environment: string;
  readonly declared: Declared;
  readonly suppressions: readonly Suppression[];
  readonly stateWithin: (deadline: Deadline) => DetectionState;
  readonly route: AlertRoute;
  readonly queues: Queues;
  /** Get the findings. */
  readonly destinations: readonly AuditQueue[];
  readonly queueUrl: string;
  readonly deadLettersUrl: string;
  /** Region of the function. Absent: a message may come from any. */
  readonly region?: string;
  /** Where the runbooks are, without a slash at the end. */
  readonly runbooks: string;
  readonly log: Log;
  readonly redactor: Redactor;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** So that the function never ends by Lambda's time-out. */
const reserveMs = 2_000;

/**
 * A message is done once every event of it was judged, its alerts are sent and its findings are in the queues. If something
 * fails, the message comes again: rules count an event once, an alert is sent once, and findings have the same ids.
 */
export const createHandler = (dependencies: DetectDependencies): LambdaFunction<SQSBatchResponse> => {
  const { log, redactor, environment, now = Date.now } = dependencies;
  const isOwn = createOwnQueue(dependencies.queueUrl, dependencies.region);
  const chain = middy<unknown, SQSBatchResponse, Error, Context & WithCounts>(middyOptions)
    .use(errorMapping({ redactor }))
    .use(metrics({ log, now, dimensions: auditMetricDimensions, fields: { environment } }))
    .handler(async (event, context) => {
      const deadline = invocationDeadline(() => context.getRemainingTimeInMillis(), reserveMs);
      const back: string[] = [];
      for (const message of readMessages(event)) {
        const isDone = await handle(message, isOwn, dependencies, context, deadline);
        if (!isDone) back.push(message.messageId);
      }
      return { batchItemFailures: back.map((messageId) => ({ itemIdentifier: messageId })) };
    });
  return asLambdaFunction(chain);
};

const handle = async (
  message: ReceivedMessage,
  isOwn: (arn: string) => boolean,
  dependencies: DetectDependencies,
  context: WithCounts,
  deadline: Deadline,
): Promise<boolean> => {
  const { log } = dependencies;
  if (deadline.remainingMs() === 0) return false;
  const pack = ownPackOf(message, isOwn);
  if (pack instanceof InvalidEvent) {
    log.error('Message refused', { messageId: message.messageId, reason: pack.message });
    return setAside(message, pack, dependencies, deadline);
  }
  try {
    const found = await judge(pack, dependencies, deadline);
    context.count(metricName.detections, found.length);
    const alerts = await sendAlerts(
      found.map(({ detection }) => detection),
      {
        route: dependencies.route,
        state: dependencies.stateWithin(deadline),
        deadline,
        runbookOf: runbookIn(dependencies),
      },
    );
    context.count(metricName.alertsSent, alerts);
    await sendFindings(
      found.map(({ finding }) => finding),
      dependencies,
      deadline,
    );
    return true;
  } catch (error) {
    log.error('Detections not finished: the message comes again', {
      messageId: message.messageId,
      reason: (error as Error).message,
    });
    return false;
  }
};

interface Found {
  readonly detection: Detection;
  readonly finding: DetectionFinding;
}

const judge = async (pack: Pack, dependencies: DetectDependencies, deadline: Deadline): Promise<readonly Found[]> => {
  const { declared, suppressions, log } = dependencies;
  const runbookOf = runbookIn(dependencies);
  const options = { declared, suppressions, state: dependencies.stateWithin(deadline) };
  const found: Found[] = [];
  for (const { event } of pack.events) {
    if (!isActivity(event)) continue;
    for (const detection of await detect(event, options)) {
      const { rule, severity, uid, message, suppressed } = detection;
      log.warn('Detection', { rule, severity, uid, reason: message, suppressed: suppressed?.reason });
      found.push({ detection, finding: findingOf(detection, event, runbookOf(rule)) });
    }
  }
  return found;
};

/** Findings of our own come through the queue too. */
const isActivity = (event: OcsfEvent): event is ApiActivity => event.class_uid === 6003;

/** @throws AwsError if a queue did not take them. */
const sendFindings = async (
  findings: readonly DetectionFinding[],
  { destinations, queues }: DetectDependencies,
  deadline: Deadline,
): Promise<void> => {
  for (const { queueUrl, ...rest } of destinations) {
    const filter = createFilter(rest);
    const events = findings.filter(filter).map((event) => ({ event }));
    const { messages } = packEvents(events);
    await sendAll(
      queues,
      queueUrl,
      messages.map((body) => ({ body })),
      deadline,
    );
  }
};

const setAside = async (
  { body, source }: ReceivedMessage,
  { message: reason }: InvalidEvent,
  { queues, deadLettersUrl }: DetectDependencies,
  deadline: Deadline,
): Promise<boolean> => {
  const letter = deadLetter({ body, code: 'not-a-pack', reason, facts: { destination: 'detections', source } });
  const lost = await queues.send(deadLettersUrl, [letter], deadline);
  return lost.size === 0;
};

const runbookIn =
  ({ runbooks }: Pick<DetectDependencies, 'runbooks'>) =>
  (rule: Detection['rule']): string =>
    `${runbooks}/detections.md#${rule}`;
