import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { createClock } from '../../../local/gateway/clock.ts';
import { createRotationScheduler } from '../../../local/gateway/rotation/rotation-scheduler.ts';

const hour = 3_600_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const setUp = () => {
  const due: string[] = [];
  const clock = createClock(() => Date.now());
  const scheduler = createRotationScheduler(clock, (arn) => due.push(arn));
  const inHours = (hours: number) => ({ start: clock.now() + hours * hour, end: clock.now() + (hours + 1) * hour });
  return { due, clock, scheduler, inHours };
};

describe('the schedule', () => {
  it('starts what is due when its time comes, each once', () => {
    const { due, scheduler, inHours } = setUp();
    scheduler.plan('b', inHours(5));
    scheduler.plan('a', inHours(2));

    vi.advanceTimersByTime(3 * hour);
    expect(due).toEqual(['a']);
    vi.advanceTimersByTime(30 * 24 * hour);
    expect(due).toEqual(['a', 'b']);
    expect(scheduler.planned('a')).toBeUndefined();
  });

  it('starts at once what the clock was moved past, even past the end of its window', () => {
    const { due, clock, scheduler, inHours } = setUp();
    scheduler.plan('a', inHours(2));

    clock.advance(100 * hour);

    expect(due).toEqual(['a']);
  });

  it('takes another plan in place of the first, and none', () => {
    const { due, clock, scheduler, inHours } = setUp();
    scheduler.plan('a', inHours(2));
    scheduler.plan('a', inHours(10));
    scheduler.plan('b', inHours(2));
    scheduler.plan('b', undefined);

    clock.advance(3 * hour);

    expect(due).toEqual([]);
  });

  it('starts nothing once it is closed', () => {
    const { due, clock, scheduler, inHours } = setUp();
    scheduler.plan('a', inHours(2));

    scheduler.close();
    clock.advance(3 * hour);

    expect(due).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
