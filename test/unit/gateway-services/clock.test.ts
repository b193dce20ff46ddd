import { describe, expect, it, vi } from 'vitest';

import { createClock } from '../../../local/gateway/clock.ts';

describe('the clock', () => {
  it('runs with real time and keeps what it was moved by', () => {
    let real = 1000;
    const clock = createClock(() => real);

    clock.advance(500);
    real = 1100;

    expect(clock.now()).toBe(1600);
  });

  it('tells its listeners of a move, until they end that', () => {
    const clock = createClock();
    const listener = vi.fn();
    const stop = clock.onAdvance(listener);

    clock.advance(1);
    stop();
    clock.advance(1);

    expect(listener).toHaveBeenCalledTimes(1);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses to be moved by %s', (ms) => {
    expect(() => {
      createClock().advance(ms);
    }).toThrow(`give milliseconds of 0 or more (got ${ms})`);
  });
});
