/** Reads the body of a collector request into events, and refuses what Splunk refuses. */
import { HecRefusal, type HecReplyName } from './hec-replies.ts';

/** The envelope of an event: https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/format-events-for-http-event-collector */
export interface HecEvent {
  readonly event: unknown;
  /** Seconds since the epoch, with milliseconds as decimals. */
  readonly time?: number;
  readonly host?: string;
  readonly source?: string;
  readonly sourcetype?: string;
  readonly index?: string;
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * Hands over each event of a batch in turn, and refuses the batch at its first invalid event. Earlier ones stay
 * handed over: a sender that resends the batch must therefore be one whose duplicates are recognised.
 *
 * @throws HecRefusal with `invalid-event-number`, counted from 0.
 */
export const readHecEvents = (
  body: string,
  indexes: readonly string[] | undefined,
  accept: (event: HecEvent) => void,
): void => {
  if (body.trim() === '') throw new HecRefusal('noData');
  let position = 0;
  for (const text of splitJson(body)) {
    for (const value of parse(text, position)) {
      accept(checkEvent(value, position, indexes));
      position += 1;
    }
  }
};

/** The raw endpoint: one event a line. */
export const readRawEvents = (body: string, accept: (event: HecEvent) => void): void => {
  const lines = body.split(/\r?\n/).filter((line) => line.trim() !== '');
  if (lines.length === 0) throw new HecRefusal('noData');
  for (const line of lines) accept({ event: line });
};

/** Cuts concatenated JSON values apart: events of a batch stand one after the other, with or without white space. */
function* splitJson(body: string): Generator<string> {
  let start = 0;
  let depth = 0;
  let inString = false;
  for (let at = 0; at < body.length; at += 1) {
    const character = body[at];
    if (inString) {
      if (character === '\\') at += 1;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === '{' || character === '[') depth += 1;
    else if (character === '}' || character === ']') {
      depth -= 1;
      if (depth > 0) continue;
      yield body.slice(start, at + 1);
      start = at + 1;
    }
  }
  const rest = body.slice(start).trim();
  if (rest !== '') yield rest;
}

const parse = (text: string, position: number): unknown[] => {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch {
    throw invalid('invalidDataFormat', position);
  }
};

const checkEvent = (value: unknown, position: number, indexes: readonly string[] | undefined): HecEvent => {
  if (!isObject(value)) throw invalid('invalidDataFormat', position);
  const { event, time, fields, index } = value;
  if (event === undefined || event === null) throw invalid('eventRequired', position);
  if (isBlank(event)) throw invalid('eventBlank', position);
  const seconds = time === undefined ? undefined : Number(time);
  if (Number.isNaN(seconds)) throw invalid('indexedFields', position);
  if (fields !== undefined && !isObject(fields)) throw invalid('invalidDataFormat', position);
  if (fields && Object.values(fields).some((field) => isObject(field))) throw invalid('indexedFields', position);
  // Splunk 10 counts from 1 in this one answer.
  if (typeof index === 'string' && indexes && !indexes.includes(index)) throw invalid('incorrectIndex', position + 1);
  return {
    event,
    ...(seconds !== undefined && { time: seconds }),
    ...(fields && { fields }),
    ...textFields(value),
  };
};

const textFields = (value: Record<string, unknown>): Pick<HecEvent, 'host' | 'source' | 'sourcetype' | 'index'> => {
  const given: Partial<Record<'host' | 'source' | 'sourcetype' | 'index', string>> = {};
  for (const name of ['host', 'source', 'sourcetype', 'index'] as const) {
    const text = value[name];
    if (typeof text === 'string') given[name] = text;
  }
  return given;
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isBlank = (event: unknown): boolean =>
  (typeof event === 'string' && event.trim() === '') ||
  (typeof event === 'object' && event !== null && Object.keys(event).length === 0);

const invalid = (name: HecReplyName, position: number) => new HecRefusal(name, { 'invalid-event-number': position });
