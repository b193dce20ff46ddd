import { describe, expect, it } from 'vitest';
import { createDeliverHandler } from '../../../../lambdas/audit/deliver/create-deliver-handler.ts';
import {
  DestinationError,
  type Destination,
  type OutgoingEvent,
  type Outcome,
} from '../../../../lambdas/audit/destinations/destination.ts';
import { normalise } from '../../../../lambdas/audit/normalise/normalise.ts';
import { packEvents, readPack } from '../../../../lambdas/audit/queues/pack.ts';
import { Redactor } from '../../../../lambdas/runtime/redaction.ts';
import { apiCall, eventBridge, sqsBatch } from '../../../_fixtures/cloudtrail.ts';
import { createLedgerModel } from '../../../_helpers/ledger-model.ts';
import { SqsModel } from '../../../_helpers/sqs-model.ts';

const delivered: Outcome = { status: 'delivered' };
const takesAll: Destination['send'] = (events) => Promise.resolve(events.map(() => delivered));

const scene = (send: Destination['send'], { eventBytes = 500_000, remainingMs = (): number => 30_000 } = {}) => {
  const sqs = new SqsModel({ now: Date.now, random: Math.random });
  // The queue of the fixtures.
  const queueUrl = sqs.create('strongroom-dev-audit');
  const deadLettersUrl = sqs.create('dead-letters');
  const sent: string[] = [];
  const metrics = new Map<string, number>();
  const write = (message: string, fields: object = {}) => {
    const value = (fields as Readonly<Record<string, unknown>>)[message];
    if (typeof value === 'number') metrics.set(message, value);
  };
  const ledger = createLedgerModel();
  const handler = createDeliverHandler({
    environment: 'dev',
    region: 'eu-west-1',
    name: 'siem',
    view: 'ocsf',
    queueUrl,
    deadLettersUrl,
    destination: {
      limits: { batchEvents: 2, batchBytes: 1_000_000, eventBytes },
      send: (events, signal) => {
        sent.push(...events.map(({ id }) => id));
        return send(events, signal);
      },
    },
    queues: sqs,
    ledger,
    log: { info: write, warn: () => undefined, error: () => undefined },
    redactor: new Redactor(),
    pause: () => Promise.resolve(),
  });
  return {
    ledger,
    sent,
    metrics,
    invoke: (event: unknown) => handler(event, { getRemainingTimeInMillis: remainingMs }),
    letters: () => sqs.messages(deadLettersUrl),
    requeued: () => sqs.messages(queueUrl),
  };
};

const packOf = (...ids: readonly string[]): string =>
  packEvents(
    ids.map((eventID) => ({ event: normalise(JSON.stringify(eventBridge(apiCall('GetSecretValue', { eventID })))) })),
  ).messages[0] ?? '';

const idsOf = (body: string): string[] => readPack(body).events.map(({ event }) => event.metadata.uid);
const failed = (...ids: readonly string[]) => ({
  batchItemFailures: ids.map((itemIdentifier) => ({ itemIdentifier })),
});

describe('the function that delivers', () => {
  it('sends nothing from a queue that is not its own: the message goes to the dead letters with its source', async () => {
    const { invoke, sent, letters, metrics } = scene(takesAll);
    const batch = sqsBatch(packOf('forged'), packOf('own'));
    const foreign = 'arn:aws:sqs:eu-west-1:999999999999:strongroom-dev-audit';
    const [first, ...others] = batch.Records;
    const answer = await invoke({ Records: [{ ...first, eventSourceARN: foreign }, ...others] });
    expect(answer).toEqual(failed());
    expect(sent).toEqual(['own']);
    expect(letters()).toMatchObject([{ attributes: { code: 'not-a-pack', source: foreign, destination: 'siem' } }]);
    expect(metrics.get('AuditEventsQuarantined')).toBe(1);
  });

  it('names the messages that go back, and those only', async () => {
    const busy = new Set(['b', 'c']);
    const send = (events: readonly OutgoingEvent[]) =>
      Promise.resolve(
        events.map(({ id }): Outcome => (busy.has(id) ? { status: 'retry', reason: 'busy' } : delivered)),
      );
    const { invoke, requeued, metrics } = scene(send);
    // `a` is done, all of the second pack is left, one of the third is.
    expect(await invoke(sqsBatch(packOf('a'), packOf('b'), packOf('c', 'd')))).toEqual(failed('message-1'));
    expect(requeued().map(({ body }) => idsOf(body))).toEqual([['c']]);
    expect(metrics.get('AuditEventsDelivered')).toBe(2);
    expect(metrics.get('AuditOldestWaiting')).toBeGreaterThan(0);
  });

  it('keeps the original of an event that it cut in the dead letters, and delivers the cut one', async () => {
    const userAgent = 'agent '.repeat(80);
    const event = normalise(JSON.stringify(eventBridge(apiCall('GetSecretValue', { eventID: 'long', userAgent }))));
    const { invoke, sent, letters, metrics, ledger } = scene(takesAll, {
      eventBytes: JSON.stringify(event).length - 10,
    });
    expect(await invoke(sqsBatch(...packEvents([{ event }]).messages))).toEqual(failed());
    expect(sent).toEqual(['long']);
    expect(letters()).toMatchObject([{ attributes: { code: 'event-cut', eventId: 'long', attempts: '1' } }]);
    expect(readPack(letters()[0]?.body ?? '').events[0]?.event).toEqual(event);
    expect(metrics.get('AuditEventsQuarantined')).toBe(1);
    expect([...(await ledger.delivered('siem', ['long'], { remainingMs: () => 1_000 }))]).toEqual(['long']);
  });

  it('ends before its time with what it has delivered, and gives the rest back', async () => {
    let left = 30_000;
    const send = (events: readonly OutgoingEvent[]) => {
      left -= 15_000;
      return takesAll(events, new AbortController().signal);
    };
    const { invoke, sent, metrics } = scene(send, { remainingMs: () => left });
    const answer = await invoke(sqsBatch(packOf('a', 'b'), packOf('c', 'd'), packOf('e', 'f')));
    expect(sent).toEqual(['a', 'b', 'c', 'd']);
    expect(answer).toEqual(failed('message-2'));
    expect(metrics.get('AuditEventsDelivered')).toBe(4);
  });

  it('counts each failure of a refused event: a replay that fails comes back with one more', async () => {
    const { invoke, letters } = scene((events) =>
      Promise.resolve(events.map((): Outcome => ({ status: 'refused', reason: 'a mapping' }))),
    );
    await invoke(sqsBatch(packOf('a')));
    const [first] = letters();
    await invoke(sqsBatch(first?.body));
    expect(letters().map(({ attributes }) => attributes?.['attempts'])).toEqual(['1', '2']);
  });

  it('throws if only an operator can help and nothing was done, so that the alarm of failures fires', async () => {
    const { invoke } = scene(() => Promise.reject(new DestinationError('unauthorised', 'the token is refused')));
    await expect(invoke(sqsBatch(packOf('a')))).rejects.toMatchObject({ name: 'unauthorised' });
  });
});
