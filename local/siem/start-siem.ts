/** A SIEM for the laptop: speaks Splunk's HTTP Event Collector over HTTPS, keeps what it got, and fails on demand. */
import { once } from 'node:events';
import { Buffer } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { LocalCertificates } from '../tls.ts';
import { HecRefusal, hecReply, type HecReply } from './hec-replies.ts';
import { HecEndpoints } from './hec-requests.ts';
import { ReceivedEvents, type ReceivedEvent } from './received-events.ts';

export type { ReceivedEvent } from './received-events.ts';

/**
 * How the receiver behaves. `down`: the port refuses connections. `403`: the token is refused. `503`: busy, nothing is
 * taken. `slow`: events are taken and the answer does not come, until the behaviour changes.
 */
export type SiemBehaviour = 'ok' | 'down' | '403' | '503' | 'slow';

export interface SiemOptions {
  readonly certificates: LocalCertificates;
  /** @default a random UUID */
  readonly token?: string;
  /** Whether the token has indexer acknowledgement. @default false */
  readonly acknowledgement?: boolean;
  /** Indexes that the token may write to. @default all */
  readonly indexes?: readonly string[];
  /** How many events are kept; the oldest go first. @default 10000 */
  readonly capacity?: number;
}

export interface Siem {
  /** `https://127.0.0.1:<port>`, what the SIEM's secret has as `url`. */
  readonly url: string;
  readonly token: string;
  /** Everything kept, in order of arrival, duplicates included. */
  events(): readonly ReceivedEvent[];
  /** The first arrival of each event id. */
  distinctEvents(): readonly ReceivedEvent[];
  /** Every arrival of one event id (`metadata.uid`). */
  eventsWithId(eventId: string): readonly ReceivedEvent[];
  /**
   * The first event that matches, received or yet to come.
   *
   * @param timeoutMs Default 120000.
   * @throws Error when none has come by then.
   */
  waitFor(matches: (event: ReceivedEvent) => boolean, timeoutMs?: number): Promise<ReceivedEvent>;
  /** Resolves when the behaviour holds, which for `down` and back takes closing or opening the port. */
  setBehaviour(behaviour: SiemBehaviour): Promise<void>;
  /** Number of requests that came in since the start, whatever was answered. */
  requestCount(): number;
  clear(): void;
  stop(): Promise<void>;
}

const largestBody = 5_000_000;
const unzip = promisify(gunzip);

/** Listens on a free port of 127.0.0.1. */
export const startSiem = async (options: SiemOptions): Promise<Siem> => {
  const { certificates, token = randomUUID(), acknowledgement = false, indexes, capacity = 10_000 } = options;
  const received = new ReceivedEvents(capacity);
  const endpoints = new HecEndpoints({ token, acknowledgement, ...(indexes && { indexes }) }, (event, channel) => {
    received.add(event, channel);
  });
  const withheld = new Set<() => void>();
  let behaviour: SiemBehaviour = 'ok';
  let requests = 0;

  const handle = async (request: IncomingMessage): Promise<HecReply> => {
    requests += 1;
    const url = new URL(request.url ?? '/', 'https://127.0.0.1');
    const body = await readBody(request);
    if (behaviour === '403') throw new HecRefusal('invalidToken');
    if (behaviour === '503') throw new HecRefusal(url.pathname.includes('/health') ? 'unhealthy' : 'busy');
    const reply = endpoints.answer({
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body,
    });
    if (behaviour === 'slow') await new Promise<void>((release) => withheld.add(release));
    return reply;
  };

  const server = createServer({ cert: certificates.cert, key: certificates.key }, (request, response) => {
    handle(request).then(
      (reply) => {
        send(response, reply);
      },
      (error: unknown) => {
        send(response, error instanceof HecRefusal ? error.reply : hecReply('internalError'));
      },
    );
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  const close = async () => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const release = () => {
    for (const answer of withheld) answer();
    withheld.clear();
  };

  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    token,
    events: () => received.all(),
    distinctEvents: () => received.distinct(),
    eventsWithId: (eventId) => received.withId(eventId),
    waitFor: (matches, timeoutMs = 120_000) => received.waitFor(matches, timeoutMs),
    setBehaviour: async (next) => {
      behaviour = next;
      if (next === 'down') await close();
      else if (!server.listening) await listen(port);
      release();
    },
    requestCount: () => requests,
    clear: () => {
      received.clear();
    },
    stop: async () => {
      await close();
      release();
    },
  };
};

const readBody = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new HecRefusal('tooLarge');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  switch (request.headers['content-encoding']) {
    case undefined:
    case 'identity':
      return body.toString('utf8');
    case 'gzip':
      try {
        return (await unzip(body, { maxOutputLength: 4 * largestBody })).toString('utf8');
      } catch {
        throw new HecRefusal('invalidDataFormat');
      }
    default:
      throw new HecRefusal('unsupportedEncoding');
  }
};

const send = (response: ServerResponse, { status, body }: HecReply): void => {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};
