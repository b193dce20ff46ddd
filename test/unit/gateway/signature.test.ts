import { describe, expect, it } from 'vitest';
import { isGenuine, readClaim, type SignatureClaim } from '../../../local/gateway/identity/signature.ts';
import { httpMessage, type HttpMessage } from '../../../local/gateway/wire/http-message.ts';
import { signed, type RequestParts } from './signed.ts';

/** The key and the request `get-vanilla` of the test suite that AWS published for Signature Version 4. */
const publishedSecret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
const published = httpMessage({
  method: 'GET',
  url: '/',
  headers: {
    host: 'example.amazonaws.com',
    'x-amz-date': '20150830T123600Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, ' +
      'SignedHeaders=host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  },
  body: Buffer.alloc(0),
});

const secretAccessKey = 'the-secret';
const sign = (service: string, request: Partial<RequestParts> = {}) =>
  signed({ accessKeyId: 'AKIA', secretAccessKey, sessionToken: 'token' }, service, request);

const claimOf = (message: HttpMessage): SignatureClaim => {
  const claim = readClaim(message);
  if (typeof claim !== 'object') throw new Error(`no claim: ${String(claim)}`);
  return claim;
};

const verify = (message: HttpMessage, secret = secretAccessKey) => isGenuine(message, claimOf(message), secret);

describe('the signature of a request', () => {
  it('is the one that AWS published', async () => {
    expect(claimOf(published)).toMatchObject({ accessKeyId: 'AKIDEXAMPLE', region: 'us-east-1', service: 'service' });
    expect(await verify(published, publishedSecret)).toBe(true);
    expect(await verify(published, 'another secret')).toBe(false);
  });

  it.each([
    ['secretsmanager', {}],
    ['s3', { method: 'PUT', url: '/bucket/a%20b/%C3%BC' }],
    ['lambda', { method: 'GET', url: '/2015-03-31/functions/arn%3Aaws%3Alambda/policy?Qualifier=1&A=b%20c' }],
    ['s3', { method: 'PUT', url: '/b/k', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }],
  ])('of %s holds with the secret that made it', async (service, request) => {
    const message = await sign(service, request);

    expect(await verify(message)).toBe(true);
    expect(await verify(message, 'another secret')).toBe(false);
  });

  it.each<[string, (message: HttpMessage) => HttpMessage]>([
    ['body', (message) => ({ ...message, body: Buffer.from('{"SecretId":"other"}') })],
    ['path', (message) => httpMessage({ ...message, url: '/other' })],
    ['query', (message) => httpMessage({ ...message, url: '/?a=b' })],
    ['method', (message) => ({ ...message, method: 'DELETE' })],
    ['signed header', (message) => ({ ...message, headers: { ...message.headers, 'x-amz-target': 'x.DeleteSecret' } })],
    ['host', (message) => ({ ...message, headers: { ...message.headers, host: 'elsewhere' } })],
  ])('does not hold for another %s', async (_part, tamper) => {
    const message = await sign('secretsmanager', { headers: { 'x-amz-target': 'secretsmanager.GetSecretValue' } });
    expect(await verify(message)).toBe(true);

    expect(await verify(tamper(message))).toBe(false);
  });

  it('needs no header beyond the signed ones, and takes any beside them', async () => {
    const message = await sign('kms');

    expect(await verify({ ...message, headers: { ...message.headers, 'x-forwarded-for': 'me' } })).toBe(true);
  });

  it('must cover the host', async () => {
    const claim = { ...claimOf(published), signedHeaders: ['x-amz-date'] };

    expect(await isGenuine(published, claim, publishedSecret)).toBe(false);
  });

  it.each([
    ['Bearer abc', 'malformed'],
    ['AWS4-HMAC-SHA256 Credential=AKIA/20150830/us-east-1/aws4_request, SignedHeaders=host, Signature=00', 'malformed'],
    [undefined, undefined],
  ])('is read from %s as %s', (authorization, expected) => {
    const headers = { 'x-amz-date': '20150830T123600Z', ...(authorization !== undefined && { authorization }) };

    expect(readClaim({ headers })).toBe(expected);
  });

  it('is malformed without a date', () => {
    const { authorization } = published.headers;

    expect(readClaim({ headers: { authorization: authorization! } })).toBe('malformed');
  });
});
