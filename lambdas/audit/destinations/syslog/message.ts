/** An event as a syslog message: https://www.rfc-editor.org/rfc/rfc5424, framed by https://www.rfc-editor.org/rfc/rfc5425 */
import { Buffer } from 'node:buffer';
import type { OutgoingEvent } from '../destination.ts';

export interface MessageSettings {
  /** 0 to 23. */
  readonly facility: number;
  /** Sent as HOSTNAME. */
  readonly environment: string;
}

const application = 'strongroom';
/** The project has no enterprise number of its own; this one is for examples: https://www.rfc-editor.org/rfc/rfc5612 */
const structuredDataId = `${application}@32473`;
const nil = '-';
const byteOrderMark = '\uFEFF';

/** The number of its octets, then the message: no content can end it early, or begin another one. */
export const frame = (event: OutgoingEvent, settings: MessageSettings): Buffer => {
  const message = Buffer.from(syslogMessage(event, settings));
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
};

export const syslogMessage = (event: OutgoingEvent, { facility, environment }: MessageSettings): string =>
  [
    `<${facility * 8 + syslogSeverity(event.severity)}>1`,
    timestamp(event.time),
    name(environment, 255),
    application,
    nil,
    name(operationOf(event.document) ?? nil, 32),
    `[${structuredDataId} eventId="${parameter(event.id)}" environment="${parameter(environment)}"]`,
    byteOrderMark + withoutControls(event.json),
  ].join(' ');

/** From `severity_id` of OCSF. The fatal ones are alerts: emergencies go to every terminal of many servers. */
const syslogSeverity = (severity: number): number => severities[severity] ?? 6;

const severities: Readonly<Record<number, number>> = { 1: 6, 2: 5, 3: 4, 4: 3, 5: 2, 6: 1 };

const timestamp = (time: number): string => {
  const date = new Date(time);
  const year = date.getUTCFullYear();
  return year >= 0 && year <= 9999 ? date.toISOString() : nil;
};

/** PRINTUSASCII, at most so many characters. */
const name = (text: string, length: number): string => text.replace(/[^\x21-\x7e]/g, '_').slice(0, length) || nil;

/** Line breaks are allowed in a parameter, but receivers write lines. */
const parameter = (text: string): string => withoutControls(text).replace(/["\\\]]/g, '\\$&');

/**
 * JSON escapes most control characters in its texts. The rest of them is escaped here; between texts they are space.
 * Receivers write lines, and people read them on terminals.
 */
const withoutControls = (text: string): string =>
  text
    // eslint-disable-next-line no-control-regex -- it is these that are replaced
    .replace(/[\u0000-\u001F]/g, ' ')
    .replace(/[\u007F-\u009F\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** In the view of the destination: OCSF, ECS or CIM. */
const operationOf = ({ api, event, command, activity_name: activity }: OutgoingEvent['document']): string | undefined =>
  [textOf(api, 'operation'), textOf(event, 'action'), command, activity].find((one) => typeof one === 'string');

const textOf = (value: unknown, key: string): unknown =>
  typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[key] : undefined;
