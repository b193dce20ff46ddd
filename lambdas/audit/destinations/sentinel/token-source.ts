/**
 * Tokens of the registered application, by its client credentials:
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
import { createHash } from 'node:crypto';
import type { SentinelSettings } from '../../../../lib/contract/index.ts';
import { answerError, answerText, codedAnswerError, jsonObject } from '../answer-error.ts';
import {
  DestinationError,
  type DestinationErrorCode,
  type DestinationParts,
  type HttpsAnswer,
} from '../destination.ts';

export interface TokenSource {
  /**
   * A token that is good for a while.
   *
   * @throws DestinationError
   */
  get(clientSecret: string, signal: AbortSignal): Promise<string>;
  /** As `get`, but never the token that was refused. */
  renew(refused: string, clientSecret: string, signal: AbortSignal): Promise<string>;
}

interface Token {
  readonly text: string;
  /** Digest of the client secret that it was got with: another secret needs another token. */
  readonly secret: string;
  /** Milliseconds since the epoch: some minutes before it expires, as in Microsoft's libraries. */
  readonly goodUntil: number;
}

const marginMs = 300_000;

export const createTokenSource = (
  settings: Pick<SentinelSettings, 'authority' | 'tenant' | 'client' | 'url'>,
  { request, now }: Pick<DestinationParts, 'request' | 'now'>,
): TokenSource => {
  const url = new URL(`/${encodeURIComponent(settings.tenant)}/oauth2/v2.0/token`, settings.authority);
  const scope = `${audienceOf(settings.url)}/.default`;
  let cached: Token | undefined;
  let pending: { readonly secret: string; readonly token: Promise<string> } | undefined;

  const fetchToken = async (clientSecret: string, signal: AbortSignal): Promise<string> => {
    const form = {
      grant_type: 'client_credentials',
      client_id: settings.client,
      client_secret: clientSecret,
      scope,
    };
    const sentAt = now();
    const answer = await request(url, {
      body: new URLSearchParams(form).toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      signal,
    });
    const { text, lifeMs } = readTokenAnswer(answer, clientSecret);
    cached = {
      text,
      secret: digest(clientSecret),
      goodUntil: sentAt + Math.max(lifeMs - marginMs, lifeMs / 2),
    };
    return text;
  };

  /** Batches that are sent at the same time share one request, unless its own time is up before theirs. */
  const fetchOnce = async (clientSecret: string, signal: AbortSignal): Promise<string> => {
    const secret = digest(clientSecret);
    if (pending?.secret === secret) {
      try {
        return await pending.token;
      } catch (error) {
        if (signal.aborted || !(error instanceof DestinationError) || error.code !== 'timeout') throw error;
        return await fetchToken(clientSecret, signal);
      }
    }
    const own = { secret, token: fetchToken(clientSecret, signal) };
    pending = own;
    try {
      return await own.token;
    } finally {
      if (pending === own) pending = undefined;
    }
  };

  const isGood = (token: Token | undefined, clientSecret: string): token is Token =>
    token?.secret === digest(clientSecret) && now() < token.goodUntil;

  return {
    get: async (clientSecret, signal) =>
      isGood(cached, clientSecret) ? cached.text : await fetchOnce(clientSecret, signal),
    renew: async (refused, clientSecret, signal) =>
      isGood(cached, clientSecret) && cached.text !== refused ? cached.text : await fetchOnce(clientSecret, signal),
  };
};

/** Sovereign clouds have their own audience. */
const audienceOf = (ingestion: string): string => {
  const cloud = /\.monitor\.azure\.(us|cn)$/.exec(new URL(ingestion).hostname)?.[1];
  return `https://monitor.azure.${cloud ?? 'com'}`;
};

/** https://www.rfc-editor.org/rfc/rfc6749#section-5 */
const readTokenAnswer = (answer: HttpsAnswer, clientSecret: string): { text: string; lifeMs: number } => {
  const who = 'the token endpoint';
  const body = jsonObject(answer);
  if (answer.status === 200) {
    const { access_token: text, expires_in: seconds, token_type: type } = body ?? {};
    const life = Number(seconds);
    if (typeof text === 'string' && /^[\x21-\x7e]+$/.test(text) && life > 0 && /^bearer$/i.test(String(type))) {
      return { text, lifeMs: life * 1000 };
    }
    throw codedAnswerError('misconfigured', who, answer, 'no bearer token');
  }
  const error = typeof body?.['error'] === 'string' ? body['error'] : '';
  const text = answerText([error, body?.['error_description']].join(': '), [clientSecret]);
  const code = answer.status === 400 || answer.status === 401 ? codes[error] : undefined;
  throw code === undefined ? answerError(who, answer, text) : codedAnswerError(code, who, answer, text);
};

const codes: Readonly<Record<string, DestinationErrorCode>> = {
  invalid_client: 'unauthorised',
  unauthorized_client: 'misconfigured',
  invalid_request: 'misconfigured',
  invalid_scope: 'misconfigured',
  invalid_grant: 'misconfigured',
  temporarily_unavailable: 'busy',
  server_error: 'busy',
};

const digest = (text: string): string => createHash('sha256').update(text).digest('base64');
