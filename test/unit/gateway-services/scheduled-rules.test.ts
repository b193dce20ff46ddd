import { describe, expect, it } from 'vitest';

import { isDue } from '../../../local/gateway/services/events/scheduled-rules.ts';

const at = (time: string): number => Date.parse(`2026-11-21T${time}Z`);

describe('a scheduled rule', () => {
  it.each([
    ['rate(1 hour)', '10:00:00', '10:59:59', false],
    ['rate(1 hour)', '10:00:00', '11:00:00', true],
    ['rate(5 minutes)', '10:00:00', '10:05:00', true],
    ['rate(2 days)', '10:00:00', '23:59:59', false],
    ['cron(0 12 * * ? *)', '10:00:00', '11:59:59', false],
    ['cron(0 12 * * ? *)', '10:00:00', '12:00:00', true],
    ['cron(0/15 * ? * SAT *)', '10:01:00', '10:15:00', true],
    ['cron(0 12 ? * SUN *)', '10:00:00', '23:00:00', false],
    [undefined, '10:00:00', '23:00:00', false],
  ])('%s that last came at %s is due at %s: %s', (ScheduleExpression, last, now, due) => {
    expect(isDue(ScheduleExpression === undefined ? {} : { ScheduleExpression }, at(last), at(now))).toBe(due);
  });
});
