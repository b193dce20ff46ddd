import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import { createCA, createCert } from 'mkcert';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  DestinationError,
  type Destination,
  type DestinationSecret,
  type OutgoingEvent,
} from '../../../../lambdas/audit/destinations/destination.ts';
import { noSecret } from '../../../../lambdas/audit/destinations/destination-secret.ts';
import { createSyslog } from '../../../../lambdas/audit/destinations/syslog/index.ts';
import { normalise } from '../../../../lambdas/audit/normalise/normalise.ts';
import { views } from '../../../../lambdas/audit/views/index.ts';
import type { AuditView } from '../../../../lib/contract/index.ts';
import { startRsyslog, type LocalRsyslog } from '../../../../local/siem/rsyslog/start-rsyslog.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../../local/tls.ts';
import { apiCall, eventBridge, type JsonRecord } from '../../../_fixtures/cloudtrail.ts';
import { syslogSettings } from '../../../_fixtures/syslog-settings.ts';
import { startDisturbedWire } from '../../../_helpers/disturbed-wire.ts';

let certificates: LocalCertificates;
let server: LocalRsyslog;
const stops: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  certificates = await createLocalCertificates();
  server = await startRsyslog({ certificates });
});

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

afterAll(async () => {
  await server.stop();
});

interface Target {
  readonly host?: string;
  readonly port?: number;
  readonly secret?: DestinationSecret;
  readonly clientCertificate?: boolean;
  /** @default that of the servers */
  readonly authority?: string;
}

const destinationAt = ({
  host = '127.0.0.1',
  port = server.port,
  secret = noSecret,
  clientCertificate = false,
  authority = certificates.ca,
}: Target = {}): Destination =>
  createSyslog(
    { ...syslogSettings, host, port, clientCertificate },
    {
      environment: 'dev',
      secret,
      authorities: [authority],
      now: Date.now,
      request: () => Promise.reject(new Error('syslog makes no HTTPS request')),
    },
  );

const eventOf = (more: JsonRecord = {}, view: AuditView = 'ocsf'): OutgoingEvent => {
  const id = randomUUID();
  const event = normalise(JSON.stringify(eventBridge(apiCall('GetSecretValue', { eventID: id, ...more }))));
  const document = views[view](event);
  return { id, time: event.time, severity: event.severity_id, document, json: JSON.stringify(document) };
};

const send = (destination: Destination, events: readonly OutgoingEvent[], signal = new AbortController().signal) =>
  destination.send(events, signal);

const failure = async (sent: Promise<unknown>): Promise<DestinationError> => {
  const error = await sent.then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(DestinationError);
  return error as DestinationError;
};

const idsAt = async (receiver: LocalRsyslog): Promise<string[]> =>
  (await receiver.messages()).map(({ structuredData }) => /eventId="([^"]*)"/.exec(structuredData)?.[1] ?? '');

const received = async ({ id }: OutgoingEvent) => {
  await expect.poll(() => idsAt(server)).toContain(id);
  const message = (await server.messages()).find(({ structuredData }) => structuredData.includes(id));
  if (!message) throw new Error('the message has gone');
  return message;
};

describe('what rsyslog reads of a message', () => {
  it('has each field where RFC 5424 has it', async () => {
    const event = eventOf({ errorCode: 'AccessDenied' });
    expect(await send(destinationAt(), [event])).toEqual([{ status: 'unconfirmed' }]);
    const { message, raw: _, ...fields } = await received(event);
    expect(fields).toEqual({
      // Facility 13 (log audit), severity 4 (warning).
      pri: String(13 * 8 + 4),
      timestamp: '2026-11-21T10:15:30.000Z',
      hostname: 'dev',
      application: 'strongroom',
      messageId: 'GetSecretValue',
      structuredData: `[strongroom@32473 eventId="${event.id}" environment="dev"]`,
    });
    expect(message).toMatch(/^ ?\uFEFF\{/);
    expect(JSON.parse(message.trim())).toEqual(event.document);
  });

  it.each(['ocsf', 'ecs', 'cim'] as const)('has the operation in the view %s', async (view) => {
    const event = eventOf({}, view);
    await send(destinationAt(), [event]);
    expect(await received(event)).toMatchObject({ messageId: 'GetSecretValue' });
  });

  it('is one message, whatever an event id, a value or the JSON holds', async () => {
    const before = await idsAt(server);
    const id = `${randomUUID()}"] \\ forged]\n<14>1 - - - - - - forged\r\n\u0000\u001B[31m\u0085\u2028`;
    const document = { api: { operation: 'Get\nSecret Value é'.padEnd(60, 'x') }, text: 'a\u0085b\u2028c\u007Fd' };
    const hostile = { ...eventOf(), id, document, json: JSON.stringify(document, undefined, 2) };
    const after = eventOf();
    await send(destinationAt(), [hostile, after]);
    await received(after);
    const messages = (await server.messages()).slice(before.length);
    expect(messages).toHaveLength(2);
    const [message] = messages;
    expect(message?.messageId).toBe('Get_Secret_Value__xxxxxxxxxxxxxx');
    // eslint-disable-next-line no-control-regex -- it is these that must be missing
    expect(message?.raw).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028\u2029]/);
    expect(JSON.parse(message?.message.trim() ?? '')).toEqual(document);
  });
});

describe('connections that break', () => {
  it('loses nothing of 2,000 events while rsyslog is restarted and killed, by reading it back', async () => {
    const batches = Array.from({ length: 40 }, () => Array.from({ length: 50 }, () => eventOf()));
    const destination = destinationAt();
    let attempts = 0;
    for (const [index, batch] of batches.entries()) {
      if (index === 10) await server.suspend();
      if (index === 25) await server.kill();
      for (;;) {
        attempts += 1;
        const sent = await send(destination, batch).catch((error: unknown) => error);
        if (Array.isArray(sent)) break;
        expect(sent).toMatchObject({ code: 'unreachable', retryable: true });
        await server.restart();
      }
    }
    expect(attempts).toBe(batches.length + 2);
    const ids = batches.flat().map(({ id }) => id);
    await expect.poll(async () => missing(ids, await idsAt(server))).toEqual([]);
  });

  it('sends the bytes in flight at a break again: the server has them in the end', async () => {
    const wire = await startDisturbedWire(server);
    stops.push(() => wire.stop());
    const destination = destinationAt({ port: wire.port });
    const events = Array.from({ length: 100 }, () => eventOf());
    wire.resetAfter(100_000);
    expect(await failure(send(destination, events))).toMatchObject({ code: 'unreachable' });
    expect(await send(destination, events)).toHaveLength(100);
    const ids = events.map(({ id }) => id);
    await expect.poll(async () => missing(ids, await idsAt(server))).toEqual([]);
  });

  it('counts nothing as sent to a server that accepts and never reads, and ends with its time', async () => {
    const sockets: Socket[] = [];
    const stuck = createTcpServer((socket) => sockets.push(socket));
    const handshaken = startTls((socket) => {
      socket.pause();
    });
    stops.push(closer(stuck, sockets));
    stuck.listen(0, '127.0.0.1');
    await once(stuck, 'listening');
    const { port } = await handshaken;
    for (const at of [port, (stuck.address() as AddressInfo).port]) {
      const controller = new AbortController();
      const sent = failure(send(destinationAt({ port: at }), [eventOf()], controller.signal));
      setTimeout(() => {
        controller.abort();
      }, 500);
      expect(await sent).toMatchObject({ code: 'timeout' });
    }
  });

  it('counts nothing as sent if the server ends the connection before it has everything', async () => {
    const { port } = await startTls((socket) => {
      socket.once('data', () => {
        socket.end();
      });
      socket.resume();
    });
    const events = Array.from({ length: 100 }, () => eventOf({ userAgent: 'x'.repeat(500) }));
    // 20 MB: more than the buffers of both sides take before the server's end arrives.
    const many = Array.from({ length: 60 }, () => events).flat();
    expect(await failure(send(destinationAt({ port }), many))).toMatchObject({ code: 'unreachable' });
  });

  it('resumes the TLS session of the connection before', async () => {
    const reused: boolean[] = [];
    const { port } = await startTls((socket) => {
      reused.push(socket.isSessionReused());
      socket.resume();
    });
    const destination = destinationAt({ port });
    await send(destination, [eventOf()]);
    await send(destination, [eventOf()]);
    expect(reused).toEqual([false, true]);
  });
});

describe('who the server is', () => {
  it('sends nothing to a server whose certificate has another name', async () => {
    const ca = await createCA({
      organization: 'test',
      countryCode: 'AQ',
      state: 'test',
      locality: 'test',
      validity: 1,
    });
    const { cert, key } = await createCert({ ca, domains: ['syslog.example.com'], validity: 1 });
    const misnamed = await startRsyslog({ certificates: { ca: ca.cert, cert, key } });
    stops.push(() => misnamed.stop());
    const error = await failure(
      send(destinationAt({ host: 'localhost', port: misnamed.port, authority: ca.cert }), [eventOf()]),
    );
    expect(error).toMatchObject({ code: 'unreachable' });
    expect(error.message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
    expect(await idsAt(misnamed)).toEqual([]);
  });

  it('sends the name of the server, so that one that has several can choose', async () => {
    const names: unknown[] = [];
    const { port } = await startTls((socket) => {
      names.push((socket as { servername?: unknown }).servername);
      socket.resume();
    });
    await send(destinationAt({ host: 'localhost', port }), [eventOf()]);
    expect(names).toEqual(['localhost']);
  });
});

describe('a client certificate', () => {
  const values = (...pairs: readonly { readonly certificate: string; readonly key: string }[]): DestinationSecret => ({
    read: () => Promise.resolve(pairs[0] ?? {}),
    reread: () => Promise.resolve(pairs[1] ?? pairs[0] ?? {}),
  });

  it('is accepted by rsyslog that asks for one; without one nothing arrives', async () => {
    const strict = await startRsyslog({ certificates, clientCertificates: true });
    stops.push(() => strict.stop());
    const secret = values({ certificate: certificates.cert, key: certificates.key });
    const [refused, taken] = [eventOf(), eventOf()];
    await failure(send(destinationAt({ port: strict.port }), [refused]));
    const outcomes = await send(destinationAt({ port: strict.port, secret, clientCertificate: true }), [taken]);
    expect(outcomes).toEqual([{ status: 'unconfirmed' }]);
    await expect.poll(() => idsAt(strict)).toEqual([taken.id]);
  });

  it('is read again if it is refused, since it may have been replaced', async () => {
    const strict = await startRsyslog({ certificates, clientCertificates: true, driver: 'ossl' });
    stops.push(() => strict.stop());
    const other = await createLocalCertificates();
    const [old, current] = [
      { certificate: other.cert, key: other.key },
      { certificate: certificates.cert, key: certificates.key },
    ];
    const target = { port: strict.port, clientCertificate: true };
    expect(await failure(send(destinationAt({ ...target, secret: values(old) }), [eventOf()]))).toMatchObject({
      code: 'unauthorised',
    });
    expect(await send(destinationAt({ ...target, secret: values(old, current) }), [eventOf()])).toEqual([
      { status: 'unconfirmed' },
    ]);
  });

  it('is not quoted if it is not valid', async () => {
    const other = await createLocalCertificates();
    for (const pair of [
      { certificate: certificates.cert, key: other.key },
      { certificate: '-----BEGIN CERTIFICATE-----\ncanary-51c0\n-----END CERTIFICATE-----', key: other.key },
    ]) {
      const error = await failure(send(destinationAt({ secret: values(pair), clientCertificate: true }), [eventOf()]));
      expect(error).toMatchObject({ code: 'secret-invalid' });
      expect(JSON.stringify([error.message, String(error.cause)])).not.toMatch(/canary|BEGIN/);
    }
  });
});

/** A server that speaks TLS and does with a connection what the test says. */
const startTls = async (serve: (socket: TLSSocket) => void): Promise<{ readonly port: number }> => {
  const sockets: Socket[] = [];
  const tls = createServer({ cert: certificates.cert, key: certificates.key }, (socket) => {
    sockets.push(socket);
    socket.on('error', () => {
      socket.destroy();
    });
    serve(socket);
  });
  stops.push(closer(tls, sockets));
  tls.listen(0, '127.0.0.1');
  await once(tls, 'listening');
  return tls.address() as AddressInfo;
};

const closer = (listener: ReturnType<typeof createTcpServer>, sockets: readonly Socket[]) => async () => {
  const closed = once(listener, 'close');
  listener.close();
  for (const socket of sockets) socket.destroy();
  await closed;
};

const missing = (ids: readonly string[], held: readonly string[]): string[] => {
  const there = new Set(held);
  return ids.filter((id) => !there.has(id));
};
