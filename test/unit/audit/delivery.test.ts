import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deliver, type DeliveryPolicy } from '../../../lambdas/audit/deliver/delivery.ts';
import { normalise } from '../../../lambdas/audit/normalise/normalise.ts';
import { SiemError, type SiemErrorCode } from '../../../lambdas/audit/deliver/siem.ts';
import { apiCall, eventBridge } from '../../_fixtures/cloudtrail.ts';

const item = (id: string) => ({
  id,
  body: normalise(JSON.stringify(eventBridge(apiCall('GetSecretValue', { eventID: id })))),
});

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, 'random').mockReturnValue(0.5);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A SIEM that fails as told, one answer an attempt, then takes everything; and a clock that only pauses move. */
const scene = (
  failures: readonly (SiemError | undefined)[],
  { budgetMs = 60_000, policy }: { budgetMs?: number; policy?: DeliveryPolicy } = {},
) => {
  const attempts: string[][] = [];
  const times: number[] = [];
  const answers = [...failures];
  const start = Date.now();
  const run = async (...ids: string[]) => {
    const delivery = deliver(ids.map(item), {
      siem: {
        send: (events) => {
          attempts.push(events.map(({ metadata }) => metadata.uid));
          times.push(Date.now() - start);
          const failure = answers.shift();
          return failure ? Promise.reject(failure) : Promise.resolve();
        },
      },
      deadline: { remainingMs: () => Math.max(0, budgetMs - (Date.now() - start)) },
      ...(policy && { policy }),
    });
    await vi.runAllTimersAsync();
    return delivery;
  };
  const pauses = () => times.slice(1).map((time, index) => time - times[index]!);
  return { attempts, pauses, run };
};

const error = (code: SiemErrorCode, more: { eventNumber?: number; retryAfterMs?: number } = {}) =>
  new SiemError(code, code, more);
const ids = (items: readonly { id: string }[]) => items.map(({ id }) => id);
const failures = (failed: readonly { item: { id: string }; error: SiemError }[]) =>
  failed.map(({ item: { id }, error: { code } }) => [id, code]);

describe('delivery', () => {
  it('sends a batch as one request', async () => {
    const { run, attempts } = scene([]);
    const { delivered, failed } = await run('a', 'b', 'c');
    expect(ids(delivered)).toEqual(['a', 'b', 'c']);
    expect(failed).toEqual([]);
    expect(attempts).toEqual([['a', 'b', 'c']]);
  });

  it.each(['unreachable', 'timeout', 'busy', 'unacknowledged'] as const)(
    'tries again after %s, with growing pauses',
    async (code) => {
      const { run, attempts, pauses } = scene([error(code), error(code), error(code)]);
      const { delivered } = await run('a', 'b');
      expect(ids(delivered)).toEqual(['a', 'b']);
      expect(attempts).toHaveLength(4);
      expect(pauses()).toEqual([125, 250, 500]);
    },
  );

  it('gives up after the last attempt, and all events fail', async () => {
    const { run, attempts } = scene(Array.from({ length: 9 }, () => error('busy')));
    const { delivered, failed } = await run('a', 'b');
    expect(delivered).toEqual([]);
    expect(failures(failed)).toEqual([
      ['a', 'busy'],
      ['b', 'busy'],
    ]);
    expect(attempts).toHaveLength(4);
  });

  it.each(['unauthorised', 'misconfigured', 'destination-unreadable', 'destination-invalid'] as const)(
    'does not try %s again',
    async (code) => {
      const { run, attempts } = scene([error(code)]);
      expect(failures((await run('a')).failed)).toEqual([['a', code]]);
      expect(attempts).toHaveLength(1);
    },
  );

  it('waits as long as the SIEM asks', async () => {
    const { run, pauses } = scene([error('busy', { retryAfterMs: 7_000 })]);
    await run('a');
    expect(pauses()).toEqual([7_000]);
  });

  it('stops rather than pause past the time it has', async () => {
    const { run, attempts } = scene([error('busy', { retryAfterMs: 7_000 })], { budgetMs: 5_000 });
    expect(failures((await run('a')).failed)).toEqual([['a', 'busy']]);
    expect(attempts).toHaveLength(1);
  });

  it('makes no attempt where no time is left', async () => {
    const { run, attempts } = scene([], { budgetMs: 0 });
    expect(failures((await run('a')).failed)).toEqual([['a', 'timeout']]);
    expect(attempts).toEqual([]);
  });

  it('fails a refused event alone and sends the others again', async () => {
    const { run, attempts } = scene([error('event-refused', { eventNumber: 1 })]);
    const { delivered, failed } = await run('a', 'b', 'c');
    expect(ids(delivered)).toEqual(['a', 'c']);
    expect(failures(failed)).toEqual([['b', 'event-refused']]);
    expect(attempts).toEqual([
      ['a', 'b', 'c'],
      ['a', 'c'],
    ]);
  });

  it('fails every event that is refused, one after the other', async () => {
    const refused = () => error('event-refused', { eventNumber: 0 });
    const { run } = scene([refused(), refused()]);
    const { delivered, failed } = await run('a', 'b');
    expect(delivered).toEqual([]);
    expect(failures(failed)).toEqual([
      ['a', 'event-refused'],
      ['b', 'event-refused'],
    ]);
  });

  it('fails the chunk where the refused event is none of it', async () => {
    const { run, attempts } = scene([error('event-refused', { eventNumber: 9 })]);
    expect(failures((await run('a', 'b')).failed)).toEqual([
      ['a', 'event-refused'],
      ['b', 'event-refused'],
    ]);
    expect(attempts).toHaveLength(1);
  });

  it('halves what is too large until one event is left, which fails alone', async () => {
    const { run, attempts } = scene([error('too-large'), undefined, error('too-large')]);
    const { delivered, failed } = await run('a', 'b', 'c');
    expect(ids(delivered)).toEqual(['a', 'b']);
    expect(failures(failed)).toEqual([['c', 'too-large']]);
    expect(attempts).toEqual([['a', 'b', 'c'], ['a', 'b'], ['c']]);
  });

  it('cuts a batch into chunks by size', async () => {
    const { run, attempts } = scene([], { policy: { chunkBytes: 1 } });
    await run('a', 'b', 'c');
    expect(attempts).toEqual([['a'], ['b'], ['c']]);
  });

  it('spares a SIEM that is down the rest of the chunks', async () => {
    const { run, attempts } = scene([undefined, error('unauthorised')], { policy: { chunkBytes: 1 } });
    const { delivered, failed } = await run('a', 'b', 'c');
    expect(ids(delivered)).toEqual(['a']);
    expect(failures(failed)).toEqual([
      ['b', 'unauthorised'],
      ['c', 'unauthorised'],
    ]);
    expect(attempts).toEqual([['a'], ['b']]);
  });

  it('lets an error that is none of the SIEM through', async () => {
    const siem = { send: () => Promise.reject(new TypeError('a fault of ours')) };
    const deadline = { remainingMs: () => 60_000 };
    await expect(deliver([item('a')], { siem, deadline })).rejects.toThrow('a fault of ours');
  });
});
