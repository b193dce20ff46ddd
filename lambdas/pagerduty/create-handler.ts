/** Hands the alerts and alarms of a queue to PagerDuty. */
import { randomInt } from 'node:crypto';
import middy from '@middy/core';
import type { Context, SQSBatchResponse } from 'aws-lambda';
import { auditMetricDimensions, metricName, type PagerDutyContact } from '../../lib/contract/index.ts';
import { DestinationError } from '../audit/destinations/destination.ts';
import { deadLetter, type DeadLetter } from '../audit/queues/dead-letter.ts';
import { createOwnQueue } from '../audit/queues/own-queue.ts';
import type { HiddenMessage, Queues } from '../audit/queues/queues.ts';
import { readMessages, type ReceivedMessage } from '../audit/queues/received-messages.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { invocationDeadline, type Deadline } from '../runtime/deadline.ts';
import { InvalidEvent } from '../runtime/invalid-event.ts';
import type { Log } from '../runtime/log.ts';
import { errorMapping } from '../runtime/middleware/error-mapping.ts';
import {
  asLambdaFunction,
  middyOptions,
  type LambdaFunction,
  type WithCounts,
} from '../runtime/middleware/invocation.ts';
import { metrics } from '../runtime/middleware/metrics.ts';
import type { Redactor } from '../runtime/redaction.ts';
import { retrying } from '../runtime/retry.ts';
import { readNotification, type Notification } from './notification.ts';
import { dedupKeyOf, eventOf } from './pagerduty-event.ts';
import type { PagerDuty } from './pagerduty.ts';

export interface PagerDutyDependencies {
  readonly environment: string;
  readonly contacts: readonly PagerDutyContact[];
  /** With the routing key and the region of a contact. */
  readonly pagerDutyOf: (contact: PagerDutyContact) => PagerDuty;
  readonly queues: Queues;
  readonly queueUrl: string;
  readonly deadLettersUrl: string;
  /** Where the runbooks are, without a slash at the end. */
  readonly runbooks: string;
  /** Region of the function. Absent: a message may come from any. */
  readonly region?: string;
  readonly log: Log;
  /** The one that `log` writes through. */
  readonly redactor: Redactor;
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
  /** Pauses between attempts. @default {@link systemClock} */
  readonly clockWithin?: (deadline: Deadline) => Pick<Clock, 'pause' | 'hasTime'>;
}

/** For the queues after the last attempt, so that the function never ends by Lambda's time-out. */
const reserveMs = { send: 4_000, finish: 1_000 } as const;
const attempts = 3;
const attemptTimeoutMs = 8_000;

/**
 * A message is done once PagerDuty accepted it, or it is in the dead letters with the reason. What PagerDuty can't take now
 * becomes visible again after a while. Messages of one incident are sent in the order of their times.
 */
export const createHandler = (dependencies: PagerDutyDependencies): LambdaFunction<SQSBatchResponse> => {
  const { log, redactor, environment, now = Date.now } = dependencies;
  const isOwn = createOwnQueue(dependencies.queueUrl, dependencies.region);
  const byTopic = new Map(
    dependencies.contacts.map((contact) => [contact.topic, { contact, pagerDuty: dependencies.pagerDutyOf(contact) }]),
  );
  const chain = middy<unknown, SQSBatchResponse, Error, Context & WithCounts>(middyOptions)
    .use(errorMapping({ redactor }))
    .use(metrics({ log, now, dimensions: auditMetricDimensions, fields: { environment } }))
    .handler((event, context) => new Batch(dependencies, isOwn, byTopic, context).run(readMessages(event)));
  return asLambdaFunction(chain);
};

interface Route {
  readonly contact: PagerDutyContact;
  readonly pagerDuty: PagerDuty;
}

interface Page {
  readonly message: ReceivedMessage;
  readonly notification: Notification;
  readonly route: Route;
}

class Batch {
  readonly #dependencies: PagerDutyDependencies;
  readonly #isOwn: (arn: string) => boolean;
  readonly #byTopic: ReadonlyMap<string, Route>;
  readonly #context: Context & WithCounts;
  readonly #deadlines: { readonly send: Deadline; readonly finish: Deadline };
  readonly #letters: { readonly message: ReceivedMessage; readonly letter: DeadLetter }[] = [];
  readonly #back: { readonly message: ReceivedMessage; readonly askedMs: number }[] = [];

  constructor(
    dependencies: PagerDutyDependencies,
    isOwn: (arn: string) => boolean,
    byTopic: ReadonlyMap<string, Route>,
    context: Context & WithCounts,
  ) {
    this.#dependencies = dependencies;
    this.#isOwn = isOwn;
    this.#byTopic = byTopic;
    this.#context = context;
    const remainingMs = () => context.getRemainingTimeInMillis();
    this.#deadlines = {
      send: invocationDeadline(remainingMs, reserveMs.send),
      finish: invocationDeadline(remainingMs, reserveMs.finish),
    };
  }

  async run(messages: readonly ReceivedMessage[]): Promise<SQSBatchResponse> {
    const incidents = new Map<string, Page[]>();
    for (const message of messages) {
      const page = this.#read(message);
      if (!page) continue;
      const key = `${page.route.contact.name} ${dedupKeyOf(page.notification)}`;
      incidents.set(key, [...(incidents.get(key) ?? []), page]);
    }
    await Promise.all([...incidents.values()].map((pages) => this.#sendInOrder(pages)));
    await this.#bury();
    await this.#hide();
    return { batchItemFailures: this.#back.map(({ message }) => ({ itemIdentifier: message.messageId })) };
  }

  #read(message: ReceivedMessage): Page | undefined {
    const { log } = this.#dependencies;
    try {
      if (!this.#isOwn(message.source)) {
        throw new InvalidEvent('The message is from a queue that is not the one of this function');
      }
      const notification = readNotification(message.body);
      const route = this.#byTopic.get(notification.topic);
      if (!route) throw new InvalidEvent('The message is of a topic that no PagerDuty contact has');
      return { message, notification, route };
    } catch (error) {
      if (!(error instanceof InvalidEvent)) throw error;
      log.error('Message refused', { messageId: message.messageId, reason: error.message });
      this.#setAside(message, 'not-an-alert', error.message);
      return undefined;
    }
  }

  /** After one that must come again the later ones of the incident wait too: a resolve before its trigger is lost. */
  async #sendInOrder(pages: readonly Page[]): Promise<void> {
    const sorted = [...pages].sort((one, other) => timeOf(one.notification) - timeOf(other.notification));
    let askedMs: number | undefined;
    for (const page of sorted) {
      if (askedMs === undefined) askedMs = await this.#send(page);
      else this.#back.push({ message: page.message, askedMs });
    }
  }

  /** @returns for how long to wait if it must come again. */
  async #send({ message, notification, route: { contact, pagerDuty } }: Page): Promise<number | undefined> {
    const { environment, runbooks, log, clockWithin = systemClock } = this.#dependencies;
    const event = eventOf(notification, { environment, runbooks, severity: contact.severity });
    const { send: deadline } = this.#deadlines;
    const facts = { messageId: message.messageId, contact: contact.name, action: event.event_action };
    try {
      await retrying(
        () => pagerDuty.send(event, AbortSignal.timeout(Math.min(attemptTimeoutMs, deadline.remainingMs()))),
        {
          clock: clockWithin(deadline),
          attempts,
          afterError: (error) => error instanceof DestinationError && error.retryable && !error.retryAfterMs,
        },
      );
      log.info('Page accepted', { ...facts, dedupKey: event.dedup_key });
      this.#context.count(metricName.pagesSent, 1);
      return undefined;
    } catch (error) {
      if (!(error instanceof DestinationError)) throw error;
      log.error('Page not accepted', { ...facts, code: error.code, reason: error.message });
      if (!mayCome(error)) {
        this.#setAside(message, error.code, error.message, contact);
        return undefined;
      }
      const askedMs = error.retryAfterMs ?? 0;
      this.#back.push({ message, askedMs });
      return askedMs;
    }
  }

  #setAside(message: ReceivedMessage, code: string, reason: string, contact?: PagerDutyContact): void {
    const facts = { source: message.source, ...(contact && { contact: contact.name }) };
    this.#letters.push({ message, letter: { body: message.body, code, reason, facts } });
  }

  async #bury(): Promise<void> {
    const { queues, deadLettersUrl } = this.#dependencies;
    const lost = await queues.send(
      deadLettersUrl,
      this.#letters.map(({ letter }) => deadLetter(letter)),
      this.#deadlines.finish,
    );
    this.#context.count(metricName.pagesFailed, this.#letters.length - lost.size);
    for (const [index, { message }] of this.#letters.entries()) {
      if (lost.has(index)) this.#back.push({ message, askedMs: 0 });
    }
  }

  async #hide(): Promise<void> {
    const { queues, queueUrl, log } = this.#dependencies;
    const hidden = this.#back.map(({ message, askedMs }): HiddenMessage => ({
      receiptHandle: message.receiptHandle,
      seconds: backoffSeconds(message.receiveCount, askedMs),
    }));
    if (hidden.length === 0) return;
    const reason = await queues.hide(queueUrl, hidden, this.#deadlines.finish);
    if (reason !== undefined) log.warn('Messages come again after the time-out of the queue', { reason });
  }
}

/** A secret without a value gets one, and PagerDuty comes back: such a page waits. What PagerDuty refuses does not. */
const mayCome = ({ retryable, code }: DestinationError): boolean =>
  retryable || code === 'secret-unreadable' || code === 'secret-invalid';

const timeOf = (notification: Notification): number =>
  Date.parse(notification.kind === 'alert' ? notification.alert.at : notification.alarm.at);

const firstBackoffSeconds = 20;
const longestBackoffSeconds = 300;

/** Doubles with each time up to five minutes, not the same for all, and no sooner than PagerDuty asks. */
const backoffSeconds = (times: number, askedMs: number): number => {
  const ceiling = Math.min(longestBackoffSeconds, firstBackoffSeconds * 2 ** Math.min(times - 1, 10));
  return Math.min(900, Math.max(randomInt(Math.ceil(ceiling / 2), ceiling + 1), Math.ceil(askedMs / 1000)));
};
