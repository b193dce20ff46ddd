/** What the answer of an HTTPS destination means, if it says no more than its status. */
import { DestinationError, type DestinationErrorCode, type HttpsAnswer } from './destination.ts';

/**
 * 408, 429 and 5xx pass by themselves. Redirects are not followed: the credential would leave with them.
 *
 * @param who - the destination as messages name it: `Datadog`.
 * @param text - what the answer says, from `answerText`.
 */
export const answerError = (who: string, answer: HttpsAnswer, text = ''): DestinationError =>
  codedAnswerError(codeOf(answer.status), who, answer, text);

export const codedAnswerError = (
  code: DestinationErrorCode,
  who: string,
  { status, retryAfterMs, contentType }: HttpsAnswer,
  text = '',
): DestinationError => {
  const message = [
    `${who} answered ${status}`,
    text === '' ? '' : ` "${text}"`,
    contentType === 'text/html' ? ' with an HTML page' : '',
    status >= 300 && status < 400 ? ': redirects are not followed, check the address in the catalog' : '',
  ].join('');
  return new DestinationError(code, message, retryAfterMs === undefined ? {} : { retryAfterMs });
};

const codeOf = (status: number): DestinationErrorCode => {
  if (status === 401 || status === 403) return 'unauthorised';
  if (status === 413) return 'too-large';
  if (status === 408 || status === 429 || status >= 500) return 'busy';
  return 'misconfigured';
};

/**
 * Part of what a server says, for messages: one line, without control characters and without the credential, which a
 * server can echo.
 */
export const answerText = (text: unknown, credentials: readonly string[]): string => {
  if (typeof text !== 'string') return '';
  const clean = credentials.filter(Boolean).reduce((rest, credential) => rest.replaceAll(credential, '***'), text);
  return clean
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 200);
};

/** The body as a JSON object; undefined for anything else, such as the page of a proxy. */
export const jsonObject = ({ body }: HttpsAnswer): Readonly<Record<string, unknown>> | undefined => {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    // The status says enough.
    return undefined;
  }
};
