/** A destination that is away for days: the function as it ships, with the queues as they are deployed. */
import { describe, expect, it } from 'vitest';
import { createDeliverHandler } from '../../../lambdas/audit/deliver/create-deliver-handler.ts';
import { DestinationError, type Destination } from '../../../lambdas/audit/destinations/destination.ts';
import { normalise } from '../../../lambdas/audit/normalise/normalise.ts';
import { packEvents, readPack } from '../../../lambdas/audit/queues/pack.ts';
import { Redactor } from '../../../lambdas/runtime/redaction.ts';
import { auditHiddenSeconds, auditQueueRetentionMs, mostReceives } from '../../../lib/contract/index.ts';
import { apiCall, eventBridge } from '../../_fixtures/cloudtrail.ts';
import { createLedgerModel } from '../../_helpers/ledger-model.ts';
import { SqsModel } from '../../_helpers/sqs-model.ts';

const day = 24 * 60 * 60 * 1000;
const hours = (count: number): number => count * 60 * 60 * 1000;

interface Outage {
  readonly days: number;
  /** How the destination is away; `crash` ends the function itself. */
  readonly how: 'down' | 'refuses the credential' | 'takes some' | 'crash';
}

/** One pack each day, for as long as the outage lasts. */
const run = async ({ days, how }: Outage) => {
  let time = 0;
  const sqs = new SqsModel({ now: () => time, random: Math.random });
  const retentionSeconds = auditQueueRetentionMs / 1000;
  const deadLettersUrl = sqs.create('dead-letters', { retentionSeconds });
  const queueUrl = sqs.create('strongroom-dev-audit-siem', {
    visibilitySeconds: auditHiddenSeconds,
    retentionSeconds,
    deadLetters: { url: deadLettersUrl, maxReceiveCount: mostReceives },
  });
  const arrived = new Map<string, number>();
  const metrics: { readonly at: number; readonly oldest: number }[] = [];
  const isAway = () => time < days * day;
  const destination: Destination = {
    limits: { batchEvents: 100, batchBytes: 1_000_000, eventBytes: 500_000 },
    send: async (events) => {
      await Promise.resolve();
      if (isAway() && how === 'down') throw new DestinationError('unreachable', 'down');
      if (isAway() && how === 'refuses the credential') throw new DestinationError('unauthorised', 'token');
      return events.map(({ id }) => {
        if (isAway() && id.endsWith('b')) return { status: 'retry', reason: 'busy' };
        arrived.set(id, (arrived.get(id) ?? 0) + 1);
        return { status: 'delivered' };
      });
    },
  };
  const write = (_message: string, fields: object = {}) => {
    if ('AuditOldestWaiting' in fields) metrics.push({ at: time, oldest: Number(fields.AuditOldestWaiting) });
  };
  const handler = createDeliverHandler({
    environment: 'dev',
    name: 'siem',
    view: 'ocsf',
    queueUrl,
    deadLettersUrl,
    destination,
    queues: sqs,
    ledger: createLedgerModel(),
    log: { info: write, warn: () => undefined, error: () => undefined },
    redactor: new Redactor(),
    now: () => time,
    pause: () => Promise.resolve(),
  });
  const ids: string[] = [];
  for (let sent = 0; ;) {
    for (; sent <= Math.min(time, days * day); sent += hours(24)) {
      const pair = [`${sent / hours(1)}-a`, `${sent / hours(1)}-b`];
      ids.push(...pair);
      const events = pair.map((eventID) => ({
        event: normalise(JSON.stringify(eventBridge(apiCall('GetSecretValue', { eventID })))),
      }));
      sqs.put(queueUrl, ...packEvents(events).messages);
    }
    for (let records = sqs.receive(queueUrl, 10); records.length > 0; records = sqs.receive(queueUrl, 10)) {
      if (how === 'crash' && isAway()) continue;
      const end = time + 30_000;
      const answer = await handler({ Records: records }, { getRemainingTimeInMillis: () => end - time }).catch(() => ({
        batchItemFailures: records.map(({ messageId }) => ({ itemIdentifier: messageId })),
      }));
      const failed = new Set(answer.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      const done = records.map(({ messageId }) => messageId).filter((id) => !failed.has(id));
      sqs.delete(queueUrl, done);
    }
    const next = sqs.nextAt(queueUrl);
    if (sent > days * day && next === Infinity) break;
    time = Math.max(time + 1, Math.min(next, sent <= days * day ? sent : Infinity));
    if (time > 40 * day) throw new Error('The queue never drained');
  }
  const letters = sqs.messages(deadLettersUrl);
  const buried = new Set(letters.flatMap(({ body }) => readPack(body).events.map(({ event }) => event.metadata.uid)));
  return {
    lost: ids.filter((id) => !arrived.has(id) && !buried.has(id)),
    twice: [...arrived.values()].filter((times) => times > 1).length,
    buried,
    letters,
    metrics,
    drainedDays: time / day,
  };
};

const kinds = ['down', 'refuses the credential', 'takes some', 'crash'] as const;

describe('an outage of a destination', () => {
  it.each(kinds)('of 12 days loses nothing and puts nothing into the dead letters (%s)', async (how) => {
    const { lost, twice, buried, drainedDays } = await run({ days: 12, how });
    expect(lost).toEqual([]);
    expect(twice).toBe(0);
    expect([...buried]).toEqual([]);
    // Half an hour after it is back, everything has arrived.
    expect(drainedDays).toBeLessThan(12 + 1 / 24);
  });

  it.each(kinds)(
    'of 20 days puts into the dead letters what has waited for 13, and loses nothing (%s)',
    async (how) => {
      const { lost, buried, letters } = await run({ days: 20, how });
      const since = (id: string): number => Number(id.split('-')[0]) / 24;
      // SQS deletes what a crashing function never puts there 14 days after it came, dead letters too.
      if (how !== 'crash') expect(lost).toEqual([]);
      expect(buried.size).toBeGreaterThan(0);
      expect(Math.max(...[...buried].map(since))).toBeLessThanOrEqual(20 - 13);
      if (how === 'crash') return;
      expect(new Set(letters.map(({ attributes }) => attributes?.['code']))).toEqual(new Set(['not-delivered']));
      expect(Math.max(...letters.map(({ body }) => readPack(body).attempts))).toBeGreaterThanOrEqual(1);
    },
  );

  it('shows in the metric how long the oldest event has waited, also after many receives', async () => {
    const { metrics } = await run({ days: 11, how: 'down' });
    for (const passed of [1, 5, 10]) {
      const then = metrics.filter(({ at }) => at > passed * day && at < passed * day + hours(1));
      expect(Math.max(...then.map(({ oldest }) => oldest))).toBeGreaterThan((passed * day) / 1000 - 3_600);
    }
  });
});
