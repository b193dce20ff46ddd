import { connect, createServer, type AddressInfo } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { connectionFailure, errorCode } from '../../../lambdas/databases/connection-failure.ts';

const coded = (code: string, cause?: unknown): Error => Object.assign(new Error('any words', { cause }), { code });

/** A port of which nobody answers, and a server that answers TLS with something else. */
const listening = async (answer: string) => {
  const server = createServer((socket) =>
    socket
      .on('error', () => undefined)
      .resume()
      .end(answer),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { port, close: () => new Promise((resolve) => server.close(resolve)) };
};

const errorOf = (start: (fail: (error: Error) => void) => void): Promise<Error> => new Promise(start);

describe('a failed connection', () => {
  it.each([
    ['ECONNREFUSED', 'network'],
    ['ECONNRESET', 'network'],
    ['EPIPE', 'network'],
    ['ETIMEDOUT', 'network'],
    ['ENOTFOUND', 'network'],
    ['EAI_AGAIN', 'network'],
    ['EHOSTUNREACH', 'network'],
    ['ENETUNREACH', 'network'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'tls'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'tls'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls'],
    ['CERT_HAS_EXPIRED', 'tls'],
    ['CERT_NOT_YET_VALID', 'tls'],
    ['CERT_REVOKED', 'tls'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
    ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tls'],
    ['EPROTO', 'tls'],
  ])('with the code %s is "%s"', (code, kind) => {
    expect(connectionFailure(coded(code))).toEqual({ kind, retryable: kind === 'network' });
  });

  it.each([
    ['a server’s own refusal', coded('28P01')],
    ['an error without a code', new Error('ECONNREFUSED')],
    ['what is no error', 'ECONNREFUSED'],
  ])('is not what it is called for %s', (_what, error) => {
    expect(connectionFailure(error)).toBeUndefined();
  });

  it('is found under what a driver wraps around it, and in the attempts at each IP of a host', () => {
    const wrapped = coded('DRIVER_FAILED', coded('CERT_HAS_EXPIRED'));
    const several = new AggregateError([coded('ECONNREFUSED'), coded('EHOSTUNREACH')]);

    expect(connectionFailure(wrapped)).toEqual({ kind: 'tls', retryable: false });
    expect(errorCode(wrapped)).toBe('DRIVER_FAILED');
    expect(connectionFailure(several)).toEqual({ kind: 'network', retryable: true });
  });

  it('is looked for to a bounded depth, so that causes may run in circles', () => {
    const circle = new Error('circle');
    circle.cause = circle;
    expect(connectionFailure(circle)).toBeUndefined();
  });

  it('is "network" where nobody listens', async () => {
    const server = await listening('');
    await server.close();
    const error = await errorOf((fail) => connect(server.port, '127.0.0.1').on('error', fail));
    expect(connectionFailure(error)).toEqual({ kind: 'network', retryable: true });
  });

  it('is "tls" where the server speaks something else', async () => {
    const server = await listening('ERR unknown command\r\n');
    const error = await errorOf((fail) => connectTls(server.port, '127.0.0.1').on('error', fail));
    await server.close();
    expect(connectionFailure(error)).toEqual({ kind: 'tls', retryable: false });
  });
});
