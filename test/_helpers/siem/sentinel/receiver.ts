/**
 * An imitation of the Logs Ingestion API of Azure Monitor:
 * https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview, with its limits:
 * https://learn.microsoft.com/azure/azure-monitor/fundamentals/service-limits#logs-ingestion-api.
 * Like Azure Monitor, it answers 204 to what it then drops or cuts: a body that is not an array, unknown columns, values
 * of another type, fields over 64 KB.
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

export interface Column {
  readonly name: string;
  readonly type: string;
}

export type Row = Readonly<Record<string, unknown>>;

export interface SentinelReceiver extends HttpsReceiver {
  /** As the table has them. */
  readonly rows: readonly Row[];
  /** What was answered with 204 and is not in the table. */
  readonly lost: readonly string[];
}

export interface SentinelReceiverSettings {
  readonly rule: string;
  readonly stream: string;
  readonly columns: readonly Column[];
  readonly isGoodToken: (token: string) => boolean;
  /** Whether the application has the role Monitoring Metrics Publisher on the rule. @default true */
  readonly isPublisher?: () => boolean;
}

const megabyte = 1_048_576;
const largestField = 65_536;

export const startSentinelReceiver = async (
  certificates: LocalCertificates,
  settings: SentinelReceiverSettings,
): Promise<SentinelReceiver> => {
  const rows: Row[] = [];
  const lost: string[] = [];

  const answer = (request: ReceivedRequest): Reply => {
    const refusal = refuse(request, settings);
    if (refusal) return refusal;
    const body = decompressed(request, megabyte);
    if (body === 'too-large') {
      return apiError(413, 'ContentLengthLimitExceeded', 'Maximum allowed content length: 1048576 bytes (1 MB).');
    }
    if (typeof body === 'string') return apiError(400, 'InvalidContentEncoding', `${body} content encoding`);
    const parsed = parseJson(body);
    if (parsed === undefined) return apiError(400, 'InvalidContent', 'The body is not valid JSON.');
    if (Array.isArray(parsed) && parsed.every(isObject)) {
      for (const entry of parsed) rows.push(toRow(entry, settings.columns, (what) => lost.push(what)));
    } else lost.push('a body that is not an array of objects');
    return { status: 204 };
  };

  const receiver = await startHttpsReceiver(certificates, answer);
  return { ...receiver, rows, lost };
};

const refuse = (request: ReceivedRequest, settings: SentinelReceiverSettings): Reply | undefined => {
  const { method, url, headers } = request;
  const path = /^\/dataCollectionRules\/([^/]+)\/streams\/([^/]+)$/.exec(url.pathname);
  if (!path || method !== 'POST') return apiError(404, 'NotFound', 'The resource was not found.');
  const version = url.searchParams.get('api-version');
  if (version === null) return apiError(400, 'MissingApiVersionParameter', 'The api-version is missing.');
  if (version !== '2023-01-01') return apiError(400, 'InvalidApiVersion', 'The api-version is not supported.');
  const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
  if (token === undefined || !settings.isGoodToken(token)) {
    return apiError(401, 'AuthenticationFailed', 'Authentication failed.');
  }
  const [, rule = '', stream = ''] = path.map(decodeURIComponent);
  if (rule !== settings.rule) return apiError(404, 'NotFound', `Data collection rule ${rule} was not found.`);
  if (settings.isPublisher?.() === false) {
    return apiError(403, 'OperationFailed', 'The authentication token provided does not have access to ingest data.');
  }
  if (stream !== settings.stream) {
    return apiError(400, 'InvalidStream', `Stream ${stream} is not configured in the data collection rule.`);
  }
  if (mediaType(request) !== 'application/json') return apiError(415, 'UnsupportedMediaType', 'Not JSON.');
  return undefined;
};

const toRow = (entry: Row, columns: readonly Column[], lose: (what: string) => void): Row => {
  const row: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(entry)) {
    const type = columns.find((column) => column.name === name)?.type;
    if (type === undefined) lose(`the unknown column ${name}`);
    else if (!isOfType(value, type)) lose(`the column ${name}, which is not of type ${type}`);
    else if (Buffer.byteLength(typeof value === 'string' ? value : JSON.stringify(value)) > largestField) {
      lose(`the end of the column ${name}`);
    } else row[name] = value;
  }
  if (row['TimeGenerated'] === undefined) lose('the time of a row');
  return row;
};

const isOfType = (value: unknown, type: string): boolean => {
  switch (type) {
    case 'string':
      return typeof value === 'string';
    case 'datetime':
      return typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z$/.test(value);
    case 'int':
      return Number.isInteger(value) && Math.abs(Number(value)) < 2 ** 31;
    case 'dynamic':
      return isObject(value) || Array.isArray(value);
    default:
      throw new Error(`${type} is not a type that this receiver has`);
  }
};

const apiError = (status: number, code: string, message: string): Reply => ({
  status,
  headers: { 'x-ms-error-code': code },
  body: { error: { code, message } },
});
