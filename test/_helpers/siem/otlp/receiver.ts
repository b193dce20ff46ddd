/**
 * An imitation of an OTLP/HTTP receiver for logs in JSON: https://opentelemetry.io/docs/specs/otlp/#otlphttp.
 * It is stricter in one thing: the specification lets unknown fields pass, by which a misspelt one is lost.
 */
import type { LocalCertificates } from '../../../../local/tls.ts';
import {
  decompressed,
  mediaType,
  parseJson,
  startHttpsReceiver,
  type HttpsReceiver,
  type ReceivedRequest,
  type Reply,
} from '../https-receiver.ts';
import { readLogRecords, type LogRecord } from './read-log-records.ts';

export interface OtlpReceiver extends HttpsReceiver {
  readonly records: readonly LogRecord[];
  /** Records that it rejects from now on, in a partial success. */
  reject(matches: (record: LogRecord) => boolean): void;
}

export interface OtlpReceiverOptions {
  readonly header: string;
  readonly value: string;
  /** Of the body, decompressed. @default 20 MiB, as recommended */
  readonly largest?: number;
}

export const startOtlpReceiver = async (
  certificates: LocalCertificates,
  { header, value, largest = 20 * 1_048_576 }: OtlpReceiverOptions,
): Promise<OtlpReceiver> => {
  const records: LogRecord[] = [];
  let isRejected = (_record: LogRecord) => false;

  const answer = (request: ReceivedRequest): Reply => {
    const { method, url, headers } = request;
    if (url.pathname !== '/v1/logs') return { status: 404, body: 'page not found' };
    if (method !== 'POST') return { status: 405, body: 'method not allowed' };
    if (headers[header] !== value) return status(401, 'not authenticated');
    if (mediaType(request) !== 'application/json') return { status: 415, body: 'unsupported media type' };
    const body = decompressed(request, largest);
    if (body === 'too-large') return status(413, 'request body too large');
    if (typeof body === 'string') return status(400, `${body} content encoding`);
    const read = readLogRecords(parseJson(body));
    if (typeof read === 'string') return status(400, read);
    const taken = read.filter((record) => !isRejected(record));
    records.push(...taken);
    return { status: 200, body: partialSuccess(read.length - taken.length) };
  };

  const receiver = await startHttpsReceiver(certificates, answer);
  return {
    ...receiver,
    records,
    reject: (matches) => {
      isRejected = matches;
    },
  };
};

/** 64-bit integers are texts. */
const partialSuccess = (rejected: number): object =>
  rejected === 0
    ? {}
    : { partialSuccess: { rejectedLogRecords: String(rejected), errorMessage: 'records are over the limit' } };

/** `google.rpc.Status` */
const status = (code: number, message: string): Reply => ({ status: code, body: { message } });
