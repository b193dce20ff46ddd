import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { scheduleInWords } from '../../../lib/catalog/entries/schedule-words.ts';
import { ownPart, scheduleFor, shortestGapHours } from '../../../lib/catalog/entries/schedule.ts';
import type { Window } from '../../../lib/catalog/schema/window.ts';

const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

const anyWindow: fc.Arbitrary<Window> = fc
  .record({
    weekday: fc.option(fc.constantFrom(...weekdays), { nil: undefined }),
    startHour: fc.integer({ min: 0, max: 23 }),
  })
  .chain(({ weekday, startHour }) =>
    fc
      .integer({ min: 1, max: 24 - startHour })
      .map((hours) => ({ ...(weekday !== undefined && { weekday }), startHour, hours })),
  );

const anyHours = fc.integer({ min: 4, max: 24_000 });

/** Every day of the 400 years after which the calendar repeats itself, and of two more. */
const calendar = Array.from({ length: 146_097 + 731 }, (_item, index) => {
  const date = new Date(Date.UTC(2000, 0, 1 + index));
  const dayOfMonth = date.getUTCDate();
  return {
    dayOfMonth,
    month: date.getUTCMonth() + 1,
    weekday: weekdays[date.getUTCDay()],
    nth: Math.ceil(dayOfMonth / 7),
  };
});

/** The days of the calendar on which an AWS cron expression opens a window, as their documentation defines the fields. */
const openings = (expression: string): number[] => {
  const [, dayOfMonth, month, dayOfWeek] = /^cron\(0 \d+ (\S+) (\S+) (\S+) \*\)$/.exec(expression)!;
  const listed = (field: string): Set<number> | undefined =>
    field === '*' || field === '?' ? undefined : new Set(field.split(',').map(Number));
  const [days, months] = [listed(dayOfMonth!), listed(month!)];
  const [weekday, nth] = dayOfWeek!.split('#');
  return calendar.flatMap((day, index) => {
    const onDay = !days || days.has(day.dayOfMonth);
    const onWeekday = weekday === '?' || (day.weekday === weekday && (nth === undefined || day.nth === Number(nth)));
    return onDay && (!months || months.has(day.month)) && onWeekday ? [index] : [];
  });
};

interface Gaps {
  readonly longest: number;
  readonly shortest: number;
}

const known = new Map<string, Gaps>();

/** Days between two openings, over the whole calendar. */
const gapsOf = (expression: string): Gaps => {
  const sameDays = expression.replace(/^cron\(0 \d+/, 'cron(0 0');
  const found = known.get(sameDays);
  if (found) return found;
  const days = openings(sameDays);
  const gaps = days.slice(1).map((day, index) => day - days[index]!);
  const longest = gaps.reduce((most, gap) => Math.max(most, gap), days[0] ?? 0);
  const extremes = { longest, shortest: gaps.reduce((least, gap) => Math.min(least, gap), Infinity) };
  known.set(sameDays, extremes);
  return extremes;
};

describe('a schedule with a window', () => {
  it('never leaves more time between two openings than the interval', () => {
    fc.assert(
      fc.property(anyHours, anyWindow, (everyHours, window) => {
        const schedule = scheduleFor(everyHours, window);
        if (schedule) {
          const gap = gapsOf(schedule.expression).longest;
          expect(gap).toBeGreaterThan(0);
          expect(gap * 24).toBeLessThanOrEqual(everyHours);
        }
        if (!schedule) expect(everyHours).toBeLessThan(window.weekday === undefined ? 24 : 7 * 24);
      }),
      { numRuns: 500 },
    );
  });

  it('is within the rules of Secrets Manager', () => {
    fc.assert(
      fc.property(anyHours, anyWindow, (everyHours, window) => {
        const schedule = scheduleFor(everyHours, window);
        if (!schedule) return;
        const [, hour] = /^cron\(0 (\d{1,2}) \S+ \S+ \S+ \*\)$/.exec(schedule.expression)!;
        expect(Number(hour) + Number.parseInt(schedule.duration!, 10)).toBeLessThanOrEqual(24);
        // Exactly one of the two day fields is `?`; the patterns are those of the API reference.
        expect(schedule.expression.split(' ').filter((field) => field === '?')).toHaveLength(1);
        expect(schedule.expression).toMatch(/^[0-9A-Za-z()#?*\-/, ]{1,256}$/);
        expect(schedule.duration).toMatch(/^[0-9h]{2,3}$/);
      }),
    );
  });

  it.each([
    [24, undefined, 'cron(0 2 * * ? *)', 'every day, 02:00-04:00 UTC'],
    [15 * 24, undefined, 'cron(0 2 * * ? *)', 'every day, 02:00-04:00 UTC'],
    [16 * 24, undefined, 'cron(0 2 1,16 * ? *)', 'on the 1st and the 16th of each month, 02:00-04:00 UTC'],
    [31 * 24, undefined, 'cron(0 2 1 * ? *)', 'on the 1st of each month, 02:00-04:00 UTC'],
    [92 * 24, undefined, 'cron(0 2 1 1,4,7,10 ? *)', 'on the 1st of January, April, July and October, 02:00-04:00 UTC'],
    [184 * 24, undefined, 'cron(0 2 1 1,7 ? *)', 'on the 1st of January and July, 02:00-04:00 UTC'],
    [366 * 24, undefined, 'cron(0 2 1 1 ? *)', 'on the 1st of January, 02:00-04:00 UTC'],
    [7 * 24, 'SUN', 'cron(0 2 ? * SUN *)', 'every Sunday, 02:00-04:00 UTC'],
    [34 * 24, 'SUN', 'cron(0 2 ? * SUN *)', 'every Sunday, 02:00-04:00 UTC'],
    [35 * 24, 'TUE', 'cron(0 2 ? * TUE#1 *)', 'on the first Tuesday of each month, 02:00-04:00 UTC'],
    [
      98 * 24,
      'SUN',
      'cron(0 2 ? 1,4,7,10 SUN#1 *)',
      'on the first Sunday of January, April, July and October, 02:00-04:00 UTC',
    ],
    [189 * 24, 'SUN', 'cron(0 2 ? 1,7 SUN#1 *)', 'on the first Sunday of January and July, 02:00-04:00 UTC'],
    [371 * 24, 'SUN', 'cron(0 2 ? 1 SUN#1 *)', 'on the first Sunday of January, 02:00-04:00 UTC'],
  ])('for at least every %d hours on %s is %s', (everyHours, weekday, expression, words) => {
    const schedule = scheduleFor(everyHours, { startHour: 2, hours: 2, ...(weekday !== undefined && { weekday }) });
    expect(schedule).toEqual({ expression, duration: '2h' });
    expect(scheduleInWords(schedule!)).toBe(words);
  });

  it.each([
    [23, undefined],
    [6 * 24, 'SUN'],
  ])('is none for an interval of %d hours on %s', (everyHours, weekday) => {
    const window = { startHour: 2, hours: 2, ...(weekday !== undefined && { weekday }) };
    expect(scheduleFor(everyHours, window)).toBeUndefined();
  });
});

describe('the shortest time between two rotations', () => {
  it('is that from the end of a window to the next opening that the calendar can bring', () => {
    fc.assert(
      fc.property(anyHours, anyWindow, (everyHours, window) => {
        const schedule = scheduleFor(everyHours, window);
        if (!schedule) return;
        const { shortest } = gapsOf(schedule.expression);
        expect(shortestGapHours(everyHours, window)).toBe(shortest * 24 - window.hours);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    [4, 3],
    [36, 35],
    [24, 0],
    [48, 24],
    [30 * 24, 29 * 24],
  ])('for a rate of %d hours is %d: Secrets Manager takes any time of the hour, or of the day', (every, gap) => {
    expect(shortestGapHours(every, undefined)).toBe(gap);
  });

  it('is none if no schedule opens that often', () => {
    expect(shortestGapHours(24, { weekday: 'SUN', startHour: 2, hours: 2 })).toBe(0);
  });
});

describe('a secret’s own part of a window', () => {
  const names = Array.from({ length: 1000 }, (_item, index) => `prod/shop/secret-${index}`);

  it('opens at an hour of the window and closes with it', () => {
    fc.assert(
      fc.property(anyWindow, fc.string(), (window, name) => {
        const own = ownPart(window, name);
        expect(own.startHour).toBeGreaterThanOrEqual(window.startHour);
        expect(own.hours).toBeGreaterThanOrEqual(1);
        expect(own.startHour + own.hours).toBe(window.startHour + window.hours);
        expect(own.weekday).toBe(window.weekday);
      }),
    );
  });

  it('follows from the name alone: none moves when others come', () => {
    const starts = ['prod/payments/orders-db', 'dev/payments/orders-db', 'prod/shop/db'].map(
      (name) => ownPart({ startHour: 2, hours: 4 }, name).startHour,
    );
    expect(starts).toEqual([4, 5, 4]);
  });

  it('spreads a thousand secrets over four hours evenly', () => {
    const starts = names.map((name) => ownPart({ startHour: 2, hours: 4 }, name).startHour);
    const counts = [2, 3, 4, 5].map((hour) => starts.filter((start) => start === hour).length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1000);
    for (const count of counts) expect(Math.abs(count - 250)).toBeLessThan(50);
  });
});

describe('a schedule at any time', () => {
  it.each([
    [4, 'rate(4 hours)', 'every 4 hours'],
    [36, 'rate(36 hours)', 'every 36 hours'],
    [24, 'rate(1 day)', 'every day'],
    [30 * 24, 'rate(30 days)', 'every 30 days'],
    [999 * 24, 'rate(999 days)', 'every 999 days'],
    // Secrets Manager ends at 999 days, the catalog at 1000: sooner is within the interval.
    [1000 * 24, 'rate(999 days)', 'every 999 days'],
    [1000 * 24 - 1, 'rate(999 days)', 'every 999 days'],
  ])('for %d hours is %s', (everyHours, expression, words) => {
    const schedule = scheduleFor(everyHours, undefined);
    expect(schedule).toEqual({ expression });
    expect(scheduleInWords(schedule!)).toBe(words);
  });
});

describe('a schedule in words', () => {
  it('is the expression itself where Strongroom did not make it', () => {
    expect(scheduleInWords({ expression: 'cron(0 8/12 L * ? *)' })).toBe('cron(0 8/12 L * ? *)');
  });

  it('says when an open window ends', () => {
    expect(scheduleInWords({ expression: 'cron(0 20 * * ? *)' })).toBe('every day, 20:00-24:00 UTC');
  });
});
