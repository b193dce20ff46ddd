/** HTTPS requests over kept-alive connections, for as long as their signal lets them. */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { rootCertificates } from 'node:tls';
import { authoritiesVariable, CodedError } from '../../../lib/contract/index.ts';
import { SiemError } from '../deliver/siem.ts';

export interface HttpsAnswer {
  readonly status: number;
  /** From the `Retry-After` header. */
  readonly retryAfterMs?: number;
  readonly body: string;
}

/** @throws SiemError `timeout` once the signal fires, `unreachable` for everything else that keeps the answer away. */
export type HttpsPost = (
  url: URL,
  options: {
    readonly body: Uint8Array | string;
    readonly headers: Readonly<Record<string, string>>;
    readonly signal: AbortSignal;
  },
) => Promise<HttpsAnswer>;

const longestAnswer = 65_536;

/** @param authorities - PEM certificates that are trusted in addition to the public ones. */
export const createHttpsPost = (authorities: readonly string[] = []): HttpsPost => {
  const ca = authorities.length > 0 ? [...rootCertificates, ...authorities] : undefined;
  const agent = new Agent({ keepAlive: true, maxSockets: 4, ...(ca && { ca }) });
  return (url, { body, headers, signal }) =>
    new Promise((resolve, reject) => {
      const length = String(Buffer.byteLength(body));
      const options = { agent, method: 'POST', headers: { ...headers, 'content-length': length }, signal };
      const outgoing = request(url, options, (response) => {
        readText(response).then((text) => {
          resolve({ status: response.statusCode ?? 0, ...retryAfter(response), body: text });
        }, fail);
      });
      const fail = (cause: unknown) => {
        reject(describe(cause, url, signal));
      };
      outgoing.on('error', fail);
      outgoing.end(body);
    });
};

/**
 * The authorities of the file that the construct put next to the function.
 *
 * @throws CodedError `authorities-unreadable`
 */
export const readExtraAuthorities = (file: string | undefined): readonly string[] => {
  if (file === undefined || file === '') return [];
  try {
    return [readFileSync(file, 'utf8')];
  } catch (cause) {
    throw new CodedError(
      'authorities-unreadable',
      `${authoritiesVariable} must name a readable file with PEM certificates (got ${file})`,
      { retryable: false, cause },
    );
  }
};

const readText = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= longestAnswer) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const retryAfter = ({ headers }: IncomingMessage): { retryAfterMs?: number } => {
  const seconds = Number(headers['retry-after']);
  return headers['retry-after'] !== undefined && seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
};

const describe = (cause: unknown, url: URL, signal: AbortSignal): SiemError => {
  if (signal.aborted) return new SiemError('timeout', `no answer from ${url.origin} in time`, { cause });
  const { code, message } = cause as NodeJS.ErrnoException;
  return new SiemError('unreachable', `no connection to ${url.origin}: ${code ?? message}`, { cause });
};
