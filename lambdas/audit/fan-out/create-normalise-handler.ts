/**
 * Turns audit events into OCSF and sends them to the queue of each destination that wants them. A destination that is slow
 * or down has its own queue, so it delays no other.
 */
import middy from '@middy/core';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import {
  auditMetricDimensions,
  heartbeatOperation,
  heartbeatSource,
  metricName,
  type AuditQueue,
} from '../../../lib/contract/index.ts';
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
import { parseMessage } from '../../runtime/parse-json.ts';
import type { Redactor } from '../../runtime/redaction.ts';
import { deadLetter, type DeadLetter } from '../queues/dead-letter.ts';
import { createOwnQueue } from '../queues/own-queue.ts';
import type { Queues } from '../queues/queues.ts';
import { readMessages, type ReceivedMessage } from '../queues/received-messages.ts';
import { normaliseEvent } from '../normalise/normalise.ts';
import type { OcsfEvent } from '../normalise/ocsf.ts';
import { unknownOperations } from '../normalise/operations.ts';
import { rawRecord } from '../normalise/raw-record.ts';
import { createFilter, type EventFilter } from './filter.ts';
import { packEvents, type PackedEvent } from '../queues/pack.ts';

export interface NormaliseDependencies {
  readonly queues: Queues;
  readonly destinations: readonly AuditQueue[];
  /** URL of the queue that the function reads. */
  readonly queueUrl: string;
  readonly quarantineUrl: string;
  readonly environment: string;
  /** Region of the function. Absent: a message may come from any. */
  readonly region?: string;
  readonly log: Log;
  /** The one that {@link log} writes through. */
  readonly redactor: Redactor;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

type Target = AuditQueue & { readonly wants: EventFilter };

interface Normalised {
  readonly message: ReceivedMessage;
  readonly event: OcsfEvent;
  /** The record as it came, if a destination wants it. */
  readonly raw?: string;
  readonly isHeartbeat: boolean;
}

interface Stray {
  readonly message: ReceivedMessage;
  readonly code: string;
  readonly reason: string;
}

/** For the answer, so that the function never ends by Lambda's time-out. */
const reserveMs = 1_500;

/**
 * The messages named in the answer become visible again: those with an event that the queue of a destination did not
 * take. Messages that are not events of ours go to the quarantine.
 */
export const createNormaliseHandler = (dependencies: NormaliseDependencies): LambdaFunction<SQSBatchResponse> => {
  const { log, redactor, environment, now = Date.now } = dependencies;
  const normaliser = new Normaliser(dependencies);
  const chain = middy<unknown, SQSBatchResponse, Error, Context & WithCounts>(middyOptions)
    .use(errorMapping({ redactor }))
    .use(metrics({ log, now, dimensions: auditMetricDimensions, fields: { environment } }))
    .handler((event, context) => normaliser.handle(readMessages(event), context));
  return asLambdaFunction(chain);
};

class Normaliser {
  readonly #dependencies: NormaliseDependencies;
  readonly #targets: readonly Target[];
  readonly #isOwn: (arn: string) => boolean;

  constructor(dependencies: NormaliseDependencies) {
    this.#dependencies = dependencies;
    this.#targets = dependencies.destinations.map((one) => ({ ...one, wants: createFilter(one) }));
    this.#isOwn = createOwnQueue(dependencies.queueUrl, dependencies.region);
  }

  async handle(messages: readonly ReceivedMessage[], context: Context & WithCounts): Promise<SQSBatchResponse> {
    const deadline = invocationDeadline(() => context.getRemainingTimeInMillis(), reserveMs);
    const strays: Stray[] = [];
    const events: Normalised[] = [];
    for (const message of messages) {
      const read = this.#read(message);
      if ('event' in read) events.push(read);
      else strays.push(read);
    }
    this.#logUnknownNames(events);
    const sent = await Promise.all(this.#targets.map((target) => this.#send(target, events, deadline)));
    const back = new Set(sent.flatMap(({ failed }) => [...failed]));
    // One that was too long for several destinations is kept once.
    const tooLong = new Map(sent.flatMap(({ tooLong: some }) => some).map((stray) => [stray.message, stray]));
    const quarantined = [...strays, ...tooLong.values()];
    const lost = await this.#quarantine(quarantined, deadline);
    for (const { message } of lost) back.add(message);
    context.count(metricName.auditEventsQuarantined, quarantined.length - lost.length);
    context.count(metricName.auditHeartbeat, events.filter(({ isHeartbeat }) => isHeartbeat).length);
    return { batchItemFailures: [...back].map(({ messageId }) => ({ itemIdentifier: messageId })) };
  }

  /** AWS adds operations: each needs a row in the table of event names. */
  #logUnknownNames(events: readonly Normalised[]): void {
    const names = unknownOperations(events.flatMap(({ event }) => ('api' in event ? [event] : [])));
    if (names) this.#dependencies.log.warn('Events have names that are not in the table', { names });
  }

  #read(message: ReceivedMessage): Normalised | Stray {
    const stray = (code: string, reason: string): Stray => {
      this.#dependencies.log.error('Message refused', { messageId: message.messageId, code, reason });
      return { message, code, reason };
    };
    if (!this.#isOwn(message.source)) {
      return stray('foreign-queue', 'The message is from a queue that is not the one of this function');
    }
    try {
      const event = parseMessage(message.body);
      const normalised = normaliseEvent(event);
      const wantsRaw = this.#targets.some(({ raw }) => raw);
      return {
        message,
        event: normalised,
        ...(wantsRaw && { raw: rawRecord((event as { readonly detail?: unknown }).detail) }),
        isHeartbeat: isHeartbeat(event),
      };
    } catch (error) {
      if (error instanceof InvalidEvent) return stray(error.code, error.message);
      // One event that the code is not prepared for holds back no other of the batch.
      return stray('not-normalised', `The event could not be normalised (${(error as Error).name})`);
    }
  }

  /** @returns the messages whose event its queue did not take, and those whose event had to be cut. */
  async #send(
    target: Target,
    events: readonly Normalised[],
    deadline: Deadline,
  ): Promise<{ readonly failed: ReadonlySet<ReceivedMessage>; readonly tooLong: readonly Stray[] }> {
    const messageOf = new Map<PackedEvent, ReceivedMessage>();
    for (const { event, raw, message } of events) {
      if (!target.wants(event)) continue;
      messageOf.set(target.raw && raw !== undefined ? { event, raw } : { event }, message);
    }
    const { messages, members, cut } = packEvents([...messageOf.keys()]);
    const refused = await this.#dependencies.queues.send(
      target.queueUrl,
      messages.map((body) => ({ body })),
      deadline,
    );
    const sourcesOf = (some: readonly PackedEvent[]) => some.flatMap((one) => messageOf.get(one) ?? []);
    const failed = new Set(sourcesOf([...refused.keys()].flatMap((position) => members[position] ?? [])));
    for (const [, reason] of [...refused].slice(0, 1)) {
      const facts = { destination: target.name, events: failed.size, reason };
      this.#dependencies.log.error('Events not sent to the queue of a destination', facts);
    }
    const reason = 'The event was longer than a message of a queue can be';
    return { failed, tooLong: sourcesOf(cut).map((message) => ({ message, code: 'event-cut', reason })) };
  }

  /** @returns those that the quarantine did not take. */
  async #quarantine(strays: readonly Stray[], deadline: Deadline): Promise<readonly Stray[]> {
    if (strays.length === 0) return [];
    const { queues, quarantineUrl, log } = this.#dependencies;
    const letters = strays.map(({ message, code, reason }): DeadLetter => {
      return { body: message.body, code, reason, facts: { source: message.source } };
    });
    const failed = await queues.send(quarantineUrl, letters.map(deadLetter), deadline);
    for (const [, reason] of [...failed].slice(0, 1)) {
      log.error('Messages could not be put into quarantine', { messages: failed.size, reason });
    }
    return strays.filter((_, index) => failed.has(index));
  }
}

const isHeartbeat = (event: unknown): boolean => {
  const { source, 'detail-type': type } = event as { readonly source?: unknown; readonly 'detail-type'?: unknown };
  return type === heartbeatOperation && source === heartbeatSource;
};
