/**
 * An imitation of the token endpoint of Microsoft Entra for client credentials:
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow
 */
import { randomBytes } from 'node:crypto';
import type { LocalCertificates } from '../../../../local/tls.ts';
import {
  mediaType,
  startHttpsReceiver,
  type HttpsReceiver,
  type ReceivedRequest,
  type Reply,
} from '../https-receiver.ts';

export interface TokenEndpointSettings {
  readonly tenant: string;
  readonly client: string;
  readonly clientSecret: string;
  /** @default 3599 */
  readonly expiresInSeconds?: number;
  readonly now?: () => number;
}

export interface TokenEndpoint extends HttpsReceiver {
  isGood(token: string): boolean;
  /** Tokens that were issued are refused from now on. */
  revoke(): void;
}

export const startTokenEndpoint = async (
  certificates: LocalCertificates,
  settings: TokenEndpointSettings,
): Promise<TokenEndpoint> => {
  const { expiresInSeconds = 3_599, now = Date.now } = settings;
  /** Token to the time when it expires. */
  const issued = new Map<string, number>();

  const answer = (request: ReceivedRequest): Reply => {
    const refusal = refuse(request, settings);
    if (refusal) return refusal;
    const token = `eyJ0eXAiOiJKV1Qi.${randomBytes(40).toString('base64url')}.${randomBytes(32).toString('base64url')}`;
    issued.set(token, now() + expiresInSeconds * 1000);
    return {
      status: 200,
      headers: { 'cache-control': 'no-store, no-cache' },
      body: {
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        ext_expires_in: expiresInSeconds,
        access_token: token,
      },
    };
  };

  const receiver = await startHttpsReceiver(certificates, answer);
  return {
    ...receiver,
    isGood: (token) => (issued.get(token) ?? 0) > now(),
    revoke: () => {
      issued.clear();
    },
  };
};

const refuse = (
  request: ReceivedRequest,
  { tenant, client, clientSecret }: TokenEndpointSettings,
): Reply | undefined => {
  const [, directory, ...path] = request.url.pathname.split('/');
  if (path.join('/') !== 'oauth2/v2.0/token') return { status: 404 };
  if (request.method !== 'POST') return oauthError(400, 'invalid_request', 'AADSTS900561: only POST');
  if (directory !== tenant) return oauthError(400, 'invalid_request', 'AADSTS90002: Tenant not found.');
  if (mediaType(request) !== 'application/x-www-form-urlencoded') {
    return oauthError(400, 'invalid_request', 'AADSTS900144: The request body must contain grant_type.');
  }
  const form = new URLSearchParams(request.body.toString('utf8'));
  if (form.get('grant_type') !== 'client_credentials') {
    return oauthError(400, 'unsupported_grant_type', 'AADSTS70003: The grant type is not supported.');
  }
  if (form.get('client_id') !== client) {
    return oauthError(400, 'unauthorized_client', 'AADSTS700016: Application not found in the directory.');
  }
  if (form.get('scope') !== 'https://monitor.azure.com/.default') {
    return oauthError(400, 'invalid_scope', 'AADSTS1002012: The provided value for scope is not valid.');
  }
  if (form.get('client_secret') !== clientSecret) {
    return oauthError(401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.');
  }
  return undefined;
};

const oauthError = (status: number, error: string, description: string): Reply => ({
  status,
  body: {
    error,
    error_description: `${description}\r\nTrace ID: 1\r\nTimestamp: 2`,
    error_codes: [Number(/\d+/.exec(description)?.[0])],
  },
});
