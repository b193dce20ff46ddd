/** The server under the strict receivers: HTTPS on 127.0.0.1, bodies as they came, too busy on demand. */
import { once } from 'node:events';
import { Buffer } from 'node:buffer';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { LocalCertificates } from '../../../local/tls.ts';
import type { ReceiverAddress } from '../destination-contract.ts';

export interface ReceivedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  /** Before it is decompressed. */
  readonly body: Buffer;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a text as it is. */
  readonly body?: unknown;
}

export interface HttpsReceiver {
  readonly address: ReceiverAddress;
  /** Requests that were read to their end, in the order of their arrival. */
  readonly requests: readonly ReceivedRequest[];
  /** The next requests get these replies, and nothing is taken from them. */
  replyNext(...replies: readonly Reply[]): void;
  stop(): Promise<void>;
}

export const startHttpsReceiver = async (
  { cert, key }: LocalCertificates,
  answer: (request: ReceivedRequest) => Reply,
): Promise<HttpsReceiver> => {
  const requests: ReceivedRequest[] = [];
  const scripted: Reply[] = [];
  const server = createServer({ cert, key }, (incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request: ReceivedRequest = {
        method: incoming.method ?? '',
        url: new URL(incoming.url ?? '/', 'https://127.0.0.1'),
        headers: incoming.headers,
        body: Buffer.concat(chunks),
      };
      requests.push(request);
      send(response, scripted.shift() ?? answer(request));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: { host: '127.0.0.1', port },
    requests,
    replyNext: (...replies) => {
      scripted.push(...replies);
    },
    stop: async () => {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
};

/**
 * The body without its compression, of which only gzip is accepted; `unsupported`, `corrupt`, or `too-large` over the
 * limit.
 */
export const decompressed = (
  { headers, body }: ReceivedRequest,
  largest: number,
): Buffer | 'unsupported' | 'corrupt' | 'too-large' => {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') return 'unsupported';
  if (body.length > largest) return 'too-large';
  if (encoding === 'identity') return body;
  try {
    return gunzipSync(body, { maxOutputLength: largest });
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : 'corrupt';
  }
};

/** Undefined for what is not valid JSON in valid UTF-8. */
export const parseJson = (body: Buffer): unknown => {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown;
  } catch {
    return undefined;
  }
};

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `Content-Type` without its parameters. */
export const mediaType = ({ headers }: ReceivedRequest): string | undefined =>
  headers['content-type']?.split(';')[0]?.trim().toLowerCase();

const send = (response: ServerResponse, { status, headers, body }: Reply): void => {
  if (response.destroyed) return;
  const isText = typeof body === 'string' || body === undefined;
  response.writeHead(status, { ...(!isText && { 'content-type': 'application/json' }), ...headers });
  response.end(isText ? body : JSON.stringify(body));
};
