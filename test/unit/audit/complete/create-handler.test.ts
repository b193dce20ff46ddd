import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { createHandler } from '../../../../lambdas/audit/complete/create-handler.ts';
import type { FileCount } from '../../../../lambdas/audit/complete/ports.ts';
import type { QueueMessage } from '../../../../lambdas/audit/queues/queues.ts';
import { TrailFileError } from '../../../../lambdas/audit/complete/trail-file-error.ts';
import { readPack } from '../../../../lambdas/audit/queues/pack.ts';
import { Redactor } from '../../../../lambdas/runtime/redaction.ts';
import type { AuditQueue } from '../../../../lib/contract/index.ts';
import {
  apiCall,
  deniedCall,
  kmsDecrypt,
  serviceEvent,
  sqsBatch,
  type JsonRecord,
} from '../../../_fixtures/cloudtrail.ts';
import { created, fileKey, trailFile, trailFiles } from '../../../_fixtures/trail-files.ts';
import { createLedgerModel } from '../../../_helpers/ledger-model.ts';

const own = 'https://sqs.example/own';
const quarantine = 'https://sqs.example/quarantine';
const queueOf = (name: string): string => `https://sqs.example/${name}`;
const siem: AuditQueue = { name: 'siem', queueUrl: queueOf('siem'), raw: false };
const lake: AuditQueue = { name: 'lake', queueUrl: queueOf('lake'), raw: false, events: ['Rotation*'] };

const minutes = 60_000;
const hours = 60 * minutes;

/** The function with a bucket, queues, a ledger and a clock in memory. */
const scene = ({
  destinations = [siem],
  remainingMs = 60_000,
}: { destinations?: AuditQueue[]; remainingMs?: number } = {}) => {
  const objects = new Map<string, Buffer>();
  const queues = new Map<string, QueueMessage[]>();
  const counts = new Map<string, FileCount>();
  const ledger = createLedgerModel();
  const lines: Record<string, unknown>[] = [];
  const write = (message: string, fields: object = {}) => lines.push({ message, ...fields });
  const clock = { now: Date.UTC(2026, 10, 30, 18) };
  const opened: string[] = [];
  const handler = createHandler({
    environment: 'dev',
    destinations,
    files: trailFiles,
    queueUrl: own,
    quarantineUrl: quarantine,
    store: {
      open: ({ bucket, key, versionId = '' }) => {
        opened.push(`${bucket}/${key}`);
        const content = objects.get(key + versionId);
        if (!content) return Promise.reject(new TrailFileError('file-missing', 'The file does not exist any more'));
        return Promise.resolve({ stream: Readable.from([content]), bytes: content.length });
      },
    },
    ledger,
    counters: {
      set: (destination, hour, key, count) => {
        counts.set(`${destination} ${hour} ${key}`, count);
        return Promise.resolve();
      },
    },
    outbox: {
      send: (queueUrl, messages) => {
        queues.set(queueUrl, [...(queues.get(queueUrl) ?? []), ...messages]);
        return Promise.resolve();
      },
    },
    log: { info: write, warn: write, error: write },
    redactor: new Redactor(),
    now: () => clock.now,
  });
  const invoke = (...bodies: unknown[]) =>
    handler(sqsBatch(...bodies), { getRemainingTimeInMillis: () => remainingMs });
  const take = (queueUrl: string): QueueMessage[] => {
    const taken = queues.get(queueUrl) ?? [];
    queues.delete(queueUrl);
    return taken;
  };
  const sentTo = (name: string): string[] =>
    take(queueOf(name)).flatMap(({ body }) => readPack(body).events.map(({ event }) => event.metadata.uid));
  return {
    objects,
    counts,
    ledger,
    clock,
    opened,
    invoke,
    take,
    sentTo,
    /** A new file, and the message of S3 about it. */
    put: (name: string, ...records: readonly JsonRecord[]) => {
      objects.set(fileKey(name), trailFile(...records));
      return { Records: [created(fileKey(name))] };
    },
    deliver: (destination: string, ...ids: string[]) =>
      ledger.remember(destination, ids, { remainingMs: () => 60_000 }),
    completeness: () => lines.flatMap((line) => ('AuditCompleteness' in line ? [line['AuditCompleteness']] : [])),
    counted: (metric: string) =>
      lines.reduce((sum, line) => sum + (typeof line[metric] === 'number' ? line[metric] : 0), 0),
    lines,
  };
};

const done = { batchItemFailures: [] };
const read = (eventID: string) => apiCall('GetSecretValue', { eventID });

describe('a new file of the trail', () => {
  it('of which everything was delivered is complete, and not looked at again', async () => {
    const { put, deliver, invoke, sentTo, take, completeness } = scene();
    await deliver('siem', 'a', 'b');
    expect(await invoke(put('file', read('a'), read('b')))).toEqual(done);
    expect(completeness()).toEqual([1]);
    expect(sentTo('siem')).toEqual([]);
    expect(take(own)).toEqual([]);
  });

  it('of which something was not delivered: that alone is enqueued, and the file is looked at again', async () => {
    const { put, deliver, invoke, sentTo, take, completeness, counts, clock } = scene();
    await deliver('siem', 'a');
    await invoke(
      put(
        'file',
        read('a'),
        deniedCall('GetSecretValue', { eventID: 'b' }),
        serviceEvent('RotationFailed', { eventID: 'c' }),
      ),
    );
    expect(sentTo('siem')).toEqual(['b', 'c']);
    expect(counts).toEqual(new Map([[`siem 2026-11-30T17 ${fileKey('file')}`, { expected: 3, delivered: 1 }]]));
    // The fast lane may still be on its way.
    expect(completeness()).toEqual([]);
    const [again] = take(own);
    expect(again?.delaySeconds).toBe(900);

    clock.now += 15 * minutes;
    await deliver('siem', 'b', 'c');
    await invoke(again?.body);
    expect(completeness()).toEqual([1]);
    expect(sentTo('siem')).toEqual([]);
    expect(take(own)).toEqual([]);
    expect([...counts.values()]).toEqual([{ expected: 3, delivered: 3 }]);
  });

  it('is compared for each destination by its filter and its own deliveries', async () => {
    const { put, deliver, invoke, sentTo } = scene({ destinations: [siem, lake] });
    await deliver('siem', 'a', 'b');
    await invoke(put('file', read('a'), serviceEvent('RotationSucceeded', { eventID: 'b' })));
    expect(sentTo('siem')).toEqual([]);
    expect(sentTo('lake')).toEqual(['b']);
  });

  it('gives only what the rules of the fast lane take', async () => {
    const { put, invoke, sentTo } = scene();
    const others = apiCall('PutObject', { eventSource: 's3.amazonaws.com', requestParameters: { key: 'kms' } });
    await invoke(put('file', others, kmsDecrypt({ eventID: 'a' })));
    expect(sentTo('siem')).toEqual(['a']);
  });

  it('that has an event twice sends it once', async () => {
    const { put, invoke, sentTo } = scene();
    await invoke(put('file', read('a'), read('a')));
    expect(sentTo('siem')).toEqual(['a']);
  });

  it('that another trail has too is delivered once: by the ledger', async () => {
    const { put, deliver, invoke, sentTo } = scene();
    await invoke(put('one', read('a')));
    await deliver('siem', ...sentTo('siem'));
    await invoke(put('two', read('a')));
    expect(sentTo('siem')).toEqual([]);
  });

  it('that was written twice counts once', async () => {
    const { put, deliver, invoke, sentTo, counts } = scene();
    await invoke(put('file', read('a')));
    await deliver('siem', ...sentTo('siem'));
    await invoke(put('file', read('a')));
    expect(sentTo('siem')).toEqual([]);
    expect([...counts.values()]).toEqual([{ expected: 1, delivered: 1 }]);
  });

  it('with thousands of events is compared and sent in packs', async () => {
    const { put, deliver, invoke, sentTo, counts } = scene();
    const ids = Array.from({ length: 2_345 }, (_, index) => `event-${index}`);
    const delivered = ids.filter((_, index) => index % 3 === 0);
    await deliver('siem', ...delivered);
    await invoke(put('file', ...ids.map(read)));
    expect(sentTo('siem')).toEqual(ids.filter((id) => !delivered.includes(id)));
    expect([...counts.values()]).toEqual([{ expected: ids.length, delivered: delivered.length }]);
  });

  it('without an audit event counts nothing', async () => {
    const { put, invoke, completeness, counts } = scene();
    expect(await invoke(put('file', apiCall('PutObject', { eventSource: 's3.amazonaws.com' })))).toEqual(done);
    expect(completeness()).toEqual([]);
    expect(counts.size).toBe(0);
  });

  it('that there is no time for is read again', async () => {
    const { put, invoke, sentTo, take } = scene({ remainingMs: 1_000 });
    expect(await invoke(put('file', read('a')))).toEqual({ batchItemFailures: [{ itemIdentifier: 'message-0' }] });
    expect([...sentTo('siem'), ...take(quarantine)]).toEqual([]);
  });
});

describe('a file that stays incomplete', () => {
  /** Runs the function for hours, with what it sends to its own queue. */
  const runFor = async (one: ReturnType<typeof scene>, first: unknown, hoursInAll: number) => {
    const sent: { readonly hour: number; readonly ids: readonly string[] }[] = [];
    const start = one.clock.now;
    let [message]: (string | undefined)[] = [JSON.stringify(first)];
    let messages = 0;
    while (message !== undefined && one.clock.now - start <= hoursInAll * hours) {
      await one.invoke(message);
      messages += 1;
      const ids = one.sentTo('siem');
      if (ids.length > 0) sent.push({ hour: (one.clock.now - start) / hours, ids });
      const [next] = one.take(own);
      message = next?.body;
      one.clock.now += (next?.delaySeconds ?? 0) * 1000;
    }
    return { sent, messages, ended: message === undefined };
  };

  it('is looked at every hour at least, and what is missing is sent once a day', async () => {
    const one = scene();
    const { sent, ended } = await runFor(one, one.put('file', read('a')), 50);
    expect(sent.map(({ hour }) => Math.floor(hour / 24))).toEqual([0, 1, 2]);
    expect(ended).toBe(false);
    expect(new Set(one.completeness())).toEqual(new Set([0]));
    expect(one.completeness().length).toBeGreaterThanOrEqual(48);
    expect(one.opened.length).toBeLessThan(60);
  });

  it('is given up after 13 days, with an error', async () => {
    const one = scene();
    const { ended } = await runFor(one, one.put('file', read('a')), 24 * 14);
    expect(ended).toBe(true);
    expect(one.clock.now).toBeGreaterThanOrEqual(Date.UTC(2026, 11, 13, 18));
    expect(one.lines).toContainEqual(expect.objectContaining({ message: 'Trail file never completely delivered' }));
  });
});

describe('a message that is not about events', () => {
  it('S3’s test is taken, and nothing is read', async () => {
    const { invoke, opened, take } = scene();
    const test = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: trailFiles.bucket };
    expect(await invoke(test)).toEqual(done);
    expect([...opened, ...take(quarantine)]).toEqual([]);
  });

  it.each(['CloudTrail-Digest', 'CloudTrail-Insight', 'CloudTrail-Aggregated'])('%s is not read', async (what) => {
    const { invoke, opened, take } = scene();
    const key = fileKey().replace('/CloudTrail/', `/${what}/`);
    expect(await invoke({ Records: [created(key)] })).toEqual(done);
    expect([...opened, ...take(quarantine)]).toEqual([]);
  });
});

describe('what can’t be read', () => {
  it.each([
    ['of another bucket', { Records: [created(fileKey(), { bucket: 'someone-elses-bucket' })] }, 'file-foreign'],
    [
      'of another account',
      { Records: [created(fileKey().replaceAll('111122223333', '444455556666'))] },
      'file-foreign',
    ],
    [
      'of another bucket, as an order to look again',
      { look: { file: { bucket: 'b', key: fileKey() }, number: 2, firstAt: 0, dueAt: 0 } },
      'file-foreign',
    ],
    ['that was deleted', { Records: [created(fileKey('deleted'))] }, 'file-missing'],
    ['of no form', 'not JSON', 'message-invalid'],
  ])('a file %s goes to the quarantine as the message came', async (_, message, code) => {
    const { invoke, take, opened, counted } = scene();
    expect(await invoke(message)).toEqual(done);
    expect(take(quarantine)).toMatchObject([
      { body: typeof message === 'string' ? message : JSON.stringify(message), attributes: { code } },
    ]);
    if (code !== 'file-missing') expect(opened).toEqual([]);
    expect(counted('AuditEventsQuarantined')).toBe(1);
  });

  it('an empty file goes to the quarantine', async () => {
    const { invoke, objects, take } = scene();
    objects.set(fileKey(), Buffer.alloc(0));
    expect(await invoke({ Records: [created(fileKey())] })).toEqual(done);
    expect(take(quarantine)).toMatchObject([{ attributes: { code: 'file-empty' } }]);
  });

  it('a file that was cut delivers what is before the cut, and goes to the quarantine once', async () => {
    const { invoke, put, objects, sentTo, take, clock } = scene();
    const message = put('cut', ...Array.from({ length: 3_000 }, (_, index) => read(`event-${index}`)));
    const whole = objects.get(fileKey('cut'));
    objects.set(fileKey('cut'), whole?.subarray(0, whole.length / 2) ?? Buffer.alloc(0));
    await invoke(message);
    const ids = sentTo('siem');
    expect(ids.slice(0, 2)).toEqual(['event-0', 'event-1']);
    expect(take(quarantine)).toMatchObject([
      {
        body: JSON.stringify({ file: { bucket: trailFiles.bucket, key: fileKey('cut') } }),
        attributes: { code: 'file-damaged' },
      },
    ]);
    const [again] = take(own);
    clock.now += 15 * minutes;
    await invoke(again?.body);
    expect(take(quarantine)).toEqual([]);
  });

  it('a record that is no event goes to the quarantine by its position, and the others are delivered', async () => {
    const { invoke, put, sentTo, take } = scene();
    await invoke(put('file', read('a'), apiCall('GetSecretValue', { eventID: undefined }), read('b')));
    expect(sentTo('siem')).toEqual(['a', 'b']);
    const [aside, ...others] = take(quarantine);
    expect(others).toEqual([]);
    expect(JSON.parse(aside?.body ?? '')).toEqual({
      file: { bucket: trailFiles.bucket, key: fileKey('file') },
      record: 1,
    });
    expect(aside?.attributes?.['code']).toBe('record-invalid');
  });

  it('does not hold back the other messages of the batch', async () => {
    const { invoke, put, sentTo } = scene();
    expect(await invoke('not JSON', put('file', read('a')))).toEqual(done);
    expect(sentTo('siem')).toEqual(['a']);
  });
});

it('looks at each object of a message with several by itself', async () => {
  const { invoke, take, put, sentTo } = scene();
  const [one, two] = [put('one', read('a')), put('two', read('b'))];
  await invoke({ Records: [...one.Records, ...two.Records] });
  const looks = take(own);
  expect(looks).toHaveLength(2);
  await invoke(...looks.map(({ body }) => body));
  expect(sentTo('siem')).toEqual(['a', 'b']);
});

describe('what the complete lane enqueues', () => {
  it('has the scrubbed record for the destinations that want it, as in the fast lane', async () => {
    const archive: AuditQueue = { name: 'archive', queueUrl: queueOf('archive'), raw: true };
    const { put, invoke, take } = scene({ destinations: [siem, archive] });
    const record = apiCall('PutSecretValue', {
      eventID: 'a',
      requestParameters: { secretId: 'dev/orders/db', secretString: 'canary-4711' },
    });
    await invoke(put('file', record));
    const [plain] = take(queueOf('siem')).flatMap(({ body }) => readPack(body).events);
    const [withRaw] = take(queueOf('archive')).flatMap(({ body }) => readPack(body).events);
    expect(plain).not.toHaveProperty('raw');
    expect(JSON.parse(withRaw?.raw ?? '{}')).toMatchObject({ eventID: 'a', eventName: 'PutSecretValue' });
    expect(JSON.stringify(withRaw)).not.toContain('canary-4711');
  });
});
