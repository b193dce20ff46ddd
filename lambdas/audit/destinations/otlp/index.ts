/** Sends events as log records over OTLP/HTTP with JSON: https://opentelemetry.io/docs/specs/otlp/#otlphttp */
import type { OtlpSettings } from '../../../../lib/contract/index.ts';
import { asciiCredential, withCredential } from '../credential.ts';
import type { Destination, DestinationParts, OutgoingEvent, Outcome } from '../destination.ts';
import { gzipJson } from '../gzip.ts';
import { logsRequest } from './logs-request.ts';
import { readOtlpAnswer } from './otlp-answer.ts';

export const createOtlp = (settings: OtlpSettings, parts: DestinationParts): Destination => {
  const url = new URL(settings.url);
  const name = settings.header.toLowerCase();
  const send = async (
    events: readonly OutgoingEvent[],
    token: string,
    signal: AbortSignal,
  ): Promise<readonly Outcome[]> => {
    if (events.length === 0) return [];
    const request = logsRequest(events, { environment: parts.environment, view: settings.view, now: parts.now() });
    const { body, headers } = await gzipJson(JSON.stringify(request));
    const answer = await parts.request(url, {
      body,
      headers: { ...headers, [name]: headerValue(name, token) },
      signal,
    });
    const reason = readOtlpAnswer(answer, events.length, { origin: url.origin, token });
    return events.map(() => (reason === undefined ? { status: 'delivered' } : { status: 'refused', reason }));
  };
  return {
    // A batch is refused as a whole: the answer never says which record is.
    limits: { batchEvents: 100, batchBytes: 2_000_000, eventBytes: 512_000 },
    send: (events, signal) =>
      withCredential(parts.secret, signal, (value) => send(events, asciiCredential(value, 'token'), signal)),
  };
};

const headerValue = (name: string, token: string): string => (name === 'authorization' ? `Bearer ${token}` : token);
