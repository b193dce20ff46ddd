import { randomBytes } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Destination, DestinationParts } from '../../../../lambdas/audit/destinations/destination.ts';
import { createHttps } from '../../../../lambdas/audit/destinations/https/index.ts';
import { createHttpsRequest } from '../../../../lambdas/audit/destinations/https-request.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../../local/tls.ts';
import { destinationContract, type ReceiverAddress } from '../../../_helpers/destination-contract.ts';
import { eventId, startWebhookReceiver, type WebhookReceiver } from '../../../_helpers/siem/https/receiver.ts';
import { commonSettings, sentEvent } from '../../../_helpers/siem/sent-events.ts';

const newSigningKey = (bytes = 32) => `whsec_${randomBytes(bytes).toString('base64')}`;

const create = (parts: DestinationParts, { host, port }: ReceiverAddress): Destination =>
  createHttps({ ...commonSettings, type: 'https', url: `https://${host}:${port}/events` }, parts);

const idsOf = ({ events }: WebhookReceiver) => events.map((event) => eventId(event) ?? 'none');

destinationContract(
  'https',
  { protocol: 'https', confirms: true, refusesDocuments: true, refusesCredentials: true, canBeBusy: true },
  async (certificates) => {
    const signingKey = newSigningKey();
    const receiver = await startWebhookReceiver(certificates, { signingKeys: [signingKey] });
    return {
      address: receiver.address,
      create,
      createRequest: (authorities) => createHttpsRequest({ authorities }),
      secret: { signingKey },
      refusedSecret: { signingKey: newSigningKey() },
      receivedIds: () => Promise.resolve(idsOf(receiver)),
      refusedDocument: () => ({ message: 'without an id' }),
      makeBusy: () => {
        receiver.replyNext({ status: 503 });
        return Promise.resolve(() => Promise.resolve());
      },
      stop: () => receiver.stop(),
    };
  },
);

describe('what an HTTPS endpoint gets', () => {
  let certificates: LocalCertificates;
  let receiver: WebhookReceiver | undefined;
  const { signal } = new AbortController();

  beforeAll(async () => {
    certificates = await createLocalCertificates();
  });

  afterEach(async () => {
    await receiver?.stop();
    receiver = undefined;
  });

  /** @param signs - key that the destination signs with. */
  const scene = async (signingKeys = [newSigningKey()], signs = signingKeys[0], now = Date.now) => {
    const running = await startWebhookReceiver(certificates, { signingKeys });
    receiver = running;
    const value = { signingKey: signs ?? '' };
    const secret = { read: () => Promise.resolve(value), reread: () => Promise.resolve(value) };
    const request = createHttpsRequest({ authorities: [certificates.ca] });
    const parts = { environment: 'prod', secret, request, authorities: [], now };
    return { running, destination: create(parts, running.address) };
  };

  it('is a JSON array of the events, with a signature that the package of the specification verifies', async () => {
    const { running, destination } = await scene();
    const events = [sentEvent('e-1'), sentEvent('e-2')];
    await destination.send(events, signal);
    expect(running.events).toEqual(events.map(({ document }) => document));
    expect(running.requests[0]?.headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': expect.stringMatching(/^msg_[A-Za-z0-9_-]{43}$/) as string,
      'webhook-timestamp': expect.stringMatching(/^\d{10}$/) as string,
      'webhook-signature': expect.stringMatching(/^v1,[A-Za-z0-9+/]{43}=$/) as string,
    });
  });

  it('has the same webhook-id if the same events are sent again, in any order, and is taken once', async () => {
    const { running, destination } = await scene();
    const [one, two, three] = ['e-1', 'e-2', 'e-3'].map((id) => sentEvent(id));
    if (!one || !two || !three) throw new Error('three events');
    await destination.send([one, two], signal);
    await destination.send([two, one], signal);
    await destination.send([one, three], signal);
    const [first, second, third] = running.batchIds;
    expect(second).toBe(first);
    expect(third).not.toBe(first);
    expect(idsOf(running)).toEqual(['e-1', 'e-2', 'e-1', 'e-3']);
  });

  it.each([24, 64])('signs with a key of %i bytes', async (bytes) => {
    const { running, destination } = await scene([newSigningKey(bytes)]);
    expect(await destination.send([sentEvent('e-1')], signal)).toEqual([{ status: 'delivered' }]);
    expect(idsOf(running)).toEqual(['e-1']);
  });

  it('is taken with the old and the new key if the receiver accepts both', async () => {
    const keys = [newSigningKey(), newSigningKey()];
    const { destination } = await scene(keys, keys[1]);
    expect(await destination.send([sentEvent('e-1')], signal)).toEqual([{ status: 'delivered' }]);
  });

  it('is refused by the receiver if the clock is wrong', async () => {
    const { running, destination } = await scene(undefined, undefined, () => Date.now() - 3_600_000);
    await expect(destination.send([sentEvent('e-1')], signal)).rejects.toMatchObject({ code: 'unauthorised' });
    expect(running.events).toEqual([]);
  });

  it.each([
    ['empty', ''],
    ['without its prefix', randomBytes(32).toString('base64')],
    ['too short', newSigningKey(23)],
    ['too long', newSigningKey(65)],
    ['not base64', 'whsec_***'],
    ['base64url', `whsec_${Buffer.alloc(32, 0xff).toString('base64url')}`],
    ['two keys', `${newSigningKey()} ${newSigningKey()}`],
    ['a public key', `whpk_${randomBytes(32).toString('base64')}`],
  ])('is not sent with a signing key that is %s', async (_, signingKey) => {
    const { running, destination } = await scene([newSigningKey()], signingKey);
    const failed = destination.send([sentEvent('e-1')], signal);
    await expect(failed).rejects.toMatchObject({ code: 'secret-invalid' });
    const { message } = (await failed.catch((error: unknown) => error)) as Error;
    expect(signingKey !== '' && message.includes(signingKey)).toBe(false);
    expect(running.requests).toEqual([]);
  });

  it.each([
    [200, 'delivered'],
    [201, 'delivered'],
    [202, 'delivered'],
    [204, 'delivered'],
    [299, 'delivered'],
    [400, 'refused'],
    [422, 'refused'],
  ])('reads %i as %s', async (status, expected) => {
    const { running, destination } = await scene();
    running.replyNext({ status });
    const outcomes = await destination.send([sentEvent('e-1')], signal);
    expect(outcomes.map((outcome) => outcome.status)).toEqual([expected]);
  });

  it.each([
    [402, 'misconfigured'],
    [409, 'misconfigured'],
    [410, 'misconfigured'],
    [415, 'misconfigured'],
    [501, 'busy'],
  ])('reads %i as a failure of the attempt: %s', async (status, code) => {
    const { running, destination } = await scene();
    running.replyNext({ status });
    await expect(destination.send([sentEvent('e-1'), sentEvent('e-2')], signal)).rejects.toMatchObject({ code });
  });
});
