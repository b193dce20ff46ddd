/** The body of a `_bulk` request: two lines for each event. */
import { createHash } from 'node:crypto';
import type { OutgoingEvent } from '../destination.ts';

/** @param now - milliseconds since the epoch, for an event whose time is not valid. */
export const bulkBody = (events: readonly OutgoingEvent[], now: number): string =>
  events.map((event) => `${action(event)}\n${document(event, now)}\n`).join('');

const action = (event: OutgoingEvent): string => JSON.stringify({ create: { _id: documentId(event) } });

/**
 * The event's id, as far as it can be a `_id`, which is at most 512 bytes: for a longer one the whole request is refused.
 * Others are hashed, so that the same event has the same id every time.
 */
export const documentId = ({ id }: Pick<OutgoingEvent, 'id'>): string =>
  /^[\x21-\x7e]{1,512}$/.test(id) ? id : `sha256-${createHash('sha256').update(JSON.stringify(id)).digest('hex')}`;

/** A data stream needs `@timestamp`. The document has no line break, for each line is one. */
const document = ({ document: fields, json, time }: OutgoingEvent, now: number): string => {
  const line = json.includes('\n') ? JSON.stringify(fields) : json;
  if ('@timestamp' in fields) return line;
  const timestamp = JSON.stringify({ '@timestamp': new Date(isTime(time) ? time : now) }).slice(0, -1);
  return line === '{}' ? `${timestamp}}` : `${timestamp},${line.slice(1)}`;
};

/** Within the years that `strict_date_optional_time` reads. */
const isTime = (time: number): boolean => time >= 0 && time < Date.UTC(10_000, 0);
