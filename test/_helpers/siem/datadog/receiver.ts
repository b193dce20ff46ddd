/**
 * An imitation of Datadog's logs intake, from its reference: https://docs.datadoghq.com/api/latest/logs/#send-logs.
 * It takes JSON alone. Like Datadog, it accepts and then drops or cuts what is too old or too long.
 */
import { Buffer } from 'node:buffer';
import type { LocalCertificates } from '../../../../local/tls.ts';
import {
  decompressed,
  isObject,
  mediaType,
  parseJson,
  startHttpsReceiver,
  type HttpsReceiver,
  type ReceivedRequest,
  type Reply,
} from '../https-receiver.ts';

export interface DatadogLog {
  /** Milliseconds since the epoch. */
  readonly date: number;
  readonly item: Readonly<Record<string, unknown>>;
}

export interface DatadogReceiver extends HttpsReceiver {
  readonly logs: readonly DatadogLog[];
  /** Logs that were answered with 202 and that nobody will find. */
  readonly lost: readonly ('cut' | 'too-old' | 'ahead')[];
}

const megabyte = 1_000_000;
const hourMs = 3_600_000;

export const startDatadogReceiver = async (
  certificates: LocalCertificates,
  { apiKey, now = Date.now }: { readonly apiKey: string; readonly now?: () => number },
): Promise<DatadogReceiver> => {
  const logs: DatadogLog[] = [];
  const lost: ('cut' | 'too-old' | 'ahead')[] = [];

  const take = (item: Readonly<Record<string, unknown>>): void => {
    if (Buffer.byteLength(JSON.stringify(item)) > megabyte) {
      lost.push('cut');
      return;
    }
    const date = dateOf(item) ?? now();
    if (date < now() - 18 * hourMs) lost.push('too-old');
    else if (date > now() + 2 * hourMs) lost.push('ahead');
    else logs.push({ date, item });
  };

  const answer = (request: ReceivedRequest): Reply => {
    const { method, url, headers } = request;
    if (url.pathname !== '/api/v2/logs') return refusal(404, 'Not Found', 'no such path');
    if (method !== 'POST') return refusal(405, 'Method Not Allowed', 'only POST');
    const given = headers['dd-api-key'];
    if (given === undefined || given === '') return refusal(401, 'Unauthorized', 'DD-API-KEY is missing');
    if (given !== apiKey) return refusal(403, 'Forbidden', 'invalid API key');
    if (mediaType(request) !== 'application/json') return refusal(400, 'Bad Request', 'unsupported content type');
    const body = decompressed(request, 5 * megabyte);
    if (body === 'too-large') return refusal(413, 'Payload Too Large', 'payload is too big');
    if (typeof body === 'string') return refusal(400, 'Bad Request', `${body} encoding`);
    const parsed = parseJson(body);
    const items: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
    if (items.length > 1_000) return refusal(413, 'Payload Too Large', 'more than 1000 logs');
    if (!items.every(isLogItem)) return refusal(400, 'Bad Request', 'not a log item');
    for (const item of items) take(item);
    return { status: 202, body: {} };
  };

  const receiver = await startHttpsReceiver(certificates, answer);
  return { ...receiver, logs, lost };
};

/** `HTTPLogItem`: `message` is required, and these are texts. */
const isLogItem = (item: unknown): item is Readonly<Record<string, unknown>> =>
  isObject(item) &&
  typeof item['message'] === 'string' &&
  ['ddsource', 'ddtags', 'hostname', 'service'].every((key) => ['string', 'undefined'].includes(typeof item[key]));

/** Attributes in which Datadog looks for the date of a log. */
const dateOf = (item: Readonly<Record<string, unknown>>): number | undefined => {
  for (const name of ['timestamp', 'date', '_timestamp', 'Timestamp', 'eventTime', 'published_date']) {
    const value = item[name];
    if (typeof value === 'number') return value;
    if (typeof value === 'string' && !Number.isNaN(Date.parse(value))) return Date.parse(value);
  }
  return undefined;
};

const refusal = (status: number, title: string, detail: string): Reply => ({
  status,
  body: { errors: [{ status: String(status), title, detail }] },
});
