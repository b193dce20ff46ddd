/** Delivers the packs of a queue to its destination. */
import middy from '@middy/core';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { auditDestinationMetricDimensions, metricName } from '../../../lib/contract/index.ts';
import { invocationDeadline } from '../../runtime/deadline.ts';
import { InvalidEvent } from '../../runtime/invalid-event.ts';
import { errorMapping } from '../../runtime/middleware/error-mapping.ts';
import {
  asLambdaFunction,
  middyOptions,
  type LambdaFunction,
  type WithCounts,
} from '../../runtime/middleware/invocation.ts';
import { metrics } from '../../runtime/middleware/metrics.ts';
import type { Redactor } from '../../runtime/redaction.ts';
import { deadLetter, type DeadLetter } from '../queues/dead-letter.ts';
import { deliverPacks, type DeliveryPorts, type DeliverySettings } from './deliver-packs.ts';
import type { ReceivedPack } from './give-back.ts';
import { ownPackOf } from '../queues/own-pack.ts';
import { createOwnQueue } from '../queues/own-queue.ts';
import { readMessages, type ReceivedMessage } from '../queues/received-messages.ts';

export interface DeliverDependencies extends Omit<DeliveryPorts, 'now'>, DeliverySettings {
  readonly environment: string;
  /** Region of the function. Absent: a message may come from any. */
  readonly region?: string;
  /** The one that `log` writes through. */
  readonly redactor: Redactor;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

/** For the queues and the ledger after the last attempt, so that the function never ends by Lambda's time-out. */
const reserveMs = { send: 6_000, finish: 1_000 } as const;

/**
 * The messages named in the answer become visible again: those with events that the destination can't take now. Messages
 * that are not packs go to the dead letters.
 *
 * @throws Error with the code of a DestinationError if nothing was done and only an operator can fix it.
 */
export const createDeliverHandler = (dependencies: DeliverDependencies): LambdaFunction<SQSBatchResponse> => {
  const { log, redactor, environment, name: destination, now = Date.now } = dependencies;
  const isOwn = createOwnQueue(dependencies.queueUrl, dependencies.region);
  const chain = middy<unknown, SQSBatchResponse, Error, Context & WithCounts>(middyOptions)
    .use(errorMapping({ redactor }))
    .use(metrics({ log, now, dimensions: auditDestinationMetricDimensions, fields: { environment, destination } }))
    .handler((event, context) => handle(readMessages(event), context, { ...dependencies, now, isOwn }));
  return asLambdaFunction(chain);
};

const handle = async (
  messages: readonly ReceivedMessage[],
  context: Context & WithCounts,
  dependencies: DeliverDependencies & Pick<DeliveryPorts, 'now'> & { readonly isOwn: (arn: string) => boolean },
): Promise<SQSBatchResponse> => {
  const { log, isOwn } = dependencies;
  const remainingMs = () => context.getRemainingTimeInMillis();
  const deadlines = {
    send: invocationDeadline(remainingMs, reserveMs.send),
    finish: invocationDeadline(remainingMs, reserveMs.finish),
  };
  const packs: ReceivedPack[] = [];
  const strays: { message: ReceivedMessage; letter: DeadLetter }[] = [];
  for (const message of messages) {
    const pack = ownPackOf(message, isOwn);
    if (pack instanceof InvalidEvent) {
      log.error('Message refused', { messageId: message.messageId, reason: pack.message });
      const facts = { destination: dependencies.name, source: message.source };
      strays.push({ message, letter: { body: message.body, code: 'not-a-pack', reason: pack.message, facts } });
    } else packs.push({ ...message, pack });
  }
  const lost = await dependencies.queues.send(
    dependencies.deadLettersUrl,
    strays.map(({ letter }) => deadLetter(letter)),
    deadlines.finish,
  );
  const result = await deliverPacks(packs, dependencies, dependencies, deadlines);
  context.count(metricName.auditEventsDelivered, result.delivered);
  context.count(metricName.auditEventsUnconfirmed, result.unconfirmed);
  context.count(metricName.auditEventsFailed, result.refused + result.overdue);
  context.count(metricName.auditEventsDuplicate, result.duplicates);
  context.count(metricName.auditEventsQuarantined, strays.length - lost.size + result.cut);
  if (result.oldestMs !== undefined) {
    const seconds = Math.max(1, Math.round(result.oldestMs / 1000));
    context.count(metricName.auditOldestWaiting, seconds);
  }
  if (result.overdue > 0) log.error('Events put into the dead letters: their time is over', { events: result.overdue });
  const { failure } = result;
  const back = [
    ...result.back,
    ...strays.filter((_, index) => lost.has(index)).map(({ message }) => message.messageId),
  ];
  if (failure) {
    log.error('Events not delivered', { code: failure.code, reason: failure.message, messages: back.length });
    if (!failure.retryable && back.length === messages.length) throw failure;
  }
  return { batchItemFailures: back.map((messageId) => ({ itemIdentifier: messageId })) };
};
