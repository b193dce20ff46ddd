/** The body of a queue message, an EventBridge event, as OCSF. */
import * as z from 'zod/mini';
import { InvalidEvent } from '../../runtime/invalid-event.ts';
import { parseBy } from '../../runtime/parse-by.ts';
import { cloudTrailToOcsf } from './cloudtrail-to-ocsf.ts';
import { labelUpdatedToOcsf } from './label-updated-to-ocsf.ts';
import type { ApiActivity } from './ocsf.ts';

/**
 * Nothing here is strict: EventBridge and CloudTrail add fields, and an audit event must not be lost for one. Fields of
 * `detail` that are not required and have another type count as absent, for the same reason.
 */
const eventBridge = z.looseObject({
  'detail-type': z.enum(['AWS API Call via CloudTrail', 'AWS Service Event via CloudTrail', 'Secret Label Updated']),
  detail: z.record(z.string(), z.unknown()),
});

/** @throws InvalidEvent with what is wrong; never with what the message holds beyond its names. */
export const normalise = (body: string): ApiActivity => {
  const event = parseBy(eventBridge, parseJson(body), 'The message');
  switch (event['detail-type']) {
    case 'AWS API Call via CloudTrail':
    case 'AWS Service Event via CloudTrail':
      return cloudTrailToOcsf(event.detail);
    case 'Secret Label Updated':
      return labelUpdatedToOcsf(event);
  }
};

const parseJson = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own message quotes the text.
    throw new InvalidEvent('The message is not valid JSON');
  }
};
