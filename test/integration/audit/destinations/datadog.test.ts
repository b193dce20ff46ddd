import { Buffer } from 'node:buffer';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createDatadog } from '../../../../lambdas/audit/destinations/datadog/index.ts';
import type { DestinationParts } from '../../../../lambdas/audit/destinations/destination.ts';
import { createHttpsRequest } from '../../../../lambdas/audit/destinations/https-request.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../../local/tls.ts';
import { destinationContract, type ReceiverAddress } from '../../../_helpers/destination-contract.ts';
import { startDatadogReceiver, type DatadogReceiver } from '../../../_helpers/siem/datadog/receiver.ts';
import { commonSettings, sentEvent } from '../../../_helpers/siem/sent-events.ts';

const settings = {
  ...commonSettings,
  type: 'datadog',
  site: 'datadoghq.eu',
  service: 'strongroom',
  tags: ['team:security', 'tier:1'],
} as const;
const apiKey = '0123456789abcdef0123456789abcdef';

/** As it ships, with the intake of the site at the given address. */
const create = (parts: DestinationParts, { host, port }: ReceiverAddress) =>
  createDatadog(settings, {
    ...parts,
    request: (url, options) => {
      expect(url.origin).toBe('https://http-intake.logs.datadoghq.eu');
      return parts.request(new URL(url.pathname + url.search, `https://${host}:${port}`), options);
    },
  });

const idsOf = ({ logs }: DatadogReceiver) => logs.map(({ item }) => String(item['id']));

destinationContract(
  'datadog',
  { protocol: 'https', confirms: true, refusesDocuments: false, refusesCredentials: true, canBeBusy: true },
  async (certificates) => {
    const receiver = await startDatadogReceiver(certificates, { apiKey });
    return {
      address: receiver.address,
      create,
      createRequest: (authorities) => createHttpsRequest({ authorities }),
      secret: { apiKey },
      refusedSecret: { apiKey: 'ffffffffffffffffffffffffffffffff' },
      receivedIds: () => Promise.resolve(idsOf(receiver)),
      makeBusy: () => {
        receiver.replyNext({ status: 429 });
        return Promise.resolve(() => Promise.resolve());
      },
      stop: () => receiver.stop(),
    };
  },
);

describe('what Datadog gets', () => {
  let certificates: LocalCertificates;
  let receiver: DatadogReceiver | undefined;
  const now = Date.parse('2026-03-05T00:00:00Z');

  beforeAll(async () => {
    certificates = await createLocalCertificates();
  });

  afterEach(async () => {
    await receiver?.stop();
    receiver = undefined;
  });

  const scene = async () => {
    const running = await startDatadogReceiver(certificates, { apiKey, now: () => now });
    receiver = running;
    const secret = { read: () => Promise.resolve({ apiKey }), reread: () => Promise.resolve({ apiKey }) };
    const request = createHttpsRequest({ authorities: [certificates.ca] });
    const parts = { environment: 'prod', secret, request, authorities: [], now: () => now };
    return { running, destination: create(parts, running.address) };
  };
  const { signal } = new AbortController();

  it('has the reserved attributes, the tags and the event under the name of its view', async () => {
    const { running, destination } = await scene();
    const event = sentEvent('e-1', { severity: 4, time: now - 1_000 });
    expect(await destination.send([event], signal)).toEqual([{ status: 'delivered' }]);
    expect(running.logs).toEqual([
      {
        date: now - 1_000,
        item: {
          ddsource: 'strongroom',
          ddtags: 'env:prod,team:security,tier:1',
          hostname: 'prod',
          service: 'strongroom',
          status: 'error',
          message: 'event e-1',
          id: 'e-1',
          timestamp: now - 1_000,
          ocsf: event.document,
        },
      },
    ]);
    expect(running.requests[0]?.headers['content-encoding']).toBe('gzip');
  });

  it.each([
    ['three days old', -72],
    ['18 hours old', -18],
    ['3 hours ahead', 3],
  ])('keeps an event that is %s: it is dated by its arrival', async (_, hours) => {
    const { running, destination } = await scene();
    await destination.send([sentEvent('e-1', { time: now + hours * 3_600_000 })], signal);
    expect({ lost: running.lost, dates: running.logs.map(({ date }) => date) }).toEqual({ lost: [], dates: [now] });
  });

  it('refuses a log that Datadog would cut, and sends those around it', async () => {
    const { running, destination } = await scene();
    const { eventBytes } = destination.limits;
    const sized = (id: string, bytes: number) => {
      const document = { metadata: { uid: id }, message: '\u0001'.repeat(2_000), text: '' };
      document.text = 'x'.repeat(bytes - Buffer.byteLength(JSON.stringify(document)));
      return sentEvent(id, { document, time: now });
    };
    const outcomes = await destination.send(
      [sized('largest', eventBytes), sized('too-large', 1_000_000), sentEvent('small', { time: now })],
      signal,
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['delivered', 'refused', 'delivered']);
    expect({ lost: running.lost, ids: idsOf(running) }).toEqual({ lost: [], ids: ['largest', 'small'] });
  });

  it('takes a full batch', async () => {
    const { running, destination } = await scene();
    const { batchEvents, batchBytes } = destination.limits;
    const text = 'x'.repeat(Math.floor(batchBytes / batchEvents) - 200);
    const events = Array.from({ length: batchEvents }, (_, index) =>
      sentEvent(`e-${index}`, { document: { message: 'm', text, metadata: { uid: `e-${index}` } }, time: now }),
    );
    const outcomes = await destination.send(events, signal);
    expect(outcomes.filter(({ status }) => status === 'delivered')).toHaveLength(batchEvents);
    expect(running.requests).toHaveLength(1);
  });

  it.each([
    [200, 'misconfigured'],
    [201, 'misconfigured'],
    [206, 'misconfigured'],
    [401, 'unauthorised'],
    [403, 'unauthorised'],
    [404, 'misconfigured'],
    [408, 'busy'],
    [413, 'too-large'],
    [429, 'busy'],
    [500, 'busy'],
    [503, 'busy'],
  ])(
    'answers %i: the attempt fails as %s, and no message has the key that the answer repeats',
    async (status, code) => {
      const { running, destination } = await scene();
      running.replyNext({ status, body: { errors: [{ status: String(status), detail: `not with ${apiKey}` }] } });
      await expect(destination.send([sentEvent('e-1'), sentEvent('e-2')], signal)).rejects.toMatchObject({
        code,
        message: `Datadog answered ${status} "not with ***"`,
      });
    },
  );

  it('finds the event for which a payload is refused', async () => {
    const { running, destination } = await scene();
    const events = ['a', 'b', 'c', 'd'].map((id) => sentEvent(id, { time: now }));
    const refusal = { status: 400, body: { errors: [{ status: '400', title: 'Bad Request', detail: 'bad item' }] } };
    // All four, then a and b, then a.
    running.replyNext(refusal, refusal, refusal);
    const delivered = { status: 'delivered' };
    expect(await destination.send(events, signal)).toEqual([
      { status: 'refused', reason: 'Datadog answered 400 "bad item"' },
      delivered,
      delivered,
      delivered,
    ]);
    expect(idsOf(running)).toEqual(['b', 'c', 'd']);
  });

  it('keeps what is confirmed if the intake becomes busy while a refused payload is divided', async () => {
    const { running, destination } = await scene();
    const events = ['a', 'b', 'c', 'd'].map((id) => sentEvent(id, { time: now }));
    const busy = { status: 429, headers: { 'retry-after': '30' } };
    running.replyNext({ status: 400 }, { status: 400 }, { status: 400 }, busy);
    const retry = { status: 'retry', reason: 'Datadog answered 429', retryAfterMs: 30_000 };
    expect(await destination.send(events, signal)).toEqual([
      { status: 'refused', reason: 'Datadog answered 400' },
      retry,
      retry,
      retry,
    ]);
  });
});
