import { describe, expect, it } from 'vitest';
import { retrying } from '../../../lambdas/runtime/retry.ts';

/** A clock that counts pauses, and has time for so many. */
const clockFor = (time: number) => {
  const pauses: number[] = [];
  return {
    pauses,
    pause: (attempt: number) => {
      pauses.push(attempt);
      return Promise.resolve();
    },
    hasTime: () => pauses.length < time,
  };
};

/** Fails with each error in turn, then gives its number of calls. */
const failing = (errors: readonly Error[]) => {
  let calls = 0;
  return () => {
    const error = errors[calls];
    calls += 1;
    return error ? Promise.reject(error) : Promise.resolve(calls);
  };
};

const passing = new Error('passing');
const isPassing = (error: unknown) => error === passing;

describe('an error that can pass', () => {
  it('is followed by another call, after a pause that grows with the attempts', async () => {
    const clock = clockFor(9);
    expect(await retrying(failing([passing, passing]), { clock, afterError: isPassing })).toBe(3);
    expect(clock.pauses).toEqual([1, 2]);
  });

  it('is thrown after the last attempt', async () => {
    const clock = clockFor(9);
    const call = failing([passing, passing, passing]);
    await expect(retrying(call, { clock, attempts: 2, afterError: isPassing })).rejects.toBe(passing);
    expect(clock.pauses).toEqual([1]);
  });

  it('is thrown where no time is left', async () => {
    const clock = clockFor(1);
    const call = failing([passing, passing, passing]);
    await expect(retrying(call, { clock, afterError: isPassing })).rejects.toBe(passing);
    expect(clock.pauses).toEqual([1]);
  });

  it('gets all attempts, time or not, where they must be made', async () => {
    const clock = clockFor(0);
    const call = failing([passing, passing]);
    expect(await retrying(call, { clock, attempts: 3, always: true, afterError: isPassing })).toBe(3);
  });

  it('is judged by the number of attempts, too', async () => {
    const clock = clockFor(9);
    const call = failing([passing, passing, passing]);
    await expect(retrying(call, { clock, afterError: (_error, attempt) => attempt < 2 })).rejects.toBe(passing);
    expect(clock.pauses).toEqual([1]);
  });
});

it('an error that can not pass is thrown at once', async () => {
  const clock = clockFor(9);
  const other = new Error('other');
  await expect(retrying(failing([other]), { clock, afterError: isPassing })).rejects.toBe(other);
  expect(clock.pauses).toEqual([]);
});

it('a result that can change is asked for again, and the last one is given', async () => {
  const clock = clockFor(9);
  expect(await retrying(failing([]), { clock, afterResult: (calls) => calls < 3 })).toBe(3);
  expect(await retrying(failing([]), { clock, attempts: 2, afterResult: (calls) => calls < 3 })).toBe(2);
});
