/**
 * The complete lane: compares each file of the trail with what was delivered, enqueues what is missing, and looks again
 * until every destination has everything.
 */
import middy from '@middy/core';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod/mini';
import {
  auditDestinationMetricDimensions,
  auditMetricDimensions,
  isCodedError,
  metricName,
} from '../../../lib/contract/index.ts';
import { embeddedMetric } from '../../runtime/embedded-metric.ts';
import type { Deadline } from '../../runtime/deadline.ts';
import type { Log } from '../../runtime/log.ts';
import { parseBy } from '../../runtime/parse-by.ts';
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
import { lookMessage, parseFileMessage, type Look } from './file-message.ts';
import { lookAt, type LookParts, type LookResult } from './look.ts';
import { giveUpAfterMs, isSettled, nextLook, sendsAgain } from './look-times.ts';
import type { QueueMessage } from '../queues/queues.ts';
import type { Counters } from './ports.ts';
import { TrailFileError } from './trail-file-error.ts';
import { trailObjectOf, type ObjectVersion } from './trail-object.ts';

export interface CompleteDependencies extends LookParts {
  readonly environment: string;
  readonly counters: Counters;
  /** URL of the queue that the function reads. */
  readonly queueUrl: string;
  /** URL of the queue for what can't be read. */
  readonly quarantineUrl: string;
  readonly log: Log;
  readonly redactor: Redactor;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

type CompleteContext = Context & WithDeadline & WithCounts;

/** Time for the answer, so that a large file never ends in a Lambda time-out, which would hide why. */
const reserveMs = 5_000;

const sqsEvent = z.object({ Records: z.array(z.object({ messageId: z.string(), body: z.string() })) });

/** A message that fails becomes visible again. Nothing is lost by it: each look starts from the ledger. */
export const createHandler = (dependencies: CompleteDependencies): LambdaFunction<SQSBatchResponse> => {
  const { log, redactor, environment, now } = dependencies;
  const chain = middy<unknown, SQSBatchResponse, Error, CompleteContext>(middyOptions)
    .use(errorMapping({ redactor }))
    .use(deadline({ reserveMs }))
    .use(metrics({ log, now, dimensions: auditMetricDimensions, fields: { environment } }))
    .handler(async (event, context) => {
      const { Records: messages } = parseBy(sqsEvent, event, 'The batch of messages');
      const failed: string[] = [];
      for (const { messageId, body } of messages) {
        if (!(await isDone(messageId, body, context, dependencies))) failed.push(messageId);
      }
      return { batchItemFailures: failed.map((itemIdentifier) => ({ itemIdentifier })) };
    });
  return asLambdaFunction(chain);
};

const isDone = async (
  messageId: string,
  body: string,
  context: WithDeadline & WithCounts,
  dependencies: CompleteDependencies,
): Promise<boolean> => {
  const { log } = dependencies;
  try {
    await handleMessage(body, context, dependencies);
    return true;
  } catch (error) {
    const code = isCodedError(error) ? error.code : 'unexpected';
    log.error('Trail file not compared', { messageId, code, error });
    return false;
  }
};

const handleMessage = async (
  body: string,
  context: WithDeadline & WithCounts,
  dependencies: CompleteDependencies,
): Promise<void> => {
  const { now, queueUrl, outbox } = dependencies;
  try {
    const message = parseFileMessage(body);
    switch (message.kind) {
      case 'test':
        return;
      case 'created': {
        const at = now();
        const looks = message.files.map((file): Look => ({ file, number: 1, firstAt: at, dueAt: at }));
        const [only] = looks;
        // S3 sends one object per message. Of several each gets a message, so that one never holds back the others.
        const sent = looks.map((one) => ({ body: lookMessage(one), delaySeconds: 0 }));
        if (only && looks.length === 1) await look(only, context, dependencies);
        else await outbox.send(queueUrl, sent, context.deadline);
        return;
      }
      case 'look':
        if (message.look.dueAt > now()) await lookLater(message.look, context.deadline, dependencies);
        else await look(message.look, context, dependencies);
    }
  } catch (error) {
    if (!(error instanceof TrailFileError)) throw error;
    await putAside([{ body, error }], context, dependencies);
  }
};

const look = async (
  current: Look,
  context: WithDeadline & WithCounts,
  dependencies: CompleteDependencies,
): Promise<void> => {
  const { files, counters, destinations, log, now } = dependencies;
  const { file, number } = current;
  const object = trailObjectOf(file, files);
  if (object.kind === 'other') {
    log.info('Trail object without events', { what: object.what });
    return;
  }
  const at = now();
  const enqueue = sendsAgain(current, at);
  const result = await lookAt(file, { enqueue, deadline: context.deadline }, dependencies);
  for (const { name } of destinations) {
    const count = result.counts.get(name);
    if (count && count.expected > 0) await counters.set(name, object.hour, file.key, count, context.deadline);
  }
  reportCompleteness(current, result, dependencies);
  if (number === 1) await putAside(asideOf(file, result), context, dependencies);
  const missing = [...result.counts.values()].reduce((sum, { expected, delivered }) => sum + expected - delivered, 0);
  const fields = { file: file.key, look: number, missing, enqueued: result.enqueued };
  if (missing > 0) {
    if (at - current.firstAt >= giveUpAfterMs) log.error('Trail file never completely delivered', fields);
    else {
      const next = nextLook(current, at, enqueue);
      await lookLater(next, context.deadline, dependencies);
      log.warn('Trail file not completely delivered', fields);
    }
  } else log.info('Trail file completely delivered', fields);
};

/** Events of the last minutes are still on their way: a file counts from its second look, or once it is complete. */
const reportCompleteness = (
  current: Look,
  { counts }: LookResult,
  { environment, log, now }: CompleteDependencies,
): void => {
  for (const [destination, { expected, delivered }] of counts) {
    if (expected === 0 || (delivered < expected && !isSettled(current))) continue;
    const metric = embeddedMetric({
      values: { [metricName.auditCompleteness]: delivered / expected },
      dimensions: auditDestinationMetricDimensions,
      fields: { environment, destination },
      timestamp: now(),
    });
    log.info(metricName.auditCompleteness, metric);
  }
};

const lookLater = (next: Look, until: Deadline, { queueUrl, outbox, now }: CompleteDependencies): Promise<void> => {
  const delaySeconds = Math.min(longestDelaySeconds, Math.max(0, Math.ceil((next.dueAt - now()) / 1000)));
  return outbox.send(queueUrl, [{ body: lookMessage(next), delaySeconds }], until);
};

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html */
const longestDelaySeconds = 900;

interface Aside {
  readonly body: string;
  readonly error: TrailFileError;
}

/** The objects stay in the bucket: a message that says where is enough. */
const asideOf = (file: ObjectVersion, { refused, damage }: LookResult): readonly Aside[] => [
  ...(damage ? [{ body: JSON.stringify({ file }), error: damage }] : []),
  ...refused.map(({ record, reason }) => ({
    body: JSON.stringify({ file, record }),
    error: new TrailFileError('record-invalid', reason),
  })),
];

const putAside = async (
  things: readonly Aside[],
  { deadline: until, count }: WithDeadline & WithCounts,
  { outbox, quarantineUrl, log }: CompleteDependencies,
): Promise<void> => {
  if (things.length === 0) return;
  const messages = things.map(({ body, error: { code, message } }): QueueMessage => ({
    body,
    attributes: { code, reason: message },
  }));
  await outbox.send(quarantineUrl, messages, until);
  count(metricName.auditEventsQuarantined, things.length);
  for (const { error } of things) log.error('Put into quarantine', { code: error.code, reason: error.message });
};
