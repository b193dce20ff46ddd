/** The longest time between two rotations that the rules of a rotation schedule allow, in days. */
import { Cron } from 'croner';

import { member } from './properties.ts';

/**
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 *
 * @throws Error for an unknown expression: a rule that can't decide must not pass.
 */
export const longestGapDays = (rotationRules: unknown): number => {
  const days = member(rotationRules, 'automaticallyAfterDays');
  if (typeof days === 'number') return days;
  const expression = member(rotationRules, 'scheduleExpression');
  const [, kind, text] = /^(rate|cron)\((.+)\)$/.exec(typeof expression === 'string' ? expression : '') ?? [];
  if (text === undefined) throw unknown(expression);
  return kind === 'rate' ? daysOfRate(text) : gapOfCron(text);
};

const daysOfRate = (text: string): number => {
  const [, count, unit] = /^(\d+) (day|hour)s?$/.exec(text) ?? [];
  if (count === undefined) throw unknown(`rate(${text})`);
  return unit === 'day' ? Number(count) : Number(count) / 24;
};

/** Thousands of secrets share a few calendars. */
const gaps = new Map<string, number>();

const gapOfCron = (text: string): number => {
  const [, , daysOfMonth = '', months = '', daysOfWeek = '', year, ...rest] = text.split(' ');
  const isOfSecretsManager =
    /^[\d*?,/L-]+$/.test(daysOfMonth) && /^[\w*,/-]+$/.test(months) && /^[A-Z1-7*?,/#-]+$/i.test(daysOfWeek);
  if (!isOfSecretsManager || year !== '*' || rest.length > 0) throw unknown(`cron(${text})`);
  const calendar = `${daysOfMonth} ${months} ${daysOfWeek}`;
  const gap = gaps.get(calendar) ?? longestBetween(daysOf(calendar));
  gaps.set(calendar, gap);
  return gap;
};

const dayMs = 86_400_000;

/** Eight years, with two leap days: every gap of a calendar of months and weekdays occurs in them. */
const first = Date.UTC(2024, 0, 1);
const days = 8 * 366;

const daysOf = (calendar: string): number[] => {
  try {
    // AWS counts weekdays from 1 = Sunday, and writes steps as `1/3`.
    const options = {
      timezone: 'UTC',
      mode: '6-part',
      domAndDow: true,
      alternativeWeekdays: true,
      sloppyRanges: true,
    } as const;
    const runs = new Cron(`0 0 0 ${calendar}`, options).nextRuns(days, new Date(first - 1));
    return runs.map((run) => (run.getTime() - first) / dayMs).filter((day) => day < days);
  } catch (error) {
    throw unknown(`cron(… ${calendar} *)`, error instanceof Error ? error : undefined);
  }
};

const longestBetween = (days: readonly number[]): number =>
  days.length < 2 ? Infinity : Math.max(...days.slice(1).map((day, index) => day - (days[index] ?? 0)));

const unknown = (what: unknown, cause?: Error): Error => {
  const reason = cause === undefined ? '' : ` (${cause.message})`;
  return new Error(`Not a schedule of Secrets Manager that this rule can read: ${JSON.stringify(what)}${reason}`, {
    cause,
  });
};
