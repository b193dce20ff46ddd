/**
 * Sends events to any HTTPS endpoint as a JSON array, signed by Standard Webhooks:
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 */
import { createHash } from 'node:crypto';
import type { HttpsSettings } from '../../../../lib/contract/index.ts';
import { answerError, codedAnswerError } from '../answer-error.ts';
import { withCredential } from '../credential.ts';
import type { Destination, DestinationParts, HttpsAnswer, OutgoingEvent } from '../destination.ts';
import { isolateRefused } from '../isolate-refused.ts';
import { readSigningKey, signature } from './standard-webhooks.ts';

export const createHttps = (settings: HttpsSettings, parts: DestinationParts): Destination => {
  const url = new URL(settings.url);
  const send = async (events: readonly OutgoingEvent[], key: Uint8Array, signal: AbortSignal) => {
    const body = `[${events.map(({ json }) => json).join(',')}]`;
    const id = batchId(events);
    const timestamp = String(Math.floor(parts.now() / 1000));
    const headers = {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': signature({ id, timestamp, body }, key),
    };
    return readAnswer(await parts.request(url, { body, headers, signal }), url);
  };
  return {
    limits: { batchEvents: 100, batchBytes: 1_000_000, eventBytes: 256_000 },
    send: (events, signal) =>
      withCredential(parts.secret, signal, async ({ signingKey }) => {
        const key = readSigningKey(signingKey);
        return isolateRefused(events, (batch) => send(batch, key, signal));
      }),
  };
};

/** The same events have the same id, however often they are sent: a receiver knows repeated batches by it. */
const batchId = (events: readonly OutgoingEvent[]): string => {
  const ids = events.map(({ id }) => id).sort();
  return `msg_${createHash('sha256').update(JSON.stringify(ids)).digest('base64url')}`;
};

/** 400 and 422 are about the events. An HTML page with 200 is that of a proxy or a login, not of a receiver. */
const readAnswer = (answer: HttpsAnswer, { origin }: URL): string | undefined => {
  const { status, contentType } = answer;
  if (status >= 200 && status < 300) {
    if (contentType !== 'text/html') return undefined;
    throw codedAnswerError('misconfigured', origin, answer);
  }
  if (status === 400 || status === 422) return answerError(origin, answer).message;
  throw answerError(origin, answer);
};
