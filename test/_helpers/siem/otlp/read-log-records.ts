/** Reads `ExportLogsServiceRequest` of the JSON encoding. What the protocol buffers do not declare is refused. */
import { isObject } from '../https-receiver.ts';

export interface LogRecord {
  readonly timeUnixNano: bigint;
  readonly observedTimeUnixNano: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly eventName: string;
  readonly body: unknown;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: string;
}

type Fields = Readonly<Record<string, unknown>>;

class Invalid extends Error {}

/** @returns what is not valid, as a text, or the records. */
export const readLogRecords = (request: unknown): readonly LogRecord[] | string => {
  try {
    return list(fields(request, ['resourceLogs'])['resourceLogs']).flatMap(readResource);
  } catch (error) {
    if (error instanceof Invalid) return error.message;
    throw error;
  }
};

const readResource = (given: unknown): LogRecord[] => {
  const { resource, scopeLogs } = fields(given, ['resource', 'scopeLogs', 'schemaUrl']);
  const attributes = keyValues(fields(resource ?? {}, ['attributes', 'droppedAttributesCount'])['attributes']);
  return list(scopeLogs).flatMap((scoped) => {
    const { scope, logRecords } = fields(scoped, ['scope', 'logRecords', 'schemaUrl']);
    const named = fields(scope ?? {}, ['name', 'version', 'attributes', 'droppedAttributesCount']);
    return list(logRecords).map((record) => ({
      ...readRecord(record),
      resource: attributes,
      scope: text(named['name']),
    }));
  });
};

const recordKeys = [
  'timeUnixNano',
  'observedTimeUnixNano',
  'severityNumber',
  'severityText',
  'body',
  'attributes',
  'droppedAttributesCount',
  'flags',
  'traceId',
  'spanId',
  'eventName',
];

const readRecord = (given: unknown): Omit<LogRecord, 'resource' | 'scope'> => {
  const record = fields(given, recordKeys);
  const severityNumber = record['severityNumber'] ?? 0;
  if (!Number.isInteger(severityNumber) || Number(severityNumber) < 0 || Number(severityNumber) > 24) {
    throw new Invalid('severityNumber must be an integer from 0 to 24, not the name of one');
  }
  return {
    timeUnixNano: fixed64(record['timeUnixNano']),
    observedTimeUnixNano: fixed64(record['observedTimeUnixNano']),
    severityNumber: Number(severityNumber),
    severityText: text(record['severityText']),
    eventName: text(record['eventName']),
    body: record['body'] === undefined ? undefined : anyValue(record['body']),
    attributes: keyValues(record['attributes']),
  };
};

/** A decimal text or an integer of at most 64 bits. An integer past 2^53 has lost digits on its way. */
const fixed64 = (given: unknown): bigint => {
  const isNumber = typeof given === 'number' && Number.isSafeInteger(given) && given >= 0;
  const isText = typeof given === 'string' && /^\d{1,20}$/.test(given);
  if (given !== undefined && !isNumber && !isText) throw new Invalid('times must be unsigned 64-bit integers');
  const value = BigInt(given ?? 0);
  if (value >= 1n << 64n) throw new Invalid('times must be unsigned 64-bit integers');
  return value;
};

const keyValues = (given: unknown): Fields => {
  const pairs = list(given ?? []).map((pair) => {
    const { key, value } = fields(pair, ['key', 'value']);
    return [text(key), anyValue(value)] as const;
  });
  if (new Set(pairs.map(([key]) => key)).size < pairs.length) throw new Invalid('keys of attributes must be unique');
  return Object.fromEntries(pairs);
};

/** Exactly one of the kinds. */
const anyValue = (given: unknown): unknown => {
  const kinds = ['stringValue', 'boolValue', 'intValue', 'doubleValue', 'arrayValue', 'kvlistValue', 'bytesValue'];
  const entries = Object.entries(fields(given ?? {}, kinds));
  const [entry] = entries;
  if (entries.length !== 1 || !entry) throw new Invalid('a value must have exactly one kind');
  const [kind, value] = entry;
  switch (kind) {
    case 'stringValue':
    case 'bytesValue':
      return text(value);
    case 'kvlistValue':
      return keyValues(fields(value, ['values'])['values']);
    case 'arrayValue':
      return list(fields(value, ['values'])['values']).map(anyValue);
    default:
      return value;
  }
};

const fields = (given: unknown, known: readonly string[]): Fields => {
  if (!isObject(given)) throw new Invalid('a message must be an object');
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) throw new Invalid(`${unknown} is not a field`);
  return given;
};

const list = (given: unknown): readonly unknown[] => {
  if (!Array.isArray(given)) throw new Invalid('a repeated field must be an array');
  return given as readonly unknown[];
};

const text = (given: unknown): string => {
  if (given !== undefined && typeof given !== 'string') throw new Invalid('a text field must be a text');
  return given ?? '';
};
