import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { createServer } from 'node:https';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createHttpsRequest } from '../../../lambdas/audit/destinations/https-request.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../local/tls.ts';

let certificates: LocalCertificates;
const closers: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  certificates = await createLocalCertificates();
});

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

const listen = async (server: Server): Promise<URL> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, 'close');
  });
  return new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}/path`);
};

const answering = (listener: RequestListener): Promise<URL> =>
  listen(createServer({ cert: certificates.cert, key: certificates.key }, listener));

const now = Date.UTC(2026, 10, 21, 12);

const send = (url: URL, { trusted = true, signal = AbortSignal.timeout(60_000), headers = {} } = {}) =>
  createHttpsRequest({ authorities: trusted ? [certificates.ca] : [], now: () => now })(url, {
    body: 'é',
    headers,
    signal,
  });

describe('an answer', () => {
  it('is given with its status, type and text', async () => {
    const url = await answering((request, response) => {
      response.writeHead(200, { 'content-type': 'Application/JSON; charset=utf-8' });
      request.on('data', (sent: Buffer) => response.write(sent));
      request.on('end', () => response.end(`${request.method ?? ''} ${request.headers['content-length'] ?? ''}`));
    });
    expect(await send(url)).toEqual({ status: 200, contentType: 'application/json', body: 'éPOST 2' });
  });

  it('that redirects is given as it is, and not followed', async () => {
    let requests = 0;
    const url = await answering((_request, response) => {
      requests += 1;
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    expect(await send(url)).toEqual({ status: 307, body: '' });
    expect(requests).toBe(1);
  });

  it('without end is read up to 1 MiB', async () => {
    const url = await answering((_request, response) => {
      const write = (): void => {
        if (!response.destroyed) response.write('x'.repeat(65_536), write);
      };
      write();
    });
    const { body } = await send(url);
    expect(body).toHaveLength(1_048_576);
  });

  it.each([
    ['120', 120_000],
    ['0', 0],
    ['Sat, 21 Nov 2026 12:00:30 GMT', 30_000],
    ['Sat, 21 Nov 2026 11:00:00 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    ['99999999999', undefined],
  ])('with Retry-After %s asks to wait %s ms', async (value, expected) => {
    const url = await answering((_request, response) => {
      response.writeHead(503, { 'retry-after': value }).end();
    });
    expect((await send(url)).retryAfterMs).toBe(expected);
  });
});

describe('no answer', () => {
  it('from a server that accepts and says nothing ends when the time is up', async () => {
    const url = await listen(createTcpServer());
    await expect(send(url, { signal: AbortSignal.timeout(200) })).rejects.toMatchObject({
      code: 'timeout',
      message: `no answer from ${url.origin} in time`,
    });
  });

  it('from a server that stops within the answer ends when the time is up', async () => {
    const url = await answering((_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half');
    });
    await expect(send(url, { signal: AbortSignal.timeout(1_000) })).rejects.toMatchObject({ code: 'timeout' });
  });

  it('from a server that resets the connection within the answer', async () => {
    const url = await answering((_request, response) => {
      response.writeHead(200, { 'content-length': '10' }).write('half', () => response.destroy());
    });
    await expect(send(url)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('from a server that resets the connection before the answer', async () => {
    const url = await answering((request) => request.socket.destroy());
    await expect(send(url)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('from a closed port', async () => {
    const url = await listen(createTcpServer());
    await closers.pop()?.();
    await expect(send(url)).rejects.toMatchObject({
      code: 'unreachable',
      message: `no connection to ${url.origin}: ECONNREFUSED`,
    });
  });

  it('from a name that does not exist', async () => {
    await expect(send(new URL('https://siem.invalid/'))).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('from a server whose authority is not known', async () => {
    const url = await answering((_request, response) => response.end());
    await expect(send(url, { trusted: false })).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringMatching(/UNABLE_TO_VERIFY_LEAF_SIGNATURE|SELF_SIGNED_CERT_IN_CHAIN/) as string,
    });
  });

  it('because a header is not one, whose value is not repeated', async () => {
    const url = await answering((_request, response) => response.end());
    await expect(send(url, { headers: { authorization: 'canary\r\nx: y' } })).rejects.toMatchObject({
      code: 'misconfigured',
      message: `no request to ${url.origin} can be made of this`,
    });
  });
});
