/**
 * A receiver of signed batches. Signatures are verified by the package of the specification's authors; batches and
 * events that came before are known by their ids. An event without an id is refused.
 */
import { Webhook, WebhookVerificationError } from 'standardwebhooks';
import type { LocalCertificates } from '../../../../local/tls.ts';
import {
  isObject,
  mediaType,
  parseJson,
  startHttpsReceiver,
  type HttpsReceiver,
  type ReceivedRequest,
  type Reply,
} from '../https-receiver.ts';

export interface WebhookReceiver extends HttpsReceiver {
  readonly events: readonly Readonly<Record<string, unknown>>[];
  /** `webhook-id` of each request whose signature is valid, repeated ones included. */
  readonly batchIds: readonly string[];
}

export const startWebhookReceiver = async (
  certificates: LocalCertificates,
  { signingKeys }: { readonly signingKeys: readonly string[] },
): Promise<WebhookReceiver> => {
  const events: Readonly<Record<string, unknown>>[] = [];
  const batchIds: string[] = [];
  const taken = new Set<string>();

  const answer = (request: ReceivedRequest): Reply => {
    if (request.method !== 'POST') return { status: 405 };
    if (request.url.pathname !== '/events') return { status: 404 };
    if (mediaType(request) !== 'application/json') return { status: 415 };
    if (request.headers['content-encoding'] !== undefined) return { status: 415 };
    if (!signingKeys.some((key) => isVerified(request, key))) return { status: 401 };
    const id = String(request.headers['webhook-id']);
    batchIds.push(id);
    if (taken.has(id)) return { status: 200 };
    const parsed = parseJson(request.body);
    if (!Array.isArray(parsed) || parsed.length === 0) return { status: 400 };
    if (!parsed.every(isEvent)) return { status: 422 };
    taken.add(id);
    events.push(...parsed);
    return { status: 204 };
  };

  const receiver = await startHttpsReceiver(certificates, answer);
  return { ...receiver, events, batchIds };
};

const isVerified = ({ headers, body }: ReceivedRequest, key: string): boolean => {
  try {
    new Webhook(key).verify(body.toString('utf8'), headers as Record<string, string>);
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
};

const isEvent = (event: unknown): event is Readonly<Record<string, unknown>> => eventId(event) !== undefined;

export const eventId = (event: unknown): string | undefined => {
  const metadata = isObject(event) ? event['metadata'] : undefined;
  const uid = isObject(metadata) ? metadata['uid'] : undefined;
  return typeof uid === 'string' ? uid : undefined;
};
