/**
 * Sends events to Splunk's HTTP Event Collector:
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/http-event-collector-examples
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SplunkHecSettings } from '../../../../lib/contract/index.ts';
import { asciiCredential, withCredential } from '../credential.ts';
import {
  DestinationError,
  type Destination,
  type DestinationParts,
  type HttpsAnswer,
  type Outcome,
  type OutgoingEvent,
} from '../destination.ts';
import { gzipJson } from '../gzip.ts';
import { readHecAcknowledgement, readHecAnswer, type HecVerdict } from './answer.ts';

export interface SplunkHecOptions {
  /** UUID of this sender's channel, which indexer acknowledgement needs. @default a random one */
  readonly channel?: string;
  /** Time between two questions whether events are indexed. @default 1000 */
  readonly acknowledgementPollMs?: number;
}

/** Splunk Cloud takes 1 MB in one request; the envelopes come on top. */
const limits = { batchEvents: 1_000, batchBytes: 800_000, eventBytes: 800_000 } as const;

export const createSplunkHec = (
  settings: SplunkHecSettings,
  parts: DestinationParts,
  { channel = randomUUID(), acknowledgementPollMs = 1_000 }: SplunkHecOptions = {},
): Destination => {
  const collector = new Collector(settings, parts, channel, acknowledgementPollMs);
  return {
    limits,
    send: (events, signal) =>
      withCredential(parts.secret, signal, (value) =>
        collector.deliver(events, asciiCredential(value, 'token'), signal),
      ),
  };
};

class Collector {
  readonly #settings: SplunkHecSettings;
  readonly #parts: DestinationParts;
  readonly #channel: string;
  readonly #pollMs: number;
  /** Whether the token has indexer acknowledgement, once an answer has shown it. */
  #acknowledges = false;

  constructor(settings: SplunkHecSettings, parts: DestinationParts, channel: string, pollMs: number) {
    this.#settings = settings;
    this.#parts = parts;
    this.#channel = channel;
    this.#pollMs = pollMs;
  }

  /** Sends, and after each invalid event again what was not looked at. A failure keeps the outcomes that are known. */
  async deliver(events: readonly OutgoingEvent[], token: string, signal: AbortSignal): Promise<readonly Outcome[]> {
    const outcomes = new Map<OutgoingEvent, Outcome>();
    // Splunk refuses an empty event, and with it what follows.
    for (const event of events) if (Object.keys(event.document).length === 0) outcomes.set(event, emptyEvent);
    let answered = false;
    for (;;) {
      const left = events.filter((event) => !outcomes.has(event));
      if (left.length === 0) break;
      try {
        const verdict = await this.#send(left, token, signal);
        answered = true;
        this.#note(verdict, left, outcomes);
      } catch (error) {
        if (!answered || !(error instanceof DestinationError)) throw error;
        for (const event of left) outcomes.set(event, retryAfter(error));
      }
    }
    return events.map((event) => outcomes.get(event) ?? retryUnknown);
  }

  #note(verdict: HecVerdict, sent: readonly OutgoingEvent[], outcomes: Map<OutgoingEvent, Outcome>): void {
    if (verdict.kind === 'accepted') {
      for (const event of sent) outcomes.set(event, delivered);
      return;
    }
    const { position, reason } = verdict;
    for (const event of sent.slice(position, position + 1)) outcomes.set(event, { status: 'refused', reason });
    // A refusal has no acknowledgement id: whether the events before it are indexed can't be asked, so they go again.
    if (this.#acknowledges) return;
    for (const event of sent.slice(0, position)) outcomes.set(event, delivered);
  }

  async #send(events: readonly OutgoingEvent[], token: string, signal: AbortSignal): Promise<HecVerdict> {
    const { body, headers } = await gzipJson(events.map((event) => this.#envelope(event)).join('\n'));
    const answer = await this.#call('/services/collector/event', body, headers, token, signal);
    const verdict = readHecAnswer(answer, events.length, token);
    if (verdict.kind === 'accepted' && verdict.ackId !== undefined) {
      this.#acknowledges = true;
      await this.#acknowledged(verdict.ackId, token, signal);
    }
    return verdict;
  }

  #envelope({ time, json }: OutgoingEvent): string {
    const { index, sourceType } = this.#settings;
    const envelope = {
      time: time / 1000,
      host: this.#parts.environment,
      source: 'strongroom',
      sourcetype: sourceType,
      index,
    };
    return `${JSON.stringify(envelope).slice(0, -1)},"event":${json}}`;
  }

  /** Splunk answers before it has indexed. It is asked until it has, or until the attempt ends. */
  async #acknowledged(ackId: number, token: string, signal: AbortSignal): Promise<void> {
    const body = JSON.stringify({ acks: [ackId] });
    while (!signal.aborted) {
      try {
        const answer = await this.#call('/services/collector/ack', body, json, token, signal);
        if (readHecAcknowledgement(answer, ackId, token)) return;
      } catch (error) {
        // The events are taken: a question that fails is asked again.
        if (!(error instanceof DestinationError) || !error.retryable) throw error;
      }
      await sleep(this.#pollMs, undefined, { signal }).catch(() => undefined);
    }
    throw new DestinationError(
      'unacknowledged',
      'Splunk accepted the events but did not confirm in time that they are indexed',
    );
  }

  #call(
    path: string,
    body: Uint8Array | string,
    headers: Readonly<Record<string, string>>,
    token: string,
    signal: AbortSignal,
  ): Promise<HttpsAnswer> {
    return this.#parts.request(new URL(path, this.#settings.url), {
      body,
      headers: { ...headers, authorization: `Splunk ${token}`, 'x-splunk-request-channel': this.#channel },
      signal,
    });
  }
}

const json = { 'content-type': 'application/json' } as const;
const delivered: Outcome = { status: 'delivered' };
const emptyEvent: Outcome = { status: 'refused', reason: 'the event is empty' };
const retryUnknown: Outcome = { status: 'retry', reason: 'Splunk said nothing of the event' };

const retryAfter = ({ message, retryAfterMs }: DestinationError): Outcome => ({
  status: 'retry',
  reason: message,
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
