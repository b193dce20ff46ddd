/**
 * Sends events to Microsoft Sentinel by the Logs Ingestion API of Azure Monitor:
 * https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview
 */
import type { SentinelSettings } from '../../../../lib/contract/index.ts';
import { answerError, answerText, codedAnswerError, jsonObject } from '../answer-error.ts';
import { asciiCredential, withCredential } from '../credential.ts';
import {
  DestinationError,
  type Destination,
  type DestinationParts,
  type HttpsAnswer,
  type OutgoingEvent,
} from '../destination.ts';
import { gzipJson } from '../gzip.ts';
import { isolateRefused } from '../isolate-refused.ts';
import { createTokenSource, type TokenSource } from './token-source.ts';
import { tableRow } from './table-row.ts';

export const createSentinel = (settings: SentinelSettings, parts: DestinationParts): Destination => {
  const [rule, stream] = [encodeURIComponent(settings.rule), encodeURIComponent(settings.stream)];
  const url = new URL(`/dataCollectionRules/${rule}/streams/${stream}`, settings.url);
  url.searchParams.set('api-version', '2023-01-01');
  const tokens = createTokenSource(settings, parts);

  const send = async (events: readonly OutgoingEvent[], token: string, signal: AbortSignal) => {
    const rows = events.map((event) => tableRow(event, { environment: parts.environment, view: settings.view }));
    const { body, headers } = await gzipJson(`[${rows.join(',')}]`);
    const answer = await parts.request(url, {
      body,
      headers: { ...headers, authorization: `Bearer ${token}` },
      signal,
    });
    return readAnswer(answer, token);
  };

  return {
    // 1 MB for each call, compressed or not. A field over 64 KB is cut without a word, and the event is one field.
    limits: { batchEvents: 500, batchBytes: 800_000, eventBytes: 60_000 },
    send: (events, signal) =>
      withCredential(parts.secret, signal, (value) =>
        withToken(tokens, asciiCredential(value, 'clientSecret'), signal, (token) =>
          isolateRefused(events, (batch) => send(batch, token, signal)),
        ),
      ),
  };
};

/** A refused token is renewed once: its key may have been replaced, or the clock of the machine is wrong. */
const withToken = async <Result>(
  tokens: TokenSource,
  clientSecret: string,
  signal: AbortSignal,
  attempt: (token: string) => Promise<Result>,
): Promise<Result> => {
  const token = await tokens.get(clientSecret, signal);
  try {
    return await attempt(token);
  } catch (error) {
    if (!(error instanceof TokenRefused)) throw error;
    return await attempt(await tokens.renew(token, clientSecret, signal));
  }
};

/** The token itself is refused (401), not what its application may do (403). */
class TokenRefused extends DestinationError {}

/** Codes of 400 that are about the address, not about the rows. */
const settingCodes: ReadonlySet<string> = new Set([
  'InvalidStream',
  'InvalidDcr',
  'InvalidDcrId',
  'InvalidApiVersion',
  'InvalidStreamName',
  'UnsupportedApiVersion',
  'MissingApiVersionParameter',
]);

const readAnswer = (answer: HttpsAnswer, token: string): string | undefined => {
  if (answer.status === 204) return undefined;
  const { code, message } = readError(answer);
  const text = answerText([code, message].filter((part) => typeof part === 'string').join(': '), [token]);
  const who = 'Azure Monitor';
  if (answer.status === 401) throw new TokenRefused('unauthorised', answerError(who, answer, text).message);
  if (answer.status === 400) {
    if (typeof code === 'string' && settingCodes.has(code)) throw codedAnswerError('misconfigured', who, answer, text);
    return answerError(who, answer, text).message;
  }
  throw answerError(who, answer, text);
};

/** `{"error":{"code":"InvalidStream","message":"…"}}` */
const readError = (answer: HttpsAnswer): { readonly code?: unknown; readonly message?: unknown } => {
  const error = jsonObject(answer)?.['error'];
  return typeof error === 'object' && error !== null ? error : {};
};
