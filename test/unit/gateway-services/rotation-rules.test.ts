import { describe, expect, it } from 'vitest';

import {
  nextWindow,
  rotationRulesProblem,
  type RotationRules,
} from '../../../local/gateway/rotation/rotation-rules.ts';

const at = (time: string): number => Date.parse(`${time}Z`);
const shown = (rules: RotationRules, now: string, since: string): (string | undefined)[] => {
  const window = nextWindow(rules, { now: at(now), since: at(since) });
  return [window?.start, window?.end].map((ms) =>
    ms === undefined ? undefined : new Date(ms).toISOString().slice(0, 16),
  );
};

describe('the next window', () => {
  // 2026-11-21 is a Saturday.
  it.each<[string, RotationRules, string, string]>([
    ['30 days', { ScheduleExpression: 'rate(30 days)' }, '2026-12-21T00:00', '2026-12-22T00:00'],
    [
      'one day, in a window',
      { ScheduleExpression: 'rate(1 day)', Duration: '3h' },
      '2026-11-22T00:00',
      '2026-11-22T03:00',
    ],
    ['days, the older way', { AutomaticallyAfterDays: 10 }, '2026-12-01T00:00', '2026-12-02T00:00'],
    ['hours', { ScheduleExpression: 'rate(4 hours)' }, '2026-11-21T16:00', '2026-11-21T17:00'],
    [
      'hours, in a window',
      { ScheduleExpression: 'rate(12 hours)', Duration: '2h' },
      '2026-11-22T00:00',
      '2026-11-22T02:00',
    ],
    ['Sundays', { ScheduleExpression: 'cron(0 2 ? * SUN *)', Duration: '2h' }, '2026-11-22T02:00', '2026-11-22T04:00'],
    ['Sundays by number', { ScheduleExpression: 'cron(0 2 ? * 1 *)' }, '2026-11-22T02:00', '2026-11-23T00:00'],
    ['the last of the month', { ScheduleExpression: 'cron(0 16 L * ? *)' }, '2026-11-30T16:00', '2026-12-01T00:00'],
    ['the first Sunday', { ScheduleExpression: 'cron(0 0 ? * SUN#1 *)' }, '2026-12-06T00:00', '2026-12-07T00:00'],
    ['the last Friday', { ScheduleExpression: 'cron(0 8 ? * 6L *)' }, '2026-11-27T08:00', '2026-11-28T00:00'],
    [
      'the weekday nearest the 15th',
      { ScheduleExpression: 'cron(0 8 15W 8 ? *)' },
      '2027-08-16T08:00',
      '2027-08-17T00:00',
    ],
    ['twice a day', { ScheduleExpression: 'cron(0 4/12 * * ? *)' }, '2026-11-21T16:00', '2026-11-21T17:00'],
    ['every third month', { ScheduleExpression: 'cron(0 0 1 1/3 ? *)' }, '2027-01-01T00:00', '2027-01-02T00:00'],
  ])('of %s', (_what, rules, start, end) => {
    expect(shown(rules, '2026-11-21T12:30', '2026-11-21T12:30')).toEqual([start, end]);
  });

  it('is none without a schedule', () => {
    expect(nextWindow({}, { now: 0, since: 0 })).toBeUndefined();
  });

  it('is the one that is open, unless the last rotation was in it', () => {
    const rules = { ScheduleExpression: 'cron(0 2 ? * SUN *)', Duration: '2h' };

    expect(shown(rules, '2026-11-22T03:00', '2026-11-15T02:00')[0]).toBe('2026-11-22T02:00');
    expect(shown(rules, '2026-11-22T03:00', '2026-11-22T02:30')[0]).toBe('2026-11-29T02:00');
  });

  it('passes over windows that are long gone', () => {
    expect(shown({ ScheduleExpression: 'rate(4 hours)' }, '2026-11-21T12:30', '2026-11-01T00:00')).toEqual([
      '2026-11-21T12:00',
      '2026-11-21T13:00',
    ]);
    expect(shown({ ScheduleExpression: 'rate(10 days)' }, '2026-11-21T12:30', '2026-10-01T12:00')[0]).toBe(
      '2026-11-30T00:00',
    );
  });
});

describe('rotation rules', () => {
  it.each<[RotationRules]>([
    [{}],
    [{ AutomaticallyAfterDays: 1000 }],
    [{ ScheduleExpression: 'rate(999 days)' }],
    [{ ScheduleExpression: 'rate(4 hours)', Duration: '4h' }],
    [{ ScheduleExpression: 'cron(0 20 * * ? *)', Duration: '4h' }],
    [{ ScheduleExpression: 'cron(0 8/8 * * ? *)' }],
  ])('may be %j', (rules) => {
    expect(rotationRulesProblem(rules)).toBeUndefined();
  });

  it.each<[RotationRules, RegExp]>([
    [{ AutomaticallyAfterDays: 1, ScheduleExpression: 'rate(1 day)' }, /not both/],
    [{ ScheduleExpression: 'rate(3 hours)' }, /every four hours/],
    [{ ScheduleExpression: 'rate(1000 days)' }, /maximum rotation period is 999 days/],
    [{ ScheduleExpression: 'rate(4 hours)', Duration: '5h' }, /into the next rotation window/],
    [{ ScheduleExpression: 'rate(1 day)', Duration: '25h' }, /between 1h and 24h \(got 25h\)/],
    [{ ScheduleExpression: 'every(1 day)' }, /use rate\(value unit\) or cron/],
    [{ ScheduleExpression: 'cron(0 2 * * *)' }, /use rate\(value unit\) or cron/],
    [{ ScheduleExpression: 'cron(30 2 * * ? *)' }, /minutes must be 0/],
    [{ ScheduleExpression: 'cron(0 2 * * ? 2027)' }, /year must be \*/],
    [{ ScheduleExpression: 'cron(0 2 * * * *)' }, /exactly one of day-of-month and day-of-week/],
    [{ ScheduleExpression: 'cron(0 25 * * ? *)' }, /hour/],
    [{ ScheduleExpression: 'cron(0 0/2 * * ? *)' }, /every four hours/],
    [{ ScheduleExpression: 'cron(0 22 * * ? *)', Duration: '3h' }, /into the next UTC day/],
    [{ ScheduleExpression: 'cron(0 0/4 * * ? *)', Duration: '5h' }, /into the next rotation window/],
    [{ ScheduleExpression: 'cron(0 0 31 2 ? *)' }, /never comes/],
  ])('may not be %j', (rules, message) => {
    expect(rotationRulesProblem(rules)).toMatch(message);
  });
});
