import { gzipSync } from 'node:zlib';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startSiem, type Siem, type SiemOptions } from '../../../local/siem/start-siem.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../local/tls.ts';
import { httpsRequest } from '../../_helpers/https-request.ts';

const token = 'b7a2c1de-0000-4000-8000-3f6a5f2f1c11';
const channel = '0d1f3a52-61a7-4a0e-8a10-4a3f0b1c2d3e';
const eventPath = '/services/collector/event';
const splunk = { authorization: `Splunk ${token}` };

let certificates: LocalCertificates;
const running: Siem[] = [];

beforeAll(async () => {
  certificates = await createLocalCertificates();
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((siem) => siem.stop()));
});

const start = async (options: Partial<SiemOptions> = {}) => {
  const siem = await startSiem({ certificates, token, ...options });
  running.push(siem);
  const call = (path: string, request: Omit<Parameters<typeof httpsRequest>[1], 'ca'> = {}) =>
    httpsRequest(siem.url + path, { ca: certificates.ca, headers: splunk, ...request });
  return { siem, call };
};

const ocsf = (uid: string) => ({ event: { class_uid: 6003, metadata: { uid } } });

describe('the answers of the collector', () => {
  it.each([
    ['no authorisation', { headers: {} }, 401, { text: 'Token is required', code: 2 }],
    [
      'a bearer token',
      { headers: { authorization: `Bearer ${token}` } },
      401,
      { text: 'Invalid authorization', code: 3 },
    ],
    [
      'a scheme without a token',
      { headers: { authorization: 'Splunk' } },
      401,
      { text: 'Invalid authorization', code: 3 },
    ],
    ['another token', { headers: { authorization: 'Splunk nope' } }, 403, { text: 'Invalid token', code: 4 }],
    ['no body', { body: '' }, 400, { text: 'No data', code: 5 }],
    [
      'text that is not JSON',
      { body: 'hello' },
      400,
      { text: 'Invalid data format', code: 6, 'invalid-event-number': 0 },
    ],
    [
      'an index that the token may not write to',
      { body: JSON.stringify({ event: 'x', index: 'other' }) },
      400,
      { text: 'Incorrect index', code: 7, 'invalid-event-number': 1 },
    ],
    [
      'an event without `event`',
      { body: JSON.stringify({ time: 1 }) },
      400,
      { text: 'Event field is required', code: 12, 'invalid-event-number': 0 },
    ],
    [
      'a blank event',
      { body: JSON.stringify({ event: ' ' }) },
      400,
      { text: 'Event field cannot be blank', code: 13, 'invalid-event-number': 0 },
    ],
    [
      'a time that is no number',
      { body: JSON.stringify({ event: 'x', time: 'noon' }) },
      400,
      { text: 'Error in handling indexed fields', code: 15, 'invalid-event-number': 0 },
    ],
    [
      'a nested indexed field',
      { body: JSON.stringify({ event: 'x', fields: { a: { b: 1 } } }) },
      400,
      { text: 'Error in handling indexed fields', code: 15, 'invalid-event-number': 0 },
    ],
    [
      'a channel that is no UUID',
      { headers: { ...splunk, 'x-splunk-request-channel': '7' } },
      400,
      { text: 'Invalid data channel', code: 11 },
    ],
    [
      'a body that is not gzip',
      { headers: { ...splunk, 'content-encoding': 'gzip' }, body: 'x' },
      400,
      { text: 'Invalid data format', code: 6 },
    ],
  ])('to %s are those of Splunk', async (_what, request, status, body) => {
    const { siem, call } = await start({ indexes: ['security'] });
    expect(await call(eventPath, request)).toEqual({ status, body });
    expect(siem.events()).toEqual([]);
  });

  it('refuses a valid token in the query, and an invalid one there as invalid', async () => {
    const { call } = await start();
    const body = JSON.stringify({ event: 'x' });
    expect(await call(`${eventPath}?token=${token}`, { headers: {}, body })).toEqual({
      status: 400,
      body: { text: 'Query string authorization is not enabled', code: 16 },
    });
    expect((await call(`${eventPath}?token=nope`, { headers: {}, body })).body).toEqual({
      text: 'Invalid token',
      code: 4,
    });
  });

  it('takes the token as the password of basic authorisation', async () => {
    const { call } = await start();
    const authorization = `Basic ${Buffer.from(`x:${token}`).toString('base64')}`;
    expect((await call(eventPath, { headers: { authorization }, body: '{"event":"x"}' })).status).toBe(200);
  });

  it('does not know other paths and methods', async () => {
    const { call } = await start();
    expect((await call('/services/other')).status).toBe(404);
    expect((await call(eventPath, { method: 'GET' })).status).toBe(405);
  });

  it('tells its health', async () => {
    const { siem, call } = await start();
    const health = () => call('/services/collector/health', { method: 'GET', headers: {} });
    expect(await health()).toEqual({ status: 200, body: { text: 'HEC is healthy', code: 17 } });
    await siem.setBehaviour('503');
    expect(await health()).toEqual({ status: 503, body: { text: 'HEC is unhealthy, queues are full', code: 18 } });
  });
});

describe('what the receiver keeps', () => {
  it.each([
    ['newlines', '\n'],
    ['nothing', ''],
  ])('takes events of a batch that stand one after the other with %s between', async (_what, separator) => {
    const { siem, call } = await start();
    const body = ['a', 'b "}{" \\', 'c'].map((uid) => JSON.stringify(ocsf(uid))).join(separator);
    expect(await call(eventPath, { body })).toEqual({ status: 200, body: { text: 'Success', code: 0 } });
    expect(siem.events().map(({ eventId }) => eventId)).toEqual(['a', 'b "}{" \\', 'c']);
  });

  it('takes gzip, and the envelope as sent', async () => {
    const { siem, call } = await start({ indexes: ['security'] });
    const envelope = {
      ...ocsf('a'),
      time: 1.5,
      host: 'h',
      source: 's',
      sourcetype: 't',
      index: 'security',
      fields: { f: 1 },
    };
    const headers = { ...splunk, 'content-encoding': 'gzip' };
    await call('/services/collector', { headers, body: gzipSync(JSON.stringify(envelope)) });
    expect(siem.events()).toEqual([{ ...envelope, eventId: 'a', receivedAt: expect.any(Number) as number }]);
  });

  it('stops at the first invalid event of a batch and names its number', async () => {
    const { siem, call } = await start();
    const body = [ocsf('a'), ocsf('b'), { time: 1 }, ocsf('d')].map((event) => JSON.stringify(event)).join('\n');
    expect((await call(eventPath, { body })).body).toMatchObject({ code: 12, 'invalid-event-number': 2 });
    expect(siem.events().map(({ eventId }) => eventId)).toEqual(['a', 'b']);
  });

  it('shows duplicates as they came and once by event id', async () => {
    const { siem, call } = await start();
    for (const uid of ['a', 'b', 'a']) await call(eventPath, { body: JSON.stringify(ocsf(uid)) });
    expect(siem.events()).toHaveLength(3);
    expect(siem.distinctEvents().map(({ eventId }) => eventId)).toEqual(['a', 'b']);
    expect(siem.eventsWithId('a')).toHaveLength(2);
  });

  it('keeps no more than its capacity, the newest', async () => {
    const { siem, call } = await start({ capacity: 2 });
    for (const uid of ['a', 'b', 'c']) await call(eventPath, { body: JSON.stringify(ocsf(uid)) });
    expect(siem.events().map(({ eventId }) => eventId)).toEqual(['b', 'c']);
  });

  it('keeps raw lines as events of a channel', async () => {
    const { siem, call } = await start();
    expect((await call('/services/collector/raw', { body: 'one' })).body).toEqual({
      text: 'Data channel is missing',
      code: 10,
    });
    await call(`/services/collector/raw?channel=${channel}`, { body: 'one\ntwo\n' });
    expect(siem.events().map(({ event }) => event)).toEqual(['one', 'two']);
  });

  it('waits for an event that comes later, and tells when none came', async () => {
    const { siem, call } = await start();
    const waiting = siem.waitFor(({ eventId }) => eventId === 'late');
    await call(eventPath, { body: JSON.stringify(ocsf('late')) });
    expect((await waiting).eventId).toBe('late');
    await expect(siem.waitFor(({ eventId }) => eventId === 'never', 10)).rejects.toThrow(
      /no matching event within 10 ms; 1 other/,
    );
  });
});

describe('indexer acknowledgement', () => {
  const withChannel = { ...splunk, 'x-splunk-request-channel': channel };

  it('is refused where the token does not have it', async () => {
    const { call } = await start();
    expect((await call('/services/collector/ack', { headers: withChannel, body: '{"acks":[0]}' })).body).toEqual({
      text: 'ACK is disabled',
      code: 14,
    });
  });

  it('needs a channel, counts ids by channel and reports each once', async () => {
    const { call } = await start({ acknowledgement: true });
    const body = JSON.stringify(ocsf('a'));
    expect((await call(eventPath, { body })).body).toEqual({ text: 'Data channel is missing', code: 10 });
    expect((await call(eventPath, { headers: withChannel, body })).body).toEqual({
      text: 'Success',
      code: 0,
      ackId: 0,
    });
    expect((await call(eventPath, { headers: withChannel, body })).body).toEqual({
      text: 'Success',
      code: 0,
      ackId: 1,
    });

    const ask = async () =>
      (await call('/services/collector/ack', { headers: withChannel, body: '{"acks":[0,1,2]}' })).body;
    expect(await ask()).toEqual({ acks: { 0: true, 1: true, 2: false } });
    expect(await ask()).toEqual({ acks: { 0: false, 1: false, 2: false } });
  });
});

describe('failure on demand', () => {
  const body = JSON.stringify(ocsf('a'));

  it.each([
    ['403' as const, { status: 403, body: { text: 'Invalid token', code: 4 } }],
    ['503' as const, { status: 503, body: { text: 'Server is busy', code: 9 } }],
  ])('%s refuses and keeps nothing, and is over with `ok`', async (behaviour, answer) => {
    const { siem, call } = await start();
    await siem.setBehaviour(behaviour);
    expect(await call(eventPath, { body })).toEqual(answer);
    expect(siem.events()).toEqual([]);
    await siem.setBehaviour('ok');
    expect((await call(eventPath, { body })).status).toBe(200);
  });

  it('down refuses the connection, and the same port is back with `ok`', async () => {
    const { siem, call } = await start();
    await siem.setBehaviour('down');
    await expect(call(eventPath, { body })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await siem.setBehaviour('ok');
    expect((await call(eventPath, { body })).status).toBe(200);
  });

  it('slow takes the event and holds the answer back until the behaviour changes', async () => {
    const { siem, call } = await start();
    await siem.setBehaviour('slow');
    const answer = call(eventPath, { body });
    await siem.waitFor(({ eventId }) => eventId === 'a');
    expect(await Promise.race([answer, new Promise((resolve) => setTimeout(resolve, 20, 'nothing yet'))])).toBe(
      'nothing yet',
    );
    await siem.setBehaviour('ok');
    expect((await answer).status).toBe(200);
  });
});
