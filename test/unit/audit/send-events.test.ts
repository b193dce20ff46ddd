import { describe, expect, it } from 'vitest';
import { sendEvents, type SendPolicy } from '../../../lambdas/audit/deliver/send-events.ts';
import {
  DestinationError,
  type DestinationErrorCode,
  type Outcome,
} from '../../../lambdas/audit/destinations/destination.ts';

type Answer = DestinationError | readonly Outcome[] | undefined;

const delivered: Outcome = { status: 'delivered' };
const refused: Outcome = { status: 'refused', reason: 'no' };
const later = (retryAfterMs?: number): Outcome => ({
  status: 'retry',
  reason: 'later',
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});
const error = (code: DestinationErrorCode, retryAfterMs?: number) =>
  new DestinationError(code, code, retryAfterMs === undefined ? {} : { retryAfterMs });

/** A destination that answers as told, once an attempt, then takes everything; and a clock that only pauses move. */
const scene = (
  answers: readonly Answer[],
  {
    budgetMs = 60_000,
    limits = { batchEvents: 100, batchBytes: 100_000, eventBytes: 100_000 },
    policy,
  }: {
    budgetMs?: number;
    limits?: { batchEvents: number; batchBytes: number; eventBytes: number };
    policy?: SendPolicy;
  } = {},
) => {
  const attempts: string[][] = [];
  const pauses: number[] = [];
  const taken: string[][] = [];
  const queue = [...answers];
  let time = 0;
  const run = async (...ids: string[]) => {
    const items = ids.map((id) => ({
      outgoing: { id, time: 0, severity: 1, document: { id }, json: JSON.stringify({ id }) },
    }));
    const result = await sendEvents(items, {
      destination: {
        limits,
        send: (events) => {
          attempts.push(events.map(({ id }) => id));
          const answer = queue.shift() ?? events.map(() => delivered);
          return answer instanceof DestinationError ? Promise.reject(answer) : Promise.resolve(answer);
        },
      },
      deadline: { remainingMs: () => Math.max(0, budgetMs - time) },
      ...(policy && { policy }),
      onTaken: (some) => {
        taken.push(some.map(({ outgoing }) => outgoing.id));
        return Promise.resolve();
      },
      pause: (milliseconds) => {
        pauses.push(milliseconds);
        time += milliseconds;
        return Promise.resolve();
      },
    });
    const idOf = ({ outgoing }: (typeof items)[number]) => outgoing.id;
    return {
      delivered: result.delivered.map(idOf),
      unconfirmed: result.unconfirmed.map(idOf),
      refused: result.refused.map(({ item, code }) => [idOf(item), code]),
      left: result.left.map(({ item }) => idOf(item)),
      waits: result.left.map(({ retryAfterMs }) => retryAfterMs),
      failure: result.failure?.code,
    };
  };
  return { attempts, pauses, taken, run };
};

const nothing = { delivered: [], unconfirmed: [], refused: [], left: [], waits: [], failure: undefined };

describe('batches', () => {
  it('hold no more events than the destination takes at once', async () => {
    const { run, attempts } = scene([], { limits: { batchEvents: 2, batchBytes: 1_000, eventBytes: 1_000 } });
    expect(await run('a', 'b', 'c')).toEqual({ ...nothing, delivered: ['a', 'b', 'c'] });
    expect(attempts).toEqual([['a', 'b'], ['c']]);
  });

  it('hold no more bytes than the destination takes at once', async () => {
    const { run, attempts } = scene([], { limits: { batchEvents: 9, batchBytes: 20, eventBytes: 20 } });
    await run('a', 'b', 'c');
    expect(attempts).toEqual([['a', 'b'], ['c']]);
  });

  it('are none for no events', async () => {
    const { run, attempts } = scene([]);
    expect(await run()).toEqual(nothing);
    expect(attempts).toEqual([]);
  });
});

describe('the outcomes of events', () => {
  it('are told apart, and those that are taken are remembered before the next attempt', async () => {
    const { run, attempts, taken } = scene([[delivered, refused, { status: 'unconfirmed' }, later()]]);
    expect(await run('a', 'b', 'c', 'd')).toEqual({
      ...nothing,
      delivered: ['a', 'd'],
      unconfirmed: ['c'],
      refused: [['b', 'event-refused']],
    });
    expect(attempts).toEqual([['a', 'b', 'c', 'd'], ['d']]);
    expect(taken).toEqual([['a', 'c'], ['d']]);
  });

  it('that ask to come later are sent again alone, after the other batches and the time that they ask for', async () => {
    const limits = { batchEvents: 2, batchBytes: 1_000, eventBytes: 1_000 };
    const { run, attempts, pauses } = scene([[later(7_000), delivered]], { limits });
    expect((await run('a', 'b', 'c', 'd')).delivered).toEqual(['b', 'c', 'd', 'a']);
    expect(attempts).toEqual([['a', 'b'], ['c', 'd'], ['a']]);
    expect(pauses).toEqual([7_000]);
  });

  it('that were not looked at are sent again at once, as often as it takes', async () => {
    const answers = Array.from({ length: 9 }, (_, index) => [refused, ...Array<Outcome>(9 - index).fill(later(0))]);
    const { run, attempts, pauses } = scene(answers);
    const ids = 'abcdefghij'.split('');
    expect(await run(...ids)).toEqual({
      ...nothing,
      delivered: ['j'],
      refused: ids.slice(0, 9).map((id) => [id, 'event-refused']),
    });
    expect(attempts).toHaveLength(10);
    expect(pauses).toEqual([]);
  });

  it('that are never looked at count as attempts', async () => {
    const { run, attempts } = scene(Array.from({ length: 99 }, () => [later(0), later(0)]));
    expect((await run('a', 'b')).left).toEqual(['a', 'b']);
    expect(attempts).toHaveLength(4);
  });

  it('are left for later after the last attempt, without a failure of the whole destination', async () => {
    const { run, attempts } = scene([[later(), delivered], ...Array.from({ length: 9 }, () => [later(50)])]);
    expect(await run('a', 'b')).toEqual({ ...nothing, delivered: ['b'], left: ['a'], waits: [50] });
    expect(attempts).toHaveLength(4);
  });

  it('that are missing from the answer are sent again', async () => {
    const { run, attempts } = scene([[delivered]]);
    expect((await run('a', 'b')).delivered).toEqual(['a', 'b']);
    expect(attempts).toEqual([['a', 'b'], ['b']]);
  });
});

describe('a destination that fails', () => {
  it.each(['unreachable', 'timeout', 'busy', 'unacknowledged'] as const)(
    'as %s is tried again, with pauses up to twice as long each',
    async (code) => {
      const { run, attempts, pauses } = scene([error(code), error(code), error(code)]);
      expect((await run('a', 'b')).delivered).toEqual(['a', 'b']);
      expect(attempts).toHaveLength(4);
      expect(pauses).toHaveLength(3);
      for (const [index, pause] of pauses.entries()) expect(pause).toBeLessThanOrEqual(250 * 2 ** index);
    },
  );

  it('is given up after the last attempt, and the other batches are not sent', async () => {
    const limits = { batchEvents: 1, batchBytes: 1_000, eventBytes: 1_000 };
    const { run, attempts } = scene(
      Array.from({ length: 9 }, () => error('busy', 90)),
      { limits },
    );
    expect(await run('a', 'b')).toEqual({ ...nothing, left: ['a', 'b'], waits: [90, 90], failure: 'busy' });
    expect(attempts).toEqual([['a'], ['a'], ['a'], ['a']]);
  });

  it.each(['unauthorised', 'misconfigured', 'secret-unreadable', 'secret-invalid'] as const)(
    'as %s is not tried again',
    async (code) => {
      const { run, attempts } = scene([error(code)]);
      expect(await run('a')).toEqual({ ...nothing, left: ['a'], waits: [0], failure: code });
      expect(attempts).toHaveLength(1);
    },
  );

  it('keeps what was taken before', async () => {
    const limits = { batchEvents: 1, batchBytes: 1_000, eventBytes: 1_000 };
    const { run } = scene([undefined, error('unauthorised')], { limits });
    expect(await run('a', 'b', 'c')).toMatchObject({ delivered: ['a'], left: ['b', 'c'] });
  });

  it('is waited for as long as it asks', async () => {
    const { run, pauses } = scene([error('busy', 7_000)]);
    await run('a');
    expect(pauses).toEqual([7_000]);
  });

  it('is not waited for past the time of the function', async () => {
    const { run, attempts } = scene([error('busy', 7_000)], { budgetMs: 5_000 });
    expect(await run('a')).toMatchObject({ left: ['a'], waits: [7_000], failure: 'busy' });
    expect(attempts).toHaveLength(1);
  });

  it('is not asked if no time is left', async () => {
    const { run, attempts } = scene([], { budgetMs: 0 });
    expect(await run('a')).toMatchObject({ left: ['a'], failure: 'timeout' });
    expect(attempts).toEqual([]);
  });

  it('by an error of ours fails the invocation', async () => {
    const destination = {
      limits: { batchEvents: 1, batchBytes: 1, eventBytes: 1 },
      send: () => Promise.reject(new TypeError('a fault of ours')),
    };
    const items = [{ outgoing: { id: 'a', time: 0, severity: 1, document: {}, json: '{}' } }];
    const onTaken = () => Promise.resolve();
    const deadline = { remainingMs: () => 60_000 };
    await expect(sendEvents(items, { destination, deadline, onTaken })).rejects.toThrow('a fault of ours');
  });
});

describe('a batch that is too large', () => {
  it('is halved until one event is left, which is refused', async () => {
    const { run, attempts } = scene([error('too-large'), undefined, error('too-large')]);
    expect(await run('a', 'b', 'c')).toEqual({
      ...nothing,
      delivered: ['a', 'b'],
      refused: [['c', 'event-too-large']],
    });
    expect(attempts).toEqual([['a', 'b', 'c'], ['a', 'b'], ['c']]);
  });
});
