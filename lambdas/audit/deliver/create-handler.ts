/** Forwards a batch of queue messages, EventBridge events, to the SIEM as OCSF; what fails goes back to the queue. */
import middy from '@middy/core';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { auditMetricDimensions, metricName } from '../../../lib/contract/index.ts';
import type { Log } from '../../runtime/log.ts';
import { batchItems, type BatchItem, type FailedMessages } from '../../runtime/middleware/batch-items.ts';
import { deadline } from '../../runtime/middleware/deadline.ts';
import { errorMapping } from '../../runtime/middleware/error-mapping.ts';
import {
  asLambdaFunction,
  middyOptions,
  type LambdaFunction,
  type WithCounts,
  type WithDeadline,
} from '../../runtime/middleware/invocation.ts';
import { metrics } from '../../runtime/middleware/metrics.ts';
import type { Redactor } from '../../runtime/redaction.ts';
import { normalise } from '../normalise/normalise.ts';
import type { ApiActivity } from '../normalise/ocsf.ts';
import { deliver, type DeliveryPolicy } from './delivery.ts';
import type { Siem, SiemError, SiemErrorCode } from './siem.ts';

export interface AuditDependencies {
  readonly siem: Siem;
  readonly log: Log;
  /** The one that {@link log} writes through. */
  readonly redactor: Redactor;
  /** Name of the environment, the dimension of the metrics. */
  readonly environment: string;
  readonly policy?: DeliveryPolicy;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

type AuditContext = Context & WithDeadline & WithCounts;

type Message = BatchItem<ApiActivity>;

/** Time for the answer, so that a slow SIEM never ends in a Lambda time-out, which would hide why. */
const reserveMs = 3_000;

/**
 * The messages named in the answer become visible again and end in the dead-letter queue when they keep failing: those
 * that are not an event, those that the SIEM refuses, and all that it could not take.
 *
 * @throws Error with the code of a SiemError if nothing was delivered and only an operator can fix it (a refused token,
 * an invalid secret): the invocation counts as failed and the whole batch goes back.
 */
export const createHandler = (dependencies: AuditDependencies): LambdaFunction<SQSBatchResponse> => {
  const { log, redactor, environment, now = Date.now } = dependencies;
  const chain = middy<unknown, FailedMessages | SQSBatchResponse, Error, AuditContext>(middyOptions)
    .use(errorMapping({ redactor }))
    .use(deadline({ reserveMs }))
    .use(metrics({ log, now, dimensions: auditMetricDimensions, fields: { environment } }))
    .use(
      batchItems({
        parse: normalise,
        log,
        metrics: { done: metricName.auditEventsDelivered, failed: metricName.auditEventsFailed },
      }),
    )
    .handler((messages, context) => forward(messages as readonly Message[], context, dependencies));
  return asLambdaFunction(chain);
};

const forward = async (
  messages: readonly Message[],
  context: WithDeadline,
  { siem, log, policy }: AuditDependencies,
): Promise<FailedMessages> => {
  const { delivered, failed } = await deliver(messages, {
    siem,
    deadline: context.deadline,
    ...(policy && { policy }),
  });
  logFailures(failed, log);
  const outage = failed.find(({ error }) => needsOperator(error.code))?.error;
  if (outage && delivered.length === 0) throw outage;
  return failed.map(({ item }) => item.messageId);
};

/** One line for each refused event, and one for each other error with the number of events it holds back. */
const logFailures = (failures: readonly { item: Message; error: SiemError }[], log: Log): void => {
  const held = new Map<SiemError, number>();
  for (const { item, error } of failures) {
    if (isAboutOneEvent(error.code)) {
      const { uid: eventId } = item.body.metadata;
      log.error('Event refused by the SIEM', { code: error.code, reason: error.message, eventId });
    } else held.set(error, (held.get(error) ?? 0) + 1);
  }
  for (const [error, events] of held) {
    log.error('Events not delivered to the SIEM', { code: error.code, reason: error.message, events });
  }
};

const isAboutOneEvent = (code: SiemErrorCode): boolean => code === 'event-refused' || code === 'too-large';

const needsOperator = (code: SiemErrorCode): boolean => {
  switch (code) {
    case 'unauthorised':
    case 'misconfigured':
    case 'destination-unreadable':
    case 'destination-invalid':
      return true;
    case 'unreachable':
    case 'timeout':
    case 'busy':
    case 'unacknowledged':
    case 'too-large':
    case 'event-refused':
      return false;
  }
};
