/** Reads the answer of an OTLP receiver: https://opentelemetry.io/docs/specs/otlp/#otlphttp-response */
import { answerError, answerText, codedAnswerError, jsonObject } from '../answer-error.ts';
import type { HttpsAnswer } from '../destination.ts';

/**
 * @param sent - number of records in the request.
 * @returns why the records are refused; undefined if all were taken.
 * @throws DestinationError
 */
export const readOtlpAnswer = (
  answer: HttpsAnswer,
  sent: number,
  { origin, token }: { readonly origin: string; readonly token: string },
): string | undefined => {
  const { status } = answer;
  const body = jsonObject(answer);
  if (status === 200) {
    const partialSuccess = isResponse(answer, body) ? readPartialSuccess(body) : undefined;
    if (!partialSuccess) throw codedAnswerError('misconfigured', origin, answer, 'not an OTLP answer');
    const { rejected, message } = partialSuccess;
    if (rejected === 0) return undefined;
    const text = answerText(message, [token]);
    // Which records were taken is unknown, and sending any of them again is forbidden.
    return `${origin} rejected ${rejected} of ${sent} records, and does not say which${text === '' ? '' : `: "${text}"`}`;
  }
  const text = answerText(body?.['message'], [token]);
  if (status === 400) return answerError(origin, answer, text).message;
  throw mayRetry(status) ? answerError(origin, answer, text) : codedAnswerError('misconfigured', origin, answer, text);
};

/** Of 408 and 5xx, which other destinations ask to retry, only 502, 503 and 504 may be retried. */
const mayRetry = (status: number): boolean =>
  status !== 408 && (status < 500 || status === 502 || status === 503 || status === 504);

/** The empty message has no bytes in the binary encoding. */
const isResponse = ({ contentType, body }: HttpsAnswer, parsed: object | undefined): boolean =>
  contentType === 'application/json' ? parsed !== undefined : contentType === 'application/x-protobuf' && body === '';

/** Undefined if it is not valid. A 64-bit integer is a number or a decimal text. */
const readPartialSuccess = (
  body: Readonly<Record<string, unknown>> | undefined,
): { readonly rejected: number; readonly message?: unknown } | undefined => {
  const partialSuccess = body?.['partialSuccess'] ?? {};
  if (typeof partialSuccess !== 'object') return undefined;
  const { rejectedLogRecords, errorMessage } = partialSuccess as Readonly<Record<string, unknown>>;
  const rejected = Number(rejectedLogRecords ?? 0);
  return Number.isSafeInteger(rejected) && rejected >= 0 ? { rejected, message: errorMessage } : undefined;
};
