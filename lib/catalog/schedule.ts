/**
 * The rotation schedule of a secret: from "at least every 30 days, in this window" to an expression of Secrets Manager.
 *
 * The rules are those of https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html: UTC,
 * minute 0, any year, a window of whole hours that ends by the end of its UTC day, `rate` up to 999 days.
 */
import type { RotationSchedule } from './model.ts';
import { hoursPerDay } from './schema/scalars.ts';
import type { Window } from './window.ts';

/** What Secrets Manager takes in `rate(… days)`, although the API counts to 1000. */
const maximumRateDays = 999;

/**
 * Calendar schedules, slowest first. `longestGapDays` is the longest time between two openings of the window that the
 * calendar can bring: a cron expression can't say "every 30 days", so the schedule is the slowest that is often enough.
 */
const anyDay = [
  { longestGapDays: 366, fields: '1 1 ?' },
  { longestGapDays: 184, fields: '1 1,7 ?' },
  { longestGapDays: 92, fields: '1 1,4,7,10 ?' },
  { longestGapDays: 31, fields: '1 * ?' },
  { longestGapDays: 16, fields: '1,16 * ?' },
  { longestGapDays: 1, fields: '* * ?' },
];
const onWeekday = [
  { longestGapDays: 371, fields: '? 1 DAY#1' },
  { longestGapDays: 189, fields: '? 1,7 DAY#1' },
  { longestGapDays: 98, fields: '? 1,4,7,10 DAY#1' },
  { longestGapDays: 35, fields: '? * DAY#1' },
  { longestGapDays: 7, fields: '? * DAY' },
];

/** The slowest schedule whose window opens at least every `everyHours`; `undefined` where none opens that often. */
export const scheduleFor = (everyHours: number, window: Window | undefined): RotationSchedule | undefined => {
  if (window === undefined) return { expression: rate(everyHours) };
  const cadence = (window.weekday === undefined ? anyDay : onWeekday).find(
    ({ longestGapDays }) => longestGapDays * hoursPerDay <= everyHours,
  );
  if (cadence === undefined) return undefined;
  const fields = cadence.fields.replace('DAY', window.weekday ?? '');
  return { expression: `cron(0 ${window.startHour} ${fields} *)`, duration: `${window.hours}h` };
};

/** The shortest interval that a window can hold. */
export const shortestEvery = ({ weekday }: Window): '1d' | '7d' => (weekday === undefined ? '1d' : '7d');

const rate = (hours: number): string => {
  const days = Math.min(hours / hoursPerDay, maximumRateDays);
  if (!Number.isInteger(days)) return `rate(${hours} hours)`;
  return `rate(${days} ${days === 1 ? 'day' : 'days'})`;
};
