import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { HttpsAnswer, HttpsRequest, OutgoingEvent } from '../../../lambdas/audit/destinations/destination.ts';
import { createSplunkHec } from '../../../lambdas/audit/destinations/splunk-hec/index.ts';

const token = 'canary-token-51c';
const settings = {
  name: 'siem',
  type: 'splunk-hec',
  url: 'https://siem.example.com:8088',
  index: 'security',
  sourceType: 'ocsf:api_activity',
  view: 'ocsf',
  raw: false,
} as const;

const event = (id: string, document: Record<string, unknown> = { metadata: { uid: id } }): OutgoingEvent => ({
  id,
  time: 1_795_256_130_123,
  severity: 1,
  document,
  json: JSON.stringify(document),
});
const events = (...ids: readonly string[]) => ids.map((id) => event(id));

type Reply = Partial<Omit<HttpsAnswer, 'body'>> & { readonly body: unknown };
const ok: Reply = { status: 200, body: { text: 'Success', code: 0 } };
const invalid = (code: number, number?: unknown): Reply => ({
  status: 400,
  body: { text: 'Invalid data format', code, ...(number !== undefined && { 'invalid-event-number': number }) },
});

/** A collector that gives these answers in turn, the last one for ever. */
const scene = (...replies: readonly Reply[]) => {
  const sent: string[][] = [];
  const asked: string[] = [];
  let given = 0;
  const request: HttpsRequest = (url, { body, signal }) => {
    if (signal.aborted) throw new Error('asked without time');
    const { status = 200, body: answer, ...rest } = replies[Math.min(given, replies.length - 1)]!;
    given += 1;
    if (url.pathname === '/services/collector/ack') asked.push(String(body));
    else {
      const lines = gunzipSync(body).toString().split('\n');
      sent.push(lines.map((line) => (JSON.parse(line) as { event: { metadata: { uid: string } } }).event.metadata.uid));
    }
    return Promise.resolve({ status, ...rest, body: typeof answer === 'string' ? answer : JSON.stringify(answer) });
  };
  const secret = { read: () => Promise.resolve({ token }), reread: () => Promise.resolve({ token }) };
  const parts = { environment: 'dev', secret, request, authorities: [], now: Date.now };
  const destination = createSplunkHec(settings, parts, { acknowledgementPollMs: 1 });
  const send = (batch: readonly OutgoingEvent[], signal = AbortSignal.timeout(60_000)) =>
    destination.send(batch, signal);
  return { send, sent, asked };
};

const delivered = { status: 'delivered' };
const refused = (reason: string) => ({ status: 'refused', reason });

describe('an event that Splunk refuses', () => {
  it.each([6, 12, 13, 15])('with code %d: those before it are stored, those after it are sent again', async (code) => {
    const { send, sent } = scene(invalid(code, 2), ok);
    const reason = `Splunk answered 400 "Invalid data format (code ${code})"`;
    expect(await send(events('a', 'b', 'c', 'd', 'e'))).toEqual([
      delivered,
      delivered,
      refused(reason),
      delivered,
      delivered,
    ]);
    expect(sent).toEqual([
      ['a', 'b', 'c', 'd', 'e'],
      ['d', 'e'],
    ]);
  });

  it('and another one after it are refused in turn, to the last of the batch', async () => {
    const { send, sent } = scene(invalid(6, 0), invalid(6, 1), invalid(6, 0));
    const outcomes = await send(events('a', 'b', 'c', 'd'));
    expect(outcomes.map(({ status }) => status)).toEqual(['refused', 'delivered', 'refused', 'refused']);
    expect(sent).toEqual([['a', 'b', 'c', 'd'], ['b', 'c', 'd'], ['d']]);
  });

  it.each([undefined, 7, -1, 1.5, '1'])('without a number in the batch (%s) halves the batch', async (number) => {
    const { send } = scene(invalid(6, number));
    await expect(send(events('a', 'b'))).rejects.toMatchObject({ code: 'too-large' });
  });

  it('without a number is the only one there is', async () => {
    const { send } = scene(invalid(6));
    expect(await send(events('a'))).toMatchObject([{ status: 'refused' }]);
  });

  it('leaves the others for later if Splunk fails then', async () => {
    const { send } = scene(invalid(6, 1), {
      status: 503,
      retryAfterMs: 7_000,
      body: { text: 'Server is busy', code: 9 },
    });
    expect(await send(events('a', 'b', 'c'))).toMatchObject([
      delivered,
      { status: 'refused' },
      { status: 'retry', retryAfterMs: 7_000, reason: 'Splunk answered 503 "Server is busy (code 9)"' },
    ]);
  });

  it('sends those before it again if the token has indexer acknowledgement: they have no id to ask for', async () => {
    const acknowledged = [{ ...ok, body: { code: 0, ackId: 0 } }, { body: { acks: { 0: true } } }];
    const { send, sent } = scene(...acknowledged, invalid(6, 1), ...acknowledged);
    await send(events('first'));
    expect((await send(events('a', 'b', 'c'))).map(({ status }) => status)).toEqual([
      'delivered',
      'refused',
      'delivered',
    ]);
    expect(sent).toEqual([['first'], ['a', 'b', 'c'], ['a', 'c']]);
  });
});

describe('an empty event', () => {
  it('is not sent', async () => {
    const { send, sent } = scene(ok);
    expect(await send([event('a'), event('empty', {}), event('b')])).toEqual([
      delivered,
      refused('the event is empty'),
      delivered,
    ]);
    expect(sent).toEqual([['a', 'b']]);
  });

  it('leaves no request if there is no other', async () => {
    const { send, sent } = scene(ok);
    expect(await send([event('empty', {})])).toEqual([refused('the event is empty')]);
    expect(await send([])).toEqual([]);
    expect(sent).toEqual([]);
  });
});

describe('an answer about all events', () => {
  it.each<[string, Reply, string, string]>([
    [
      'a wrong index',
      { status: 400, body: { text: 'Incorrect index', code: 7, 'invalid-event-number': 1 } },
      'misconfigured',
      'Splunk answered 400 "Incorrect index (code 7)"',
    ],
    [
      'a wrong token',
      { status: 403, body: { text: 'Invalid token', code: 4 } },
      'unauthorised',
      'Splunk answered 403 "Invalid token (code 4)"',
    ],
    [
      'a disabled token',
      { status: 403, body: { text: 'Token disabled', code: 1 } },
      'unauthorised',
      'Splunk answered 403 "Token disabled (code 1)"',
    ],
    [
      'a disabled token by the newer code',
      { status: 400, body: { text: 'Token disabled', code: 22 } },
      'unauthorised',
      'Splunk answered 400 "Token disabled (code 22)"',
    ],
    [
      'a missing channel',
      { status: 400, body: { text: 'Data channel is missing', code: 10 } },
      'misconfigured',
      'Splunk answered 400 "Data channel is missing (code 10)"',
    ],
    [
      'a full queue',
      { status: 429, body: { text: 'HEC queue is at capacity', code: 26 } },
      'busy',
      'Splunk answered 429 "HEC queue is at capacity (code 26)"',
    ],
    [
      'a shutdown',
      { status: 503, body: { text: 'Server is shutting down', code: 23 } },
      'busy',
      'Splunk answered 503 "Server is shutting down (code 23)"',
    ],
    [
      'a page',
      { status: 200, contentType: 'text/html', body: '<html>' },
      'misconfigured',
      'Splunk answered 200 with an HTML page',
    ],
    ['200 without a code', { status: 200, body: {} }, 'misconfigured', 'Splunk answered 200'],
    [
      '200 with the code of a failure',
      { status: 200, body: { text: 'Invalid data format', code: 6 } },
      'misconfigured',
      'Splunk answered 200 "Invalid data format (code 6)"',
    ],
    [
      'a redirect',
      { status: 302, body: '' },
      'misconfigured',
      'Splunk answered 302: redirects are not followed, check the address in the catalog',
    ],
    [
      'an answer that repeats the token',
      { status: 400, body: { text: `bad ${token}`, code: 11 } },
      'misconfigured',
      'Splunk answered 400 "bad *** (code 11)"',
    ],
  ])('%s fails for all', async (_what, reply, code, message) => {
    await expect(scene(reply).send(events('a', 'b'))).rejects.toMatchObject({ code, message });
  });

  it.each([24, 25])('with code %d takes the events: a queue is almost full', async (code) => {
    expect(await scene({ status: 200, body: { text: 'approaching', code } }).send(events('a'))).toEqual([delivered]);
  });
});

describe('indexer acknowledgement', () => {
  const accepted: Reply = { status: 200, body: { text: 'Success', code: 0, ackId: 3 } };
  const acks = (indexed: boolean): Reply => ({ status: 200, body: { acks: { 3: indexed } } });

  it('is asked for until the events are indexed, also if a question fails', async () => {
    const busy: Reply = { status: 503, body: { text: 'Server is busy', code: 9 } };
    const { send, asked } = scene(accepted, acks(false), busy, acks(false), acks(true));
    expect(await send(events('a', 'b'))).toEqual([delivered, delivered]);
    expect(asked).toEqual(Array(4).fill('{"acks":[3]}'));
  });

  it('that does not come ends with the attempt, and nothing is delivered', async () => {
    const { send } = scene(accepted, acks(false));
    await expect(send(events('a'), AbortSignal.timeout(100))).rejects.toMatchObject({
      code: 'unacknowledged',
      retryable: true,
    });
  });

  it('that the token does not have any more is a failure', async () => {
    const { send } = scene(accepted, { status: 400, body: { text: 'ACK is disabled', code: 14 } });
    await expect(send(events('a'))).rejects.toMatchObject({ code: 'misconfigured' });
  });
});
