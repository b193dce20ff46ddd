/** Reads the collector's answer, and says what a refusal means for the events. */
import { SiemError } from '../deliver/siem.ts';
import type { HttpsAnswer } from './https-post.ts';

/** https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector */
export interface HecAnswer {
  readonly status: number;
  readonly code?: number;
  readonly text?: string;
  readonly ackId?: number;
  readonly acks?: Readonly<Record<string, unknown>>;
  readonly invalidEventNumber?: number;
  readonly retryAfterMs?: number;
}

export const readHecAnswer = ({ status, retryAfterMs, body }: HttpsAnswer): HecAnswer => {
  const { code, text, ackId, acks, ...rest } = parse(body);
  const invalidEventNumber = rest['invalid-event-number'];
  return {
    status,
    ...(typeof code === 'number' && { code }),
    ...(typeof text === 'string' && { text: text.slice(0, 200) }),
    ...(typeof ackId === 'number' && { ackId }),
    ...(typeof acks === 'object' && acks !== null && { acks: acks as Readonly<Record<string, unknown>> }),
    ...(typeof invalidEventNumber === 'number' && { invalidEventNumber }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
};

/**
 * Codes 6, 12, 13 and 15 are about one event. Code 7 is not, though it names an event: every event has the same index.
 * 503, 429, 408 and other failures of the server pass by themselves; everything else needs an operator.
 */
export const hecError = (answer: HecAnswer): SiemError => {
  const { status, code, invalidEventNumber, retryAfterMs } = answer;
  const message = `the SIEM answered ${status}${answer.text === undefined ? '' : ` "${answer.text}"`}${code === undefined ? '' : ` (code ${code})`}`;
  if (status === 401 || status === 403) return new SiemError('unauthorised', message);
  if (status === 413) return new SiemError('too-large', message);
  if (status === 408 || status === 429 || status >= 500) {
    return new SiemError('busy', message, retryAfterMs === undefined ? {} : { retryAfterMs });
  }
  if (status === 400 && code !== undefined && eventCodes.has(code) && invalidEventNumber !== undefined) {
    return new SiemError('event-refused', message, { eventNumber: invalidEventNumber });
  }
  return new SiemError('misconfigured', message);
};

const eventCodes: ReadonlySet<number> = new Set([6, 12, 13, 15]);

const parse = (body: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  } catch {
    // A proxy answers in HTML; the status says enough.
    return {};
  }
};
