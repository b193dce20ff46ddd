import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Destination, DestinationParts } from '../../../../lambdas/audit/destinations/destination.ts';
import { createHttpsRequest } from '../../../../lambdas/audit/destinations/https-request.ts';
import { createOtlp } from '../../../../lambdas/audit/destinations/otlp/index.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../../local/tls.ts';
import { destinationContract, type ReceiverAddress } from '../../../_helpers/destination-contract.ts';
import { startOtlpReceiver, type OtlpReceiver } from '../../../_helpers/siem/otlp/receiver.ts';
import { commonSettings, sentEvent } from '../../../_helpers/siem/sent-events.ts';

const token = 'c0ffee5ecret';

const create = (parts: DestinationParts, { host, port }: ReceiverAddress, header = 'authorization'): Destination =>
  createOtlp({ ...commonSettings, type: 'otlp', url: `https://${host}:${port}/v1/logs`, header }, parts);

const idsOf = ({ records }: OtlpReceiver) => records.map(({ attributes }) => String(attributes['log.record.uid']));

destinationContract(
  'otlp',
  {
    protocol: 'https',
    confirms: true,
    refusesDocuments: false,
    refusesCredentials: true,
    canBeBusy: true,
    notRetried: [408, 500],
  },
  async (certificates) => {
    const receiver = await startOtlpReceiver(certificates, { header: 'authorization', value: `Bearer ${token}` });
    return {
      address: receiver.address,
      create,
      createRequest: (authorities) => createHttpsRequest({ authorities }),
      secret: { token },
      refusedSecret: { token: 'another5ecret' },
      receivedIds: () => Promise.resolve(idsOf(receiver)),
      makeBusy: () => {
        receiver.replyNext({ status: 503, body: { message: 'overloaded' } });
        return Promise.resolve(() => Promise.resolve());
      },
      stop: () => receiver.stop(),
    };
  },
);

describe('what an OTLP receiver gets', () => {
  let certificates: LocalCertificates;
  let receiver: OtlpReceiver | undefined;
  const { signal } = new AbortController();
  const now = Date.parse('2026-03-05T00:00:00Z');

  beforeAll(async () => {
    certificates = await createLocalCertificates();
  });

  afterEach(async () => {
    await receiver?.stop();
    receiver = undefined;
  });

  const scene = async ({ header = 'authorization', value = `Bearer ${token}`, largest = 20_000_000 } = {}) => {
    const running = await startOtlpReceiver(certificates, { header, value, largest });
    receiver = running;
    const secret = { read: () => Promise.resolve({ token }), reread: () => Promise.resolve({ token }) };
    const request = createHttpsRequest({ authorities: [certificates.ca] });
    const parts = { environment: 'prod', secret, request, authorities: [], now: () => now };
    return { running, destination: create(parts, running.address, header) };
  };

  it('has one log record for each event', async () => {
    const { running, destination } = await scene();
    const event = sentEvent('e-1', { severity: 4 });
    await destination.send([event], signal);
    expect(running.records).toEqual([
      {
        timeUnixNano: 1_772_600_767_089_000_000n,
        observedTimeUnixNano: BigInt(now) * 1_000_000n,
        severityNumber: 17,
        severityText: 'ERROR',
        eventName: 'strongroom.audit',
        body: event.json,
        attributes: { 'log.record.uid': 'e-1', 'strongroom.view': 'ocsf' },
        resource: { 'service.name': 'strongroom', 'deployment.environment.name': 'prod' },
        scope: 'strongroom.audit',
      },
    ]);
    expect(running.requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'content-encoding': 'gzip',
    });
  });

  it('has the token alone in a header of another name', async () => {
    const { running, destination } = await scene({ header: 'x-api-key', value: token });
    await destination.send([sentEvent('e-1')], signal);
    expect(idsOf(running)).toEqual(['e-1']);
  });

  it('is one batch of which some records are rejected: none is sent again, and all are refused', async () => {
    const { running, destination } = await scene();
    running.reject(({ attributes }) => attributes['log.record.uid'] === 'e-2');
    const outcomes = await destination.send([sentEvent('e-1'), sentEvent('e-2'), sentEvent('e-3')], signal);
    const reason = expect.stringMatching(
      /rejected 1 of 3 records, and does not say which: "records are over the limit"$/,
    ) as string;
    expect(outcomes).toEqual(Array.from({ length: 3 }, () => ({ status: 'refused', reason })));
    expect({ requests: running.requests.length, ids: idsOf(running) }).toEqual({ requests: 1, ids: ['e-1', 'e-3'] });
  });

  it('is one batch that is bad data (400): it is not sent again', async () => {
    const { running, destination } = await scene();
    running.replyNext({ status: 400, body: { message: 'cannot decode' } });
    const outcomes = await destination.send([sentEvent('e-1'), sentEvent('e-2')], signal);
    expect(outcomes.map(({ status }) => status)).toEqual(['refused', 'refused']);
    expect(running.requests).toHaveLength(1);
  });

  it('fails as too-large over the limit of the receiver', async () => {
    const { destination } = await scene({ largest: 1_000 });
    const events = [sentEvent('e-1', { document: { text: 'x'.repeat(1_000) } })];
    await expect(destination.send(events, signal)).rejects.toMatchObject({ code: 'too-large' });
  });

  it('does not repeat the token if the server does', async () => {
    const { running, destination } = await scene();
    running.replyNext({ status: 403, body: { message: `Bearer ${token} has no access\u001b[31m` } });
    await expect(destination.send([sentEvent('e-1')], signal)).rejects.toMatchObject({
      message: expect.stringContaining('"Bearer *** has no access [31m"') as string,
    });
  });
});
