/**
 * An imitation of PagerDuty's Events API v2, from its reference: https://developer.pagerduty.com/docs/events-api-v2/overview/
 * and https://github.com/PagerDuty/api-schema, `reference/events-v2`. It refuses what the reference refuses, and keeps
 * alerts as the reference says: a trigger opens one or adds to an open one of its key, a resolve of no open one is dropped.
 * An unknown field is refused here, although the reference does not say so: a field with a wrong name is lost there.
 */
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { LocalCertificates } from '../../../local/tls.ts';
import {
  isObject,
  mediaType,
  parseJson,
  startHttpsReceiver,
  type HttpsReceiver,
  type ReceivedRequest,
  type Reply,
} from '../siem/https-receiver.ts';

export interface PagerDutyAlert {
  readonly key: string;
  open: boolean;
  /** Payloads of its triggers. */
  readonly triggers: Readonly<Record<string, unknown>>[];
}

export interface PagerDutyReceiver extends HttpsReceiver {
  readonly alerts: readonly PagerDutyAlert[];
  /** Resolves without an open alert. */
  readonly dropped: readonly string[];
}

type Fields = Readonly<Record<string, unknown>>;

const largestBody = 512 * 1_024;
const eventFields = ['routing_key', 'event_action', 'dedup_key', 'payload', 'client', 'client_url', 'links', 'images'];
const payloadFields = ['summary', 'timestamp', 'severity', 'source', 'component', 'group', 'class', 'custom_details'];

export const startPagerDuty = async (
  certificates: LocalCertificates,
  { routingKey }: { readonly routingKey: () => string },
): Promise<PagerDutyReceiver> => {
  const alerts: PagerDutyAlert[] = [];
  const dropped: string[] = [];

  const take = (event: Fields): string => {
    const { dedup_key: given, event_action: action, payload } = event;
    const key = typeof given === 'string' ? given : randomUUID();
    const open = alerts.find((one) => one.key === key && one.open);
    if (action === 'trigger') {
      if (open) open.triggers.push(payload as Fields);
      else alerts.push({ key, open: true, triggers: [payload as Fields] });
    } else if (open && action === 'resolve') open.open = false;
    else if (!open) dropped.push(key);
    return key;
  };

  const answer = (request: ReceivedRequest): Reply => {
    if (request.url.pathname !== '/v2/enqueue') return { status: 404, body: { status: 'not found' } };
    if (request.method !== 'POST') return { status: 405, body: { status: 'method not allowed' } };
    if (request.body.length > largestBody) return refusal(413, 'payload too large');
    if (mediaType(request) !== 'application/json') return refusal(400, 'the content is not JSON');
    const event = parseJson(request.body);
    if (!isObject(event)) return refusal(400, 'JSON parse error');
    const errors = errorsOf(event);
    if (errors.length > 0) return refusal(400, ...errors);
    // PagerDuty's text has the key, as a hostile or careless server would.
    if (event['routing_key'] !== routingKey()) {
      return refusal(400, `'routing_key' ${String(event['routing_key'])} is invalid`);
    }
    return { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: take(event) } };
  };

  const receiver = await startHttpsReceiver(certificates, answer);
  return { ...receiver, alerts, dropped };
};

const errorsOf = (event: Fields): string[] => [
  ...unknown(event, eventFields),
  ...(isText(event['routing_key'], 32, 32) ? [] : ["'routing_key' must have 32 characters"]),
  ...(['trigger', 'acknowledge', 'resolve'].includes(event['event_action'] as string)
    ? []
    : ["'event_action' is invalid"]),
  ...(event['dedup_key'] === undefined && event['event_action'] === 'trigger'
    ? []
    : isText(event['dedup_key'], 1, 255)
      ? []
      : ["'dedup_key' must have 1 to 255 characters"]),
  ...(event['event_action'] === 'trigger' ? payloadErrors(event['payload']) : []),
  ...linkErrors(event['links']),
];

const payloadErrors = (payload: unknown): string[] => {
  if (!isObject(payload)) return ["'payload' is missing"];
  const { summary, source, severity, timestamp, component, group, class: kind, custom_details: details } = payload;
  return [
    ...unknown(payload, payloadFields),
    ...(isText(summary, 1, 1_024) ? [] : ["'payload.summary' must have 1 to 1024 characters"]),
    ...(isText(source, 1, Infinity) ? [] : ["'payload.source' is missing"]),
    ...(['critical', 'error', 'warning', 'info'].includes(severity as string) ? [] : ["'payload.severity' is invalid"]),
    ...(timestamp === undefined || (typeof timestamp === 'string' && !Number.isNaN(Date.parse(timestamp)))
      ? []
      : ["'payload.timestamp' is invalid"]),
    ...[component, group, kind]
      .filter((one) => one !== undefined && typeof one !== 'string')
      .map(() => 'a field of the payload is not a text'),
    ...(details === undefined || isObject(details) ? [] : ["'payload.custom_details' is not an object"]),
  ];
};

const linkErrors = (links: unknown): string[] => {
  if (links === undefined) return [];
  const isLink = (one: unknown): boolean =>
    isObject(one) && typeof one['href'] === 'string' && URL.canParse(one['href']);
  return Array.isArray(links) && links.every(isLink) ? [] : ["'links' is invalid"];
};

const unknown = (given: Fields, known: readonly string[]): string[] =>
  Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => `'${name}' is unknown`);

const isText = (value: unknown, least: number, most: number): boolean =>
  typeof value === 'string' && value.length >= least && value.length <= most;

const refusal = (status: number, ...errors: readonly string[]): Reply => ({
  status,
  body: { status: 'invalid event', message: 'Event object is invalid', errors },
});

/** Bytes of the largest body that was sent. */
export const largestOf = ({ requests }: Pick<PagerDutyReceiver, 'requests'>): number =>
  Math.max(0, ...requests.map(({ body }) => Buffer.byteLength(body)));
