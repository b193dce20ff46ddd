import { describe, expect, it } from 'vitest';
import type { DeadLetter, DeliveryAws } from '../../../cli/operators/audit/ports.ts';
import { completenessOf } from '../../../cli/operators/audit/completeness.ts';
import { replay } from '../../../cli/operators/audit/replay.ts';

const pack = (id: string): string => JSON.stringify({ events: [{ event: { metadata: { uid: id } } }], attempts: 3 });
const queues = { queueUrl: 'queue', deadLettersUrl: 'dead' };

/** A queue of dead letters as SQS has it: a received message is hidden until it is deleted or shown again. */
const scene = (...bodies: string[]) => {
  let dead: DeadLetter[] = bodies.map((body, index) => ({ id: `m${index}`, receipt: `r${index}`, body }));
  const hidden = new Set<string>();
  const sent: string[] = [];
  const aws: Pick<DeliveryAws, 'receive' | 'send' | 'delete' | 'release'> = {
    receive: () => {
      const visible = dead.filter(({ receipt }) => !hidden.has(receipt)).slice(0, 10);
      for (const { receipt } of visible) hidden.add(receipt);
      return Promise.resolve(visible);
    },
    send: (_, body) => {
      sent.push(body);
      return Promise.resolve();
    },
    delete: (_, receipt) => {
      dead = dead.filter((one) => one.receipt !== receipt);
      return Promise.resolve();
    },
    release: (_, receipt) => {
      hidden.delete(receipt);
      return Promise.resolve();
    },
  };
  const abort = new AbortController();
  const run = (limit: number, onProgress: (replayed: number) => void = () => undefined) =>
    replay(aws, queues, { limit, rate: 10, signal: abort.signal, pause: () => Promise.resolve(), onProgress });
  return { aws, abort, sent, run, left: () => dead.map(({ body }) => body), hidden };
};

describe('replay', () => {
  it('sends every dead letter as it was, with its count of attempts, and deletes it', async () => {
    const bodies = Array.from({ length: 25 }, (_, index) => pack(`e${index}`));
    const { run, sent, left } = scene(...bodies);
    expect(await run(25)).toEqual({ replayed: 25, kept: [] });
    expect(sent).toEqual(bodies);
    expect(left()).toEqual([]);
  });

  it('keeps to the limit, and shows the rest again', async () => {
    const { run, left, hidden } = scene(pack('a'), pack('b'), pack('c'));
    expect(await run(1)).toMatchObject({ replayed: 1 });
    expect(left()).toEqual([pack('b'), pack('c')]);
    expect([...hidden]).toEqual(['r0']);
  });

  it('that is interrupted keeps what it did not send', async () => {
    const { run, abort, left, sent } = scene(pack('a'), pack('b'), pack('c'));
    await run(3, () => {
      abort.abort();
    });
    expect(sent).toEqual([pack('a')]);
    expect(left()).toEqual([pack('b'), pack('c')]);
  });

  it('deletes nothing that was not sent', async () => {
    const { aws, run, left } = scene(pack('a'));
    aws.send = () => Promise.reject(new Error('no answer'));
    await expect(run(1)).rejects.toThrow('no answer');
    expect(left()).toEqual([pack('a')]);
  });

  it.each(['not JSON', '{"file":{"bucket":"b"}}', '{"events":[]}'])('keeps what is not a pack: %s', async (body) => {
    const { run, sent, left } = scene(body, pack('a'));
    expect(await run(2)).toMatchObject({ replayed: 1, kept: [{ id: 'm0' }] });
    expect(sent).toEqual([pack('a')]);
    expect(left()).toEqual([body]);
  });
});

describe('completeness', () => {
  it('is the share of each destination and day', async () => {
    const counts = new Map([
      ['completeness#siem#2026-11-30T17', { files: 2, expected: 10, delivered: 10 }],
      ['completeness#siem#2026-11-30T18', { files: 1, expected: 10, delivered: 5 }],
      ['completeness#lake#2026-12-01T01', { files: 1, expected: 4, delivered: 4 }],
    ]);
    const period = { from: new Date('2026-11-30T00:00:00Z'), to: new Date('2026-12-02T00:00:00Z') };
    expect(await completenessOf({ counts: () => Promise.resolve(counts) }, 'table', ['siem', 'lake'], period)).toEqual([
      { destination: 'siem', day: '2026-11-30', files: 3, expected: 20, delivered: 15, share: 0.75 },
      { destination: 'lake', day: '2026-11-30', files: 0, expected: 0, delivered: 0 },
      { destination: 'siem', day: '2026-12-01', files: 0, expected: 0, delivered: 0 },
      { destination: 'lake', day: '2026-12-01', files: 1, expected: 4, delivered: 4, share: 1 },
    ]);
  });
});
