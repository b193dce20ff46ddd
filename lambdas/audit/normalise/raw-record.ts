/** The record as it came, reduced to the fields that may leave. */
import { recordFields } from './allowed-fields.ts';
import { isFields } from './event-reader.ts';
import { scrubbedJson } from './scrub.ts';

/** CloudTrail's own limit for a record is 256 KiB; what may leave of one has rarely 4 KiB. */
const longestRecord = 32_768;

/**
 * One JSON text of at most 32,768 characters.
 *
 * @param detail record of CloudTrail: of a trail's file, or the `detail` of an event.
 */
export const rawRecord = (detail: unknown): string =>
  (isFields(detail) ? scrubbedJson(detail, recordFields, longestRecord) : undefined) ?? '{}';
