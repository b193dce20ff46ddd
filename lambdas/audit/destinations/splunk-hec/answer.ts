/** Reads the collector's answer, and says what it means for the events. */
import { answerText, codedAnswerError, jsonObject } from '../answer-error.ts';
import type { DestinationErrorCode, HttpsAnswer } from '../destination.ts';
import { DestinationError } from '../destination.ts';

export type HecVerdict =
  /** Taken; with an id if it can be asked whether they are indexed. */
  | { readonly kind: 'accepted'; readonly ackId?: number }
  /** The event at `position` is refused. Those before it are taken, those after it were not looked at. */
  | { readonly kind: 'invalid-event'; readonly position: number; readonly reason: string };

/**
 * https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector
 *
 * @param events - number of events that were sent.
 * @throws DestinationError if it is about all events.
 */
export const readHecAnswer = (answer: HttpsAnswer, events: number, token: string): HecVerdict => {
  const body = jsonObject(answer) ?? {};
  const { code, ackId } = body;
  if (answer.status === 200 && typeof code === 'number' && successCodes.has(code)) {
    return { kind: 'accepted', ...(typeof ackId === 'number' && { ackId }) };
  }
  if (answer.status === 400 && typeof code === 'number' && eventCodes.has(code)) {
    const number = body['invalid-event-number'];
    const reason = refusal(answer, token).message;
    if (events === 1) return { kind: 'invalid-event', position: 0, reason };
    if (typeof number === 'number' && Number.isInteger(number) && number >= 0 && number < events) {
      return { kind: 'invalid-event', position: number, reason };
    }
    // Halving the batch finds the event.
    throw new DestinationError('too-large', `${reason}, without the number of the invalid event`);
  }
  throw refusal(answer, token);
};

/** Whether the events with this id are indexed. @throws DestinationError */
export const readHecAcknowledgement = (answer: HttpsAnswer, ackId: number, token: string): boolean => {
  const { acks } = jsonObject(answer) ?? {};
  if (answer.status !== 200 || typeof acks !== 'object' || acks === null) throw refusal(answer, token);
  return (acks as Readonly<Record<string, unknown>>)[String(ackId)] === true;
};

/** 24 and 25 say that the events are taken, and that a queue is almost full. */
const successCodes: ReadonlySet<number> = new Set([0, 24, 25]);

/** Format, event missing, event blank, indexed fields. Code 7, the index, is not one: every event has the same. */
const eventCodes: ReadonlySet<number> = new Set([6, 12, 13, 15]);

const refusal = (answer: HttpsAnswer, token: string): DestinationError => {
  const { code, text } = jsonObject(answer) ?? {};
  const said = typeof code === 'number' ? `${answerText(text, [token])} (code ${code})` : answerText(text, [token]);
  return codedAnswerError(errorCode(answer.status, code), 'Splunk', answer, said);
};

const errorCode = (status: number, code: unknown): DestinationErrorCode => {
  // 21 and 22: the token is invalid or disabled.
  if (status === 401 || status === 403 || code === 21 || code === 22) return 'unauthorised';
  if (status === 413) return 'too-large';
  if (status === 408 || status === 429 || status >= 500) return 'busy';
  return 'misconfigured';
};
