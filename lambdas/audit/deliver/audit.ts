/** Forwards a batch of queue messages, EventBridge events, to the SIEM as OCSF; what fails goes back to the queue. */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { auditMetricDimensions, metricName } from '../../../lib/contract/index.ts';
import { embeddedMetric } from '../../runtime/embedded-metric.ts';
import type { Log } from '../../runtime/log.ts';
import { deliver, type Clock, type DeliveryPolicy } from './delivery.ts';
import { InvalidEvent } from '../normalise/invalid-event.ts';
import { normalise } from '../normalise/normalise.ts';
import type { ApiActivity } from '../normalise/ocsf.ts';
import type { Siem, SiemError } from './siem.ts';

export interface AuditDependencies {
  readonly siem: Siem;
  readonly clock: Clock;
  /** A number from 0 up to 1, for the jitter of retries. */
  readonly random: () => number;
  readonly log: Pick<Log, 'info' | 'error'>;
  /** Name of the environment, the dimension of the metrics. */
  readonly environment: string;
  readonly policy?: DeliveryPolicy;
}

/** What of the Lambda context is needed. */
export interface RemainingTime {
  getRemainingTimeInMillis(): number;
}

/** Left of the function's time for the answer, so that a slow SIEM never ends in a Lambda timeout, which would hide why. */
const reserveMs = 3_000;

interface Pending {
  readonly messageId: string;
  readonly event: ApiActivity;
}

/**
 * The messages named in the answer become visible again and end in the dead-letter queue when they keep failing: those
 * that are no event, those that the SIEM refuses, and all that it could not take.
 *
 * @throws SiemError where nothing was delivered and only an operator can mend it (a refused token, an invalid secret): the
 * invocation counts as failed and the whole batch goes back.
 */
export const createHandler =
  (dependencies: AuditDependencies) =>
  async (batch: SQSEvent, context: RemainingTime): Promise<SQSBatchResponse> => {
    const { siem, clock, random, log, policy } = dependencies;
    const { pending, invalid } = readMessages(batch.Records, log);
    const deadline = clock.now() + context.getRemainingTimeInMillis() - reserveMs;
    const delivery = await deliver(pending, { siem, clock, random, deadline, ...(policy && { policy }) });

    const failed = [...invalid, ...delivery.failed.map(({ item }) => item.messageId)];
    logFailures(delivery.failed, log);
    count(metricName.auditEventsDelivered, delivery.delivered.length, dependencies);
    count(metricName.auditEventsFailed, failed.length, dependencies);

    const outage = delivery.failed.find(({ error }) => needsOperator(error))?.error;
    if (outage && delivery.delivered.length === 0) throw outage;
    return { batchItemFailures: failed.map((messageId) => ({ itemIdentifier: messageId })) };
  };

const readMessages = (
  records: readonly SQSRecord[],
  log: AuditDependencies['log'],
): { pending: Pending[]; invalid: string[] } => {
  const pending: Pending[] = [];
  const invalid: string[] = [];
  for (const { messageId, body } of records) {
    try {
      pending.push({ messageId, event: normalise(body) });
    } catch (error) {
      if (!(error instanceof InvalidEvent)) throw error;
      invalid.push(messageId);
      log.error('message is not an audit event', { messageId, reason: error.message });
    }
  }
  return { pending, invalid };
};

/** One line for each refused event, and one for each other error with the number of events it holds back. */
const logFailures = (failures: readonly { item: Pending; error: SiemError }[], log: AuditDependencies['log']): void => {
  const held = new Map<SiemError, number>();
  for (const { item, error } of failures) {
    if (error.code === 'event-refused' || error.code === 'too-large') {
      log.error('event refused by the SIEM', {
        code: error.code,
        reason: error.message,
        eventId: item.event.metadata.uid,
      });
    } else held.set(error, (held.get(error) ?? 0) + 1);
  }
  for (const [error, events] of held) {
    log.error('events not delivered to the SIEM', { code: error.code, reason: error.message, events });
  }
};

const count = (name: string, value: number, { log, clock, environment }: AuditDependencies): void => {
  if (value === 0) return;
  const values = { [name]: value };
  const metric = { values, dimensions: auditMetricDimensions, fields: { environment }, timestamp: clock.now() };
  log.info(name, embeddedMetric(metric));
};

const needsOperator = ({ code, retryable }: SiemError): boolean =>
  !retryable && code !== 'event-refused' && code !== 'too-large';
