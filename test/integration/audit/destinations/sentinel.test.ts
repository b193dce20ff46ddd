import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Destination, DestinationParts } from '../../../../lambdas/audit/destinations/destination.ts';
import { createHttpsRequest } from '../../../../lambdas/audit/destinations/https-request.ts';
import { createSentinel } from '../../../../lambdas/audit/destinations/sentinel/index.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../../local/tls.ts';
import { destinationContract, type ReceiverAddress } from '../../../_helpers/destination-contract.ts';
import { readDeployment } from '../../../_helpers/siem/sentinel/deployment.ts';
import { startSentinelReceiver, type SentinelReceiver } from '../../../_helpers/siem/sentinel/receiver.ts';
import { startTokenEndpoint, type TokenEndpoint } from '../../../_helpers/siem/sentinel/token-endpoint.ts';
import { commonSettings, sentEvent } from '../../../_helpers/siem/sent-events.ts';

const rule = 'dcr-00112233445566778899aabbccddeeff';
const tenant = '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d';
const client = '6a7b8c9d-0e1f-4a2b-8c3d-4e5f6a7b8c9d';
const clientSecret = 'abc8Q~with+special/characters=&%';
const deployment = readDeployment();

/** What the shipped deployment creates in Azure, and the token endpoint of its tenant. */
const startAzure = async (certificates: LocalCertificates, now = Date.now) => {
  let isPublisher = true;
  const tokens = await startTokenEndpoint(certificates, { tenant, client, clientSecret, now });
  const ingestion = await startSentinelReceiver(certificates, {
    rule,
    stream: deployment.stream,
    columns: deployment.columns,
    isGoodToken: (token) => tokens.isGood(token),
    isPublisher: () => isPublisher,
  });
  return {
    tokens,
    ingestion,
    removeRole: () => {
      isPublisher = false;
    },
    stop: async () => {
      await ingestion.stop();
      await tokens.stop();
    },
  };
};

type Azure = Awaited<ReturnType<typeof startAzure>>;

const create = (
  parts: DestinationParts,
  { host, port }: ReceiverAddress,
  tokens: TokenEndpoint,
  overrides: { readonly stream?: string; readonly rule?: string; readonly client?: string } = {},
): Destination =>
  createSentinel(
    {
      ...commonSettings,
      type: 'sentinel',
      url: `https://${host}:${port}`,
      rule,
      stream: deployment.stream,
      tenant,
      client,
      authority: `https://${tokens.address.host}:${tokens.address.port}`,
      ...overrides,
    },
    parts,
  );

const idsOf = ({ rows }: SentinelReceiver) =>
  rows.filter(({ Event }) => Event !== undefined).map(({ EventId }) => String(EventId));

destinationContract(
  'sentinel',
  { protocol: 'https', confirms: true, refusesDocuments: false, refusesCredentials: true, canBeBusy: true },
  async (certificates) => {
    const { tokens, ingestion, stop } = await startAzure(certificates);
    return {
      address: ingestion.address,
      create: (parts, address) => create(parts, address, tokens),
      createRequest: (authorities) => createHttpsRequest({ authorities }),
      secret: { clientSecret },
      refusedSecret: { clientSecret: 'xyz8Q~of-another-application' },
      receivedIds: () => Promise.resolve(idsOf(ingestion)),
      makeBusy: () => {
        ingestion.replyNext({ status: 429, headers: { 'retry-after': '10' } });
        return Promise.resolve(() => Promise.resolve());
      },
      stop,
    };
  },
);

describe('what Sentinel gets', () => {
  let certificates: LocalCertificates;
  let azure: Azure | undefined;
  const { signal } = new AbortController();

  beforeAll(async () => {
    certificates = await createLocalCertificates();
  });

  afterEach(async () => {
    await azure?.stop();
    azure = undefined;
  });

  const scene = async (overrides: Parameters<typeof create>[3] = {}) => {
    const clock = { now: Date.parse('2026-03-05T00:00:00Z') };
    const running = await startAzure(certificates, () => clock.now);
    azure = running;
    const value = { clientSecret };
    const secret = { read: () => Promise.resolve(value), reread: () => Promise.resolve(value) };
    const request = createHttpsRequest({ authorities: [certificates.ca] });
    const parts = { environment: 'prod', secret, request, authorities: [], now: () => clock.now };
    const destination = create(parts, running.ingestion.address, running.tokens, overrides);
    return { ...running, clock, destination };
  };

  it('is a row for each event, with the columns and types of the shipped deployment', async () => {
    const { ingestion, destination } = await scene();
    const event = sentEvent('e-1', { severity: 3 });
    expect(await destination.send([event], signal)).toEqual([{ status: 'delivered' }]);
    expect(ingestion.lost).toEqual([]);
    expect(ingestion.rows).toEqual([
      {
        TimeGenerated: '2026-03-04T05:06:07.089Z',
        EventTime: '2026-03-04T05:06:07.089Z',
        EventId: 'e-1',
        SeverityId: 3,
        Environment: 'prod',
        View: 'ocsf',
        Event: event.document,
      },
    ]);
    expect(Object.keys(ingestion.rows[0] ?? {}).sort()).toEqual(deployment.columns.map(({ name }) => name).sort());
    expect(ingestion.requests[0]?.headers['content-encoding']).toBe('gzip');
  });

  it('takes a full batch, and the largest event without a cut', async () => {
    const { ingestion, destination } = await scene();
    const { batchEvents, batchBytes, eventBytes } = destination.limits;
    const sized = (id: string, bytes: number) => {
      const document = { metadata: { uid: id }, text: '' };
      document.text = 'x'.repeat(bytes - JSON.stringify(document).length);
      return sentEvent(id, { document });
    };
    const events = Array.from({ length: batchEvents }, (_, index) =>
      sized(`e-${index}`, Math.floor(batchBytes / batchEvents)),
    );
    await destination.send(events, signal);
    await destination.send([sized('largest', eventBytes)], signal);
    expect({ lost: ingestion.lost, rows: ingestion.rows.length }).toEqual({ lost: [], rows: batchEvents + 1 });
    expect(ingestion.requests).toHaveLength(2);
  });

  it('gets one token for many batches, and another one some minutes before that expires', async () => {
    const { tokens, clock, destination } = await scene();
    const send = (id: string) => destination.send([sentEvent(id)], signal);
    await send('e-1');
    clock.now += 3_290_000;
    await send('e-2');
    expect(tokens.requests).toHaveLength(1);
    clock.now += 10_000;
    await send('e-3');
    expect(tokens.requests).toHaveLength(2);
  });

  it('gets one token for batches that are sent at the same time, and renews it once for all', async () => {
    const { tokens, ingestion, destination } = await scene();
    const send = (ids: readonly string[]) => Promise.all(ids.map((id) => destination.send([sentEvent(id)], signal)));
    await send(['e-1', 'e-2', 'e-3']);
    expect(tokens.requests).toHaveLength(1);
    tokens.revoke();
    await send(['e-4', 'e-5', 'e-6']);
    expect(tokens.requests).toHaveLength(2);
    expect(idsOf(ingestion).sort()).toEqual(['e-1', 'e-2', 'e-3', 'e-4', 'e-5', 'e-6']);
  });

  it('gets a token of its own if the time of another batch is up while that asks for one', async () => {
    const { tokens, destination } = await scene();
    const other = new AbortController();
    const failed = destination.send([sentEvent('e-1')], other.signal);
    const sent = destination.send([sentEvent('e-2')], signal);
    other.abort();
    await expect(failed).rejects.toMatchObject({ code: 'timeout' });
    expect(await sent).toEqual([{ status: 'delivered' }]);
    expect(tokens.requests).toHaveLength(1);
  });

  it('renews a token once that is refused before it expires', async () => {
    const { tokens, ingestion, destination } = await scene();
    await destination.send([sentEvent('e-1')], signal);
    tokens.revoke();
    expect(await destination.send([sentEvent('e-2')], signal)).toEqual([{ status: 'delivered' }]);
    expect({ tokens: tokens.requests.length, ids: idsOf(ingestion) }).toEqual({ tokens: 2, ids: ['e-1', 'e-2'] });
  });

  it('fails as unauthorised if the renewed token is refused too', async () => {
    const { tokens, ingestion, destination } = await scene();
    ingestion.replyNext({ status: 401 }, { status: 401 });
    await expect(destination.send([sentEvent('e-1')], signal)).rejects.toMatchObject({ code: 'unauthorised' });
    expect({ tokens: tokens.requests.length, requests: ingestion.requests.length }).toEqual({ tokens: 2, requests: 2 });
  });

  it('does not repeat the token if the server does', async () => {
    const { ingestion, destination } = await scene();
    await destination.send([sentEvent('e-1')], signal);
    const token = String(ingestion.requests[0]?.headers.authorization).replace('Bearer ', '');
    ingestion.replyNext({ status: 403, body: { error: { code: 'Forbidden', message: `no access for ${token}` } } });
    await expect(destination.send([sentEvent('e-2')], signal)).rejects.toMatchObject({
      message: 'Azure Monitor answered 403 "Forbidden: no access for ***"',
    });
  });

  it('fails as unauthorised if the application lacks the role on the rule', async () => {
    const { tokens, destination, removeRole } = await scene();
    removeRole();
    await expect(destination.send([sentEvent('e-1')], signal)).rejects.toMatchObject({ code: 'unauthorised' });
    expect(tokens.requests).toHaveLength(1);
  });

  it.each([
    ['a stream that the rule does not have', { stream: 'Custom-Other' }, /InvalidStream/],
    ['a rule that does not exist', { rule: 'dcr-ffffffffffffffffffffffffffffffff' }, /answered 404/],
    ['an application that does not exist', { client: tenant }, /unauthorized_client: AADSTS700016/],
  ])('fails as misconfigured with %s', async (_, overrides, message) => {
    const { destination } = await scene(overrides);
    await expect(destination.send([sentEvent('e-1'), sentEvent('e-2')], signal)).rejects.toMatchObject({
      code: 'misconfigured',
      message: expect.stringMatching(message) as string,
    });
  });

  it.each([
    [401, { error: 'invalid_client' }, 'unauthorised'],
    [400, { error: 'invalid_client' }, 'unauthorised'],
    [400, { error: 'unauthorized_client' }, 'misconfigured'],
    [400, { error: 'invalid_scope' }, 'misconfigured'],
    [400, { error: 'temporarily_unavailable' }, 'busy'],
    [400, {}, 'misconfigured'],
    [429, { error: 'invalid_request' }, 'busy'],
    [500, { error: 'invalid_client' }, 'busy'],
    [503, undefined, 'busy'],
    [302, undefined, 'misconfigured'],
    [200, {}, 'misconfigured'],
    [200, { token_type: 'Bearer', expires_in: 3599 }, 'misconfigured'],
    [200, { token_type: 'mac', expires_in: 3599, access_token: 'abc' }, 'misconfigured'],
    [200, { token_type: 'Bearer', expires_in: 3599, access_token: 'a\nb' }, 'misconfigured'],
    [200, { token_type: 'Bearer', expires_in: 'never', access_token: 'abc' }, 'misconfigured'],
  ])('reads %i with %o of the token endpoint as %s', async (status, body, code) => {
    const { tokens, ingestion, destination } = await scene();
    tokens.replyNext({ status, headers: { 'retry-after': '20' }, body });
    await expect(destination.send([sentEvent('e-1')], signal)).rejects.toMatchObject({ code, retryAfterMs: 20_000 });
    expect(ingestion.requests).toEqual([]);
    expect(await destination.send([sentEvent('e-1')], signal)).toEqual([{ status: 'delivered' }]);
  });

  it.each([
    [200, 'misconfigured'],
    [202, 'misconfigured'],
    [404, 'misconfigured'],
    [413, 'too-large'],
    [429, 'busy'],
    [500, 'busy'],
  ])('reads %i of the Logs Ingestion API as %s', async (status, code) => {
    const { ingestion, destination } = await scene();
    ingestion.replyNext({ status });
    await expect(destination.send([sentEvent('e-1')], signal)).rejects.toMatchObject({ code });
  });

  it('finds the event for which a batch is refused', async () => {
    const { ingestion, destination } = await scene();
    const refusal = { status: 400, body: { error: { code: 'InvalidContent', message: 'bad row' } } };
    ingestion.replyNext(refusal, refusal);
    const outcomes = await destination.send([sentEvent('e-1'), sentEvent('e-2')], signal);
    expect(outcomes).toEqual([
      { status: 'refused', reason: 'Azure Monitor answered 400 "InvalidContent: bad row"' },
      { status: 'delivered' },
    ]);
  });
});

describe('the Azure deployment for Sentinel', () => {
  it('has a table with the columns of the stream, and a flow from one to the other', () => {
    expect(deployment.table.columns).toEqual(deployment.columns);
    expect(deployment.table.name).toMatch(/_CL$/);
    expect(deployment.flows).toMatchObject([
      { streams: [deployment.stream], outputStream: `Custom-${deployment.table.name}` },
    ]);
  });

  it('gives the application Monitoring Metrics Publisher alone', () => {
    expect(deployment.role).toContain("'3913510d-42f4-4e42-8a64-420c390055eb'");
  });
});
