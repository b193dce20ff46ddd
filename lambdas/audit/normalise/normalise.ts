/** The body of a queue message, an EventBridge event, as OCSF. */
import { cloudTrailToOcsf } from './cloudtrail-to-ocsf.ts';
import { isFields, requiredText } from './event-reader.ts';
import { InvalidEvent } from './invalid-event.ts';
import { labelUpdatedToOcsf } from './label-updated-to-ocsf.ts';
import type { ApiActivity } from './ocsf.ts';

/** @throws InvalidEvent with what is wrong; never with what the message holds beyond its names. */
export const normalise = (body: string): ApiActivity => {
  const event = parse(body);
  if (!isFields(event)) throw new InvalidEvent('the message must be a JSON object');
  const type = requiredText(event, 'detail-type');
  switch (type) {
    case 'AWS API Call via CloudTrail':
    case 'AWS Service Event via CloudTrail': {
      const detail = event['detail'];
      if (!isFields(detail)) throw new InvalidEvent('detail must be an object');
      return cloudTrailToOcsf(detail);
    }
    case 'Secret Label Updated':
      return labelUpdatedToOcsf(event);
    default:
      throw new InvalidEvent(
        `detail-type must be "AWS API Call via CloudTrail", "AWS Service Event via CloudTrail" or "Secret Label Updated"`,
      );
  }
};

const parse = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's own message quotes the text.
    throw new InvalidEvent('the message must be JSON');
  }
};
