/** HTTPS requests over kept-alive connections, for as long as their signal lets them. */
import { Buffer } from 'node:buffer';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { rootCertificates } from 'node:tls';
import { authoritiesVariable, CodedError } from '../../../lib/contract/index.ts';
import { DestinationError, type HttpsAnswer, type HttpsRequest } from './destination.ts';

export interface HttpsRequestOptions {
  /** PEM certificates that are trusted in addition to the public ones. @default none */
  readonly authorities?: readonly string[];
  /** Milliseconds since the epoch. @default Date.now */
  readonly now?: () => number;
}

const longestAnswer = 1_048_576;

export const createHttpsRequest = ({ authorities = [], now = Date.now }: HttpsRequestOptions = {}): HttpsRequest => {
  const ca = authorities.length > 0 ? [...rootCertificates, ...authorities] : undefined;
  const agent = new Agent({ keepAlive: true, maxSockets: 8, ...(ca && { ca }) });
  return (url, { method = 'POST', body, headers, signal }) =>
    new Promise((resolve, reject) => {
      const fail = (cause: unknown) => {
        reject(describe(cause, url, signal));
      };
      const length = String(Buffer.byteLength(body));
      const options = { agent, method, headers: { ...headers, 'content-length': length }, signal };
      try {
        const outgoing = request(url, options, (response) => {
          readText(response).then((text) => {
            resolve(answerOf(response, text, now()));
          }, fail);
        });
        outgoing.on('error', fail);
        outgoing.end(body);
      } catch (cause) {
        // A header with a character that HTTP does not have.
        reject(new DestinationError('misconfigured', `no request to ${url.origin} can be made of this`, { cause }));
      }
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

const answerOf = ({ statusCode = 0, headers }: IncomingMessage, body: string, now: number): HttpsAnswer => {
  const retryAfterMs = retryAfter(headers['retry-after'], now);
  const contentType = headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  return {
    status: statusCode,
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(contentType !== undefined && { contentType }),
    body,
  };
};

/** Reads no further than it has to: an answer without end would take the time and memory of the function. */
const readText = async (response: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk.subarray(0, longestAnswer - size));
    size += chunk.length;
    if (size >= longestAnswer) break;
  }
  return Buffer.concat(chunks).toString('utf8');
};

/** Seconds, or a date: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 */
const retryAfter = (value: string | undefined, now: number): number | undefined => {
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = value.endsWith(' GMT') ? Date.parse(value) : NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
};

const describe = (cause: unknown, url: URL, signal: AbortSignal): DestinationError => {
  if (signal.aborted) return new DestinationError('timeout', `no answer from ${url.origin} in time`, { cause });
  const { code, message } = cause as NodeJS.ErrnoException;
  return new DestinationError('unreachable', `no connection to ${url.origin}: ${code ?? message}`, { cause });
};
