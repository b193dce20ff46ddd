/** Audit events as OCSF: from the body of a queue message, which is an EventBridge event, or from a record of a trail's file. */
import { InvalidEvent } from '../../runtime/invalid-event.ts';
import { parseMessage } from '../../runtime/parse-json.ts';
import { isFields, text, type Fields } from './event-reader.ts';
import { cloudTrailToOcsf, type RecordOrigin } from './cloudtrail-to-ocsf.ts';
import { labelUpdatedToOcsf } from './label-updated-to-ocsf.ts';
import type { ApiActivity } from './ocsf.ts';
import { ownDetailType, ownEventToOcsf } from './own-event-to-ocsf.ts';

const detailTypes = [
  'AWS API Call via CloudTrail',
  'AWS Service Event via CloudTrail',
  'Secret Label Updated',
] as const;

/**
 * EventBridge and CloudTrail add fields, and an audit event must not be lost for one: unknown fields are ignored. Fields
 * that are not required and have another type count as absent, for the same reason.
 *
 * @throws InvalidEvent with what is wrong; never with what the message holds beyond its names.
 */
export const normalise = (body: string): ApiActivity => normaliseEvent(parseMessage(body));

/**
 * @param event of EventBridge, parsed.
 * @throws InvalidEvent as `normalise` does.
 */
export const normaliseEvent = (event: unknown): ApiActivity => {
  if (!isFields(event))
    throw new InvalidEvent(`The message is not valid: it is ${kindOf(event)} and must be an object`);
  const type = event['detail-type'];
  const detail = event['detail'];
  const isOwn = typeof type === 'string' && ownDetailType.test(type);
  if (!isOwn && !detailTypes.some((known) => known === type)) {
    const problem = type === undefined ? 'is missing and must be' : 'must be';
    throw new InvalidEvent(`The message is not valid: detail-type ${problem} one of ${detailTypes.join(', ')}`);
  }
  if (!isFields(detail)) {
    const problem = detail === undefined ? 'is missing' : `is ${kindOf(detail)}`;
    throw new InvalidEvent(`The message is not valid: detail ${problem} and must be an object`);
  }
  if (isOwn) return ownEventToOcsf(event);
  if (type === 'Secret Label Updated') return labelUpdatedToOcsf(event);
  return normaliseRecord(detail, originOf(event));
};

/**
 * @param record of CloudTrail: of a trail's file, or the `detail` of an event.
 * @param origin from the key of the file, or from the event.
 * @throws InvalidEvent as `normalise` does.
 */
export const normaliseRecord = (record: unknown, origin: RecordOrigin): ApiActivity => {
  if (!isFields(record)) throw new InvalidEvent(`The record is ${kindOf(record)} and must be an object`);
  return cloudTrailToOcsf(record, origin);
};

const originOf = (event: Fields): RecordOrigin => {
  const account = text(event, 'account', 128);
  const region = text(event, 'region', 128);
  return { ...(account !== undefined && { account }), ...(region !== undefined && { region }) };
};

const kindOf = (value: unknown): string => {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return `a ${typeof value}`;
};
