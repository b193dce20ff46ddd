/** Sends events to Datadog's logs intake: https://docs.datadoghq.com/api/latest/logs/#send-logs */
import { Buffer } from 'node:buffer';
import type { DatadogSettings } from '../../../../lib/contract/index.ts';
import { answerError, answerText, jsonObject } from '../answer-error.ts';
import { asciiCredential, withCredential } from '../credential.ts';
import { type Destination, type DestinationParts, type HttpsAnswer, type OutgoingEvent } from '../destination.ts';
import { gzipJson } from '../gzip.ts';
import { isolateRefused } from '../isolate-refused.ts';

/** A longer log is cut by Datadog, which answers 202 all the same. */
const largestLog = 1_000_000;
const largestMessage = 1_000;

export const createDatadog = (settings: DatadogSettings, parts: DestinationParts): Destination => {
  const url = new URL(`https://http-intake.logs.${settings.site}/api/v2/logs`);
  const toLog = logOf(settings, parts);
  const send = async (events: readonly OutgoingEvent[], apiKey: string, signal: AbortSignal) => {
    const logs = events.map((event) => toLog(event, parts.now()));
    const tooLong = logs.find((log) => Buffer.byteLength(log) > largestLog);
    if (tooLong !== undefined) return `a log of ${Buffer.byteLength(tooLong)} bytes: Datadog cuts it at 1 MB`;
    const { body, headers } = await gzipJson(`[${logs.join(',')}]`);
    const answer = await parts.request(url, { body, headers: { ...headers, 'dd-api-key': apiKey }, signal });
    return readAnswer(answer, apiKey);
  };
  return {
    limits: { batchEvents: 1_000, batchBytes: 4_000_000, eventBytes: largestLog - envelopeBytes(settings, parts) },
    send: (events, signal) =>
      withCredential(parts.secret, signal, async (value) => {
        const apiKey = asciiCredential(value, 'apiKey');
        return isolateRefused(events, (batch) => send(batch, apiKey, signal));
      }),
  };
};

/** 202 is the only success that is documented. A refused payload (400) was not taken at all. */
const readAnswer = (answer: HttpsAnswer, apiKey: string): string | undefined => {
  if (answer.status === 202 && answer.contentType !== 'text/html') return undefined;
  const text = answerText(errorDetail(answer), [apiKey]);
  const error = answerError('Datadog', answer, text);
  if (answer.status === 400) return error.message;
  throw error;
};

/** `{"errors":[{"status":"400","title":"Bad Request","detail":"…"}]}` */
const errorDetail = (answer: HttpsAnswer): unknown => {
  const { errors } = jsonObject(answer) ?? {};
  const [first] = Array.isArray(errors) ? (errors as readonly unknown[]) : [];
  if (typeof first !== 'object' || first === null) return first;
  const { detail, title } = first as { readonly detail?: unknown; readonly title?: unknown };
  return detail ?? title;
};

/** https://docs.datadoghq.com/logs/log_configuration/attributes_naming_convention/#reserved-attributes */
const logOf =
  ({ service, tags, view }: Pick<DatadogSettings, 'service' | 'tags' | 'view'>, { environment }: DestinationParts) =>
  (event: OutgoingEvent, now: number): string => {
    const { message } = event.document;
    const reserved = {
      ddsource: 'strongroom',
      ddtags: [`env:${environment}`, ...tags].join(','),
      hostname: environment,
      service,
      status: statuses[event.severity] ?? 'info',
      message: typeof message === 'string' ? message.slice(0, largestMessage) : event.id,
      id: event.id,
      ...(isTaken(event.time, now) && { timestamp: event.time }),
    };
    return `${JSON.stringify(reserved).slice(0, -1)},${JSON.stringify(view)}:${event.json}}`;
  };

const envelopeBytes = (settings: DatadogSettings, parts: DestinationParts): number => {
  const message = '\u0001'.repeat(largestMessage);
  const empty = { id: 'x'.repeat(256), time: parts.now(), severity: 1, document: { message }, json: '{}' };
  return Buffer.byteLength(logOf(settings, parts)(empty, parts.now()));
};

/**
 * Datadog drops logs older than 18 hours or more than 2 hours ahead. Without a timestamp they get the time of their
 * arrival; the event has its own.
 */
const isTaken = (time: number, now: number): boolean => time > now - 17 * hourMs && time < now + hourMs;

const hourMs = 3_600_000;

/** By `severity_id` of OCSF. */
const statuses: Readonly<Record<number, string>> = {
  1: 'info',
  2: 'notice',
  3: 'warning',
  4: 'error',
  5: 'critical',
  6: 'emergency',
};
