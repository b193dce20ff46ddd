import { describe, expect, it } from 'vitest';
import { createNormaliseHandler } from '../../../../lambdas/audit/fan-out/create-normalise-handler.ts';
import type { Queues } from '../../../../lambdas/audit/queues/queues.ts';
import { readPack } from '../../../../lambdas/audit/queues/pack.ts';
import { Redactor } from '../../../../lambdas/runtime/redaction.ts';
import { heartbeatOperation, heartbeatSource } from '../../../../lib/contract/index.ts';
import { account, apiCall, eventBridge, region, sqsBatch } from '../../../_fixtures/cloudtrail.ts';
import { SqsModel } from '../../../_helpers/sqs-model.ts';

const scene = ({ refuses = [] as readonly string[] } = {}) => {
  const sqs = new SqsModel({ now: Date.now, random: Math.random });
  const queueUrl = sqs.create('strongroom-dev-audit');
  const quarantineUrl = sqs.create('quarantine');
  const urls = { siem: sqs.create('siem'), archive: sqs.create('archive') };
  const refused = refuses.map((name) => `https://sqs.${region}.amazonaws.com/${account}/${name}`);
  const queues: Queues = {
    send: (url, messages) =>
      refused.includes(url)
        ? Promise.resolve(new Map(messages.map((_, index) => [index, 'InternalError'])))
        : sqs.send(url, messages),
    hide: (url, messages) => sqs.hide(url, messages),
  };
  const metrics = new Map<string, number>();
  const write = (message: string, fields: object = {}) => {
    const value = (fields as Readonly<Record<string, unknown>>)[message];
    if (typeof value === 'number') metrics.set(message, value);
  };
  const handler = createNormaliseHandler({
    environment: 'dev',
    region,
    queues,
    queueUrl,
    quarantineUrl,
    destinations: [
      { name: 'siem', queueUrl: urls.siem, raw: false },
      { name: 'archive', queueUrl: urls.archive, raw: true, events: ['GetSecretValue'] },
    ],
    log: { info: write, warn: () => undefined, error: () => undefined },
    redactor: new Redactor(),
  });
  const eventsIn = (name: keyof typeof urls) =>
    sqs.messages(urls[name]).flatMap(({ body }) => [...readPack(body).events]);
  return {
    invoke: (event: unknown) => handler(event, { getRemainingTimeInMillis: () => 30_000 }),
    eventsIn,
    idsIn: (name: keyof typeof urls) => eventsIn(name).map(({ event }) => event.metadata.uid),
    quarantined: () => sqs.messages(quarantineUrl),
    metrics,
  };
};

const read = (eventID: string) => eventBridge(apiCall('GetSecretValue', { eventID }));
const beat = (source: string) => ({
  version: '0',
  id: 'b1a2c3d4-0000-4000-8000-000000000001',
  'detail-type': heartbeatOperation,
  source,
  account,
  region,
  time: '2026-11-30T17:00:00Z',
  resources: [],
  detail: { environment: 'dev' },
});
const none = { batchItemFailures: [] };

describe('the function that normalises', () => {
  it('puts a message of a queue that is not its own into the quarantine, and deletes none', async () => {
    const { invoke, idsIn, quarantined, metrics } = scene();
    const forged = read('forged');
    const {
      Records: [first, second],
    } = sqsBatch(forged, read('own'));
    const foreign = `arn:aws:sqs:${region}:${account}:another-queue`;
    expect(await invoke({ Records: [{ ...first, eventSourceARN: foreign }, second] })).toEqual(none);
    expect(idsIn('siem')).toEqual(['own']);
    expect(quarantined()).toMatchObject([
      { body: JSON.stringify(forged), attributes: { code: 'foreign-queue', source: foreign } },
    ]);
    expect(metrics.get('AuditEventsQuarantined')).toBe(1);
  });

  it('puts what is not an event into the quarantine, and the others of the batch into the queues', async () => {
    const { invoke, idsIn, quarantined } = scene();
    expect(await invoke(sqsBatch('{"a":', '{"not":"ours"}', read('a')))).toEqual(none);
    expect(idsIn('siem')).toEqual(['a']);
    expect(quarantined()).toHaveLength(2);
  });

  it('counts the heartbeat of its own source, and of no other', async () => {
    const { invoke, metrics } = scene();
    await invoke(sqsBatch(beat(heartbeatSource), beat('com.example'), read('a')));
    expect(metrics.get('AuditHeartbeat')).toBe(1);
  });

  it('sends each destination what its filter takes, and the record to those that want it', async () => {
    const { invoke, idsIn, eventsIn } = scene();
    await invoke(sqsBatch(read('a'), eventBridge(apiCall('DescribeSecret', { eventID: 'b' }))));
    expect(idsIn('siem')).toEqual(['a', 'b']);
    expect(idsIn('archive')).toEqual(['a']);
    expect(eventsIn('archive')[0]?.raw).toContain('"eventID":"a"');
    expect(eventsIn('siem')[0]).not.toHaveProperty('raw');
  });

  it('gives back the messages whose events one queue did not take; the other queue has them', async () => {
    const { invoke, idsIn } = scene({ refuses: ['archive'] });
    const answer = await invoke(sqsBatch(read('a'), eventBridge(apiCall('DescribeSecret', { eventID: 'b' }))));
    expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect(idsIn('siem')).toEqual(['a', 'b']);
  });

  it('keeps in the queue what the quarantine did not take', async () => {
    const { invoke } = scene({ refuses: ['quarantine'] });
    expect(await invoke(sqsBatch(read('a'), '{"not":"ours"}'))).toEqual({
      batchItemFailures: [{ itemIdentifier: 'message-1' }],
    });
  });
});
