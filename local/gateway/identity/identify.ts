/** Who calls: the request's signature is verified against the keys that the gateway has given out. */
import { ServiceError } from '../service-call.ts';
import type { HttpMessage } from '../wire/http-message.ts';
import { protocolOf, type Protocol } from '../wire/answer.ts';
import type { CredentialStore, KnownKey } from './credentials.ts';
import { isGenuine, readClaim } from './signature.ts';

export interface Identified {
  readonly key: KnownKey;
  readonly service: string;
  readonly region: string;
}

/** @throws ServiceError in the words of the service's protocol: unsigned, unknown key, expired, skewed, forged. */
export const identify = async (
  message: HttpMessage,
  credentials: CredentialStore,
  now: () => number = Date.now,
): Promise<Identified> => {
  const claim = readClaim(message);
  const protocol = protocolOf(typeof claim === 'object' ? claim.service : '', message);
  if (claim === undefined) throw refusal(protocol, 'unsigned');
  if (claim === 'malformed') throw refusal(protocol, 'malformed');

  const key = credentials.find(claim.accessKeyId);
  if (!key) throw refusal(protocol, 'unknownKey');
  if (key.credentials.sessionToken !== message.headers['x-amz-security-token']) throw refusal(protocol, 'unknownKey');
  if (!(await isGenuine(message, claim, key.credentials.secretAccessKey))) throw refusal(protocol, 'forged');
  if (key.expiresAt !== undefined && key.expiresAt <= now()) throw refusal(protocol, 'expired');
  if (Math.abs(now() - claim.signedAt.getTime()) > maxSkewMs) throw refusal(protocol, 'skewed');
  return { key, service: claim.service, region: claim.region };
};

const maxSkewMs = 15 * 60_000;

type Refusal = 'unsigned' | 'malformed' | 'unknownKey' | 'forged' | 'expired' | 'skewed';

const messages: Readonly<Record<Refusal, string>> = {
  unsigned: 'Missing Authentication Token',
  malformed:
    'The Authorization header is not a valid Signature Version 4 header. Requests are signed in headers; presigned addresses are not known here.',
  unknownKey: 'The security token included in the request is invalid.',
  forged:
    'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.',
  expired: 'The security token included in the request is expired',
  skewed: 'Signature expired: the request was signed more than 15 minutes from now.',
};

const jsonCodes: Readonly<Record<Refusal, string>> = {
  unsigned: 'MissingAuthenticationTokenException',
  malformed: 'IncompleteSignatureException',
  unknownKey: 'UnrecognizedClientException',
  forged: 'InvalidSignatureException',
  expired: 'ExpiredTokenException',
  skewed: 'InvalidSignatureException',
};

const queryCodes: Readonly<Record<Refusal, string>> = {
  unsigned: 'MissingAuthenticationToken',
  malformed: 'IncompleteSignature',
  unknownKey: 'InvalidClientTokenId',
  forged: 'SignatureDoesNotMatch',
  expired: 'ExpiredToken',
  skewed: 'SignatureDoesNotMatch',
};

const s3Codes: Readonly<Record<Refusal, string>> = {
  unsigned: 'AccessDenied',
  malformed: 'AuthorizationHeaderMalformed',
  unknownKey: 'InvalidAccessKeyId',
  forged: 'SignatureDoesNotMatch',
  expired: 'ExpiredToken',
  skewed: 'RequestTimeTooSkewed',
};

const refusal = (protocol: Protocol, why: Refusal): ServiceError => {
  const codes = protocol === 's3' ? s3Codes : protocol.endsWith('json') ? jsonCodes : queryCodes;
  return new ServiceError(codes[why], messages[why], 403);
};
