/** The collector's endpoints: authorisation, channel, acknowledgement, and where events go. */
import { Buffer } from 'node:buffer';
import { timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { HecRefusal, hecReply, type HecReply } from './hec-replies.ts';
import { readHecEvents, readRawEvents, type HecEvent } from './hec-events.ts';

export interface HecSettings {
  readonly token: string;
  /** Whether the token has indexer acknowledgement: every request then needs a channel. */
  readonly acknowledgement: boolean;
  /** Indexes that the token may write to; absent: all. */
  readonly indexes?: readonly string[];
}

export interface HecRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const channelPattern = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Answers requests; one instance keeps the acknowledgement ids of one collector. */
export class HecEndpoints {
  readonly #settings: HecSettings;
  readonly #accept: (event: HecEvent, channel: string | undefined) => void;
  /** Channel to the ids given out, and whether each has still to be reported. */
  readonly #acknowledgements = new Map<string, { next: number; readonly unreported: Set<number> }>();

  constructor(settings: HecSettings, accept: (event: HecEvent, channel: string | undefined) => void) {
    this.#settings = settings;
    this.#accept = accept;
  }

  /** @throws HecRefusal for everything that the collector refuses. */
  answer(request: HecRequest): HecReply {
    switch (request.path) {
      case '/services/collector/health':
      case '/services/collector/health/1.0':
        return this.#only('GET', request, () => hecReply('healthy'));
      case '/services/collector':
      case '/services/collector/event':
      case '/services/collector/event/1.0':
        return this.#only('POST', request, () => this.#events(request));
      case '/services/collector/raw':
      case '/services/collector/raw/1.0':
        return this.#only('POST', request, () => this.#raw(request));
      case '/services/collector/ack':
      case '/services/collector/ack/1.0':
        return this.#only('POST', request, () => this.#acknowledge(request));
      default:
        throw new HecRefusal('notFound');
    }
  }

  #only(method: string, request: HecRequest, handle: () => HecReply): HecReply {
    if (request.method !== method) throw new HecRefusal('methodNotAllowed');
    return handle();
  }

  #events(request: HecRequest): HecReply {
    this.#authorise(request);
    const channel = this.#channel(request, this.#settings.acknowledgement);
    readHecEvents(request.body, this.#settings.indexes, (event) => {
      this.#accept(event, channel);
    });
    return this.#accepted(channel);
  }

  #raw(request: HecRequest): HecReply {
    this.#authorise(request);
    const channel = this.#channel(request, true);
    readRawEvents(request.body, (event) => {
      this.#accept(event, channel);
    });
    return this.#accepted(channel);
  }

  /** Every id is reported as indexed once, as Splunk forgets it after that. */
  #acknowledge(request: HecRequest): HecReply {
    this.#authorise(request);
    if (!this.#settings.acknowledgement) throw new HecRefusal('ackDisabled');
    const channel = this.#channel(request, true);
    const unreported = channel === undefined ? undefined : this.#acknowledgements.get(channel)?.unreported;
    const acks = parseAcks(request.body).map((id) => [String(id), unreported?.delete(id) ?? false] as const);
    return { status: 200, body: { acks: Object.fromEntries(acks) } };
  }

  #accepted(channel: string | undefined): HecReply {
    if (!this.#settings.acknowledgement || channel === undefined) return hecReply('success');
    const ids = this.#acknowledgements.get(channel) ?? { next: 0, unreported: new Set() };
    this.#acknowledgements.set(channel, ids);
    const ackId = ids.next;
    ids.next += 1;
    ids.unreported.add(ackId);
    return hecReply('success', { ackId });
  }

  #authorise({ headers, query }: HecRequest): void {
    const token = tokenOf(headers.authorization) ?? query.get('token');
    if (token === null) throw new HecRefusal('tokenRequired');
    if (!sameText(token, this.#settings.token)) throw new HecRefusal('invalidToken');
    if (headers.authorization === undefined) throw new HecRefusal('queryStringAuthorization');
  }

  #channel({ headers, query }: HecRequest, required: boolean): string | undefined {
    const header = headers['x-splunk-request-channel'];
    const channel = (Array.isArray(header) ? header[0] : header) ?? query.get('channel') ?? undefined;
    if (channel === undefined) {
      if (required) throw new HecRefusal('channelMissing');
      return undefined;
    }
    if (!channelPattern.test(channel)) throw new HecRefusal('invalidChannel');
    return channel;
  }
}

/** `Splunk <token>`, or basic authorisation with the token as the password. */
const tokenOf = (authorization: string | undefined): string | null => {
  if (authorization === undefined || authorization.trim() === '') return null;
  const [scheme, credentials, ...rest] = authorization.trim().split(/\s+/);
  if (credentials === undefined || rest.length > 0) throw new HecRefusal('invalidAuthorization');
  if (scheme === 'Splunk') return credentials;
  if (scheme !== 'Basic') throw new HecRefusal('invalidAuthorization');
  const [, password] = Buffer.from(credentials, 'base64').toString('utf8').split(/:(.*)/s);
  if (password === undefined) throw new HecRefusal('invalidAuthorization');
  return password;
};

const sameText = (a: string, b: string): boolean => {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
};

const parseAcks = (body: string): number[] => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    throw new HecRefusal('invalidDataFormat');
  }
  const { acks } = (parsed ?? {}) as { acks?: unknown };
  if (!Array.isArray(acks) || !acks.every((id): id is number => Number.isInteger(id))) {
    throw new HecRefusal('invalidDataFormat');
  }
  return acks;
};
