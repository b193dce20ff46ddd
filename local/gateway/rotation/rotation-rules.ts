/**
 * Rotation rules and the windows that follow from them:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 */
import { Cron } from 'croner';
import { z } from 'zod';

/** `RotationRulesType` of the API. */
export const rotationRulesSchema = z.strictObject({
  AutomaticallyAfterDays: z.number().int().min(1).max(1000).optional(),
  Duration: z
    .string()
    .regex(/^\d{1,2}h$/)
    .optional(),
  ScheduleExpression: z.string().min(1).max(256).optional(),
});
export type RotationRules = z.infer<typeof rotationRulesSchema>;

/** When a rotation may run: from `start` until before `end`, ms since the epoch. */
export interface RotationWindow {
  readonly start: number;
  readonly end: number;
}

export interface ScheduleBase {
  readonly now: number;
  /** The last rotation, or when rotation was turned on. */
  readonly since: number;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** What is wrong with the rules, in the words of the service; `undefined` if nothing is. */
export const rotationRulesProblem = (rules: RotationRules): string | undefined => {
  if (rules.AutomaticallyAfterDays !== undefined && rules.ScheduleExpression !== undefined) {
    return 'You can use either AutomaticallyAfterDays or ScheduleExpression to set the rotation schedule, but not both.';
  }
  const hours = rules.Duration === undefined ? undefined : durationHours(rules.Duration);
  if (hours !== undefined && (hours < 1 || hours > 24)) {
    return `Invalid Duration: a rotation window is between 1h and 24h (got ${rules.Duration ?? ''}).`;
  }
  return rules.ScheduleExpression === undefined ? undefined : expressionProblem(rules.ScheduleExpression, hours);
};

/**
 * The first window that is not over at `now` and starts after `since`; `undefined` if no schedule is set.
 *
 * Days count from midnight UTC after the last rotation, so a rotation is never late by a part of a day.
 */
export const nextWindow = (rules: RotationRules, { now, since }: ScheduleBase): RotationWindow | undefined => {
  const expression =
    rules.ScheduleExpression ??
    (rules.AutomaticallyAfterDays === undefined ? undefined : `rate(${rules.AutomaticallyAfterDays} days)`);
  if (expression === undefined) return undefined;
  const rate = parseRate(expression);
  const window = rate === undefined ? cronWindows(expression, rules.Duration) : rateWindows(rate, rules.Duration);
  return window(since, now);
};

interface Rate {
  readonly value: number;
  readonly unit: 'hour' | 'day';
}

type Windows = (since: number, now: number) => RotationWindow | undefined;

const parseRate = (expression: string): Rate | undefined => {
  const match = /^rate\((\d+) (hour|day)s?\)$/.exec(expression);
  return match ? { value: Number(match[1]), unit: match[2] === 'hour' ? 'hour' : 'day' } : undefined;
};

const rateWindows =
  ({ value, unit }: Rate, duration: string | undefined): Windows =>
  (since, now) => {
    const interval = unit === 'hour' ? value * hourMs : value * dayMs;
    const align = unit === 'hour' ? hourMs : dayMs;
    const first = Math.floor((since + interval) / align) * align;
    const windowFrom = (start: number): RotationWindow => ({
      start,
      end: start + (duration === undefined ? align : durationHours(duration) * hourMs),
    });
    // A window that passed without a rotation is made up for in the next one, an interval later.
    const missed = Math.max(0, Math.ceil((now - windowFrom(first).end + 1) / interval));
    return windowFrom(first + missed * interval);
  };

const cronWindows =
  (expression: string, duration: string | undefined): Windows =>
  (since, now) => {
    const cron = parseCron(expression);
    const end = (start: number): number => {
      if (duration !== undefined) return start + durationHours(duration) * hourMs;
      return repeatsWithinDay(expression) ? start + hourMs : (Math.floor(start / dayMs) + 1) * dayMs;
    };
    // A window may have begun before now and still be open: a day is the longest that one lasts.
    let start = cron.nextRun(new Date(Math.max(since, now - dayMs)))?.getTime();
    while (start !== undefined && end(start) <= now) start = cron.nextRun(new Date(start))?.getTime();
    return start === undefined ? undefined : { start, end: end(start) };
  };

const expressionProblem = (expression: string, durationInHours: number | undefined): string | undefined => {
  const invalid = (why: string) => `Invalid ScheduleExpression ${expression}: ${why}`;
  const rate = parseRate(expression);
  if (rate) {
    const hours = rate.unit === 'hour' ? rate.value : rate.value * 24;
    if (hours < 4) return invalid('you can rotate a secret as often as every four hours.');
    if (hours > 999 * 24) return invalid('the maximum rotation period is 999 days.');
    return durationInHours !== undefined && durationInHours > hours
      ? invalid('the rotation window must not extend into the next rotation window.')
      : undefined;
  }
  const fields = cronFields(expression);
  if (!fields) return invalid('use rate(value unit) or cron(minutes hours day-of-month month day-of-week year).');
  const [minutes, , dayOfMonth, , dayOfWeek, year] = fields;
  if (minutes !== '0') return invalid('rotation windows start on the hour, so minutes must be 0.');
  if (year !== '*') return invalid('the year must be *.');
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) {
    return invalid('exactly one of day-of-month and day-of-week must be ?.');
  }
  return cronProblem(expression, durationInHours, invalid);
};

const cronProblem = (
  expression: string,
  durationInHours: number | undefined,
  invalid: (why: string) => string,
): string | undefined => {
  let runs: number[];
  try {
    runs = parseCron(expression)
      .nextRuns(50, new Date('2026-01-01T00:00:00Z'))
      .map((run) => run.getTime());
  } catch (error) {
    return invalid(error instanceof Error ? error.message : String(error));
  }
  if (runs.length === 0) return invalid('it never comes.');
  const gaps = runs.slice(1).map((run, index) => run - (runs[index] ?? run));
  if (gaps.some((gap) => gap < 4 * hourMs)) return invalid('you can rotate a secret as often as every four hours.');
  const windowMs = (durationInHours ?? 1) * hourMs;
  if (gaps.some((gap) => windowMs > gap)) {
    return invalid('the rotation window must not extend into the next rotation window.');
  }
  return runs.some((run) => (run % dayMs) + windowMs > dayMs)
    ? invalid('the rotation window must not extend into the next UTC day.')
    : undefined;
};

const cronFields = (expression: string): readonly string[] | undefined => {
  const fields = /^cron\((.+)\)$/.exec(expression)?.[1]?.trim().split(/\s+/);
  return fields?.length === 6 ? fields : undefined;
};

/** Weekdays count from 1 = Sunday, and `a/b` means from a on in steps of b, as AWS has them. */
const parseCron = (expression: string): Cron =>
  new Cron(`0 ${cronFields(expression)?.join(' ') ?? ''}`, {
    timezone: 'UTC',
    mode: '7-part',
    alternativeWeekdays: true,
    sloppyRanges: true,
  });

const repeatsWithinDay = (expression: string): boolean => /[*/,-]/.test(cronFields(expression)?.[1] ?? '');

const durationHours = (duration: string): number => Number.parseInt(duration, 10);
