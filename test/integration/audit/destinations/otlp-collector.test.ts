import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Destination, DestinationParts } from '../../../../lambdas/audit/destinations/destination.ts';
import { createHttpsRequest } from '../../../../lambdas/audit/destinations/https-request.ts';
import { createOtlp } from '../../../../lambdas/audit/destinations/otlp/index.ts';
import { createLocalCertificates } from '../../../../local/tls.ts';
import { destinationContract, type ReceiverAddress } from '../../../_helpers/destination-contract.ts';
import { startCollector, type Collector } from '../../../_helpers/siem/otlp/start-collector.ts';
import { commonSettings, sentEvent } from '../../../_helpers/siem/sent-events.ts';

const create = (parts: DestinationParts, { host, port }: ReceiverAddress): Destination =>
  createOtlp(
    { ...commonSettings, type: 'otlp', url: `https://${host}:${port}/v1/logs`, header: 'authorization' },
    parts,
  );

/** The Collector's receiver takes every token, and every log record that it can read. */
destinationContract(
  'otlp to the OpenTelemetry Collector',
  {
    protocol: 'https',
    confirms: true,
    refusesDocuments: false,
    refusesCredentials: false,
    canBeBusy: false,
    notRetried: [408, 500],
  },
  async (certificates) => {
    const collector = await startCollector(certificates);
    return {
      address: collector.address,
      create,
      createRequest: (authorities) => createHttpsRequest({ authorities }),
      secret: { token: 'c0ffee5ecret' },
      receivedIds: async () =>
        (await collector.records()).map(({ attributes }) => String(attributes['log.record.uid'])),
      stop: () => collector.stop(),
    };
  },
);

describe('what the OpenTelemetry Collector reads', () => {
  let collector: Collector;
  let destination: Destination;
  const { signal } = new AbortController();
  const now = Date.parse('2026-03-05T00:00:00Z');

  beforeAll(async () => {
    const certificates = await createLocalCertificates();
    collector = await startCollector(certificates);
    const value = { token: 'c0ffee5ecret' };
    const secret = { read: () => Promise.resolve(value), reread: () => Promise.resolve(value) };
    const request = createHttpsRequest({ authorities: [certificates.ca] });
    destination = create({ environment: 'prod', secret, request, authorities: [], now: () => now }, collector.address);
  });

  afterAll(async () => {
    await collector.stop();
  });

  it('is each field of a record as it was sent', async () => {
    const event = sentEvent('e-1', { severity: 4 });
    expect(await destination.send([event], signal)).toEqual([{ status: 'delivered' }]);
    await expect
      .poll(() => collector.records())
      .toEqual([
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
  });

  it('is not sent again if the pipeline behind the receiver refuses it for good', async () => {
    const sent = destination.send([sentEvent('e-2', { document: { message: 'refuse permanently' } })], signal);
    await expect(sent).rejects.toMatchObject({ code: 'misconfigured', retryable: false });
  });
});
