/** An HTTP request as it arrived, before its caller is identified. */
import type { IncomingMessage } from 'node:http';

export interface HttpMessage {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  /** Path as sent, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The largest asset that the project uploads is a few megabytes; Lambda and CloudFormation take no more than this. */
const maxBodyBytes = 256 * 1024 * 1024;

export const readMessage = async (incoming: IncomingMessage): Promise<HttpMessage> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxBodyBytes) throw new RangeError(`The request's body is larger than ${maxBodyBytes} bytes`);
    chunks.push(chunk);
  }
  return httpMessage({
    method: incoming.method ?? 'GET',
    url: incoming.url ?? '/',
    headers: Object.fromEntries(
      Object.entries(incoming.headers).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join(',') : (value ?? ''),
      ]),
    ),
    body: Buffer.concat(chunks),
  });
};

export const httpMessage = (parts: Pick<HttpMessage, 'method' | 'url' | 'headers' | 'body'>): HttpMessage => {
  const mark = parts.url.indexOf('?');
  return {
    ...parts,
    path: mark === -1 ? parts.url : parts.url.slice(0, mark),
    query: new URLSearchParams(mark === -1 ? '' : parts.url.slice(mark + 1)),
  };
};
