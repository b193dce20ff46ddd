/**
 * The rotation schedule of a secret: from "at least every 30 days, in this window" to an expression of Secrets Manager.
 *
 * The rules are those of https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html: UTC,
 * minute 0, any year, a window of whole hours that ends by the end of its UTC day, `rate` up to 999 days.
 */
import { createHash } from 'node:crypto';

import type { RotationSchedule } from '../../model/catalog.ts';
import { hoursPerDay } from '../words/scalars.ts';
import type { Window } from '../schema/window.ts';

/** What Secrets Manager takes in `rate(… days)`, although the API counts to 1000. */
const maximumRateDays = 999;

/**
 * Calendar schedules, slowest first. `longestGapDays` is the longest time between two openings of the window that the
 * calendar can bring, `shortestGapDays` the shortest: a cron expression can't say "every 30 days", so the schedule is the slowest that is often enough.
 */
const anyDay = [
  { longestGapDays: 366, shortestGapDays: 365, fields: '1 1 ?' },
  { longestGapDays: 184, shortestGapDays: 181, fields: '1 1,7 ?' },
  { longestGapDays: 92, shortestGapDays: 90, fields: '1 1,4,7,10 ?' },
  { longestGapDays: 31, shortestGapDays: 28, fields: '1 * ?' },
  { longestGapDays: 16, shortestGapDays: 13, fields: '1,16 * ?' },
  { longestGapDays: 1, shortestGapDays: 1, fields: '* * ?' },
];
const onWeekday = [
  { longestGapDays: 371, shortestGapDays: 364, fields: '? 1 DAY#1' },
  { longestGapDays: 189, shortestGapDays: 175, fields: '? 1,7 DAY#1' },
  { longestGapDays: 98, shortestGapDays: 84, fields: '? 1,4,7,10 DAY#1' },
  { longestGapDays: 35, shortestGapDays: 28, fields: '? * DAY#1' },
  { longestGapDays: 7, shortestGapDays: 7, fields: '? * DAY' },
];

/** The slowest schedule whose window opens at least every `everyHours`; `undefined` if no window opens that often. */
export const scheduleFor = (everyHours: number, window: Window | undefined): RotationSchedule | undefined => {
  if (window === undefined) return { expression: rate(everyHours) };
  const cadence = cadenceFor(everyHours, window);
  if (cadence === undefined) return undefined;
  const fields = cadence.fields.replace('DAY', window.weekday ?? '');
  return { expression: `cron(0 ${window.startHour} ${fields} *)`, duration: `${window.hours}h` };
};

/**
 * A secret's own part of a window: it opens at one of the window's hours, which follows from the secret's name alone,
 * and closes with the window. So the secrets of one window do not all start at once, and none moves when others come.
 */
export const ownPart = (window: Window, fullName: string): Window => {
  const later = createHash('sha256').update(fullName).digest().readUInt32BE(0) % window.hours;
  return { ...window, startHour: window.startHour + later, hours: window.hours - later };
};

/**
 * The hours that lie between two rotations at least, however late in its window the first one was and however early the
 * second; 0 where they can meet.
 */
export const shortestGapHours = (everyHours: number, window: Window | undefined): number => {
  if (window !== undefined) {
    const cadence = cadenceFor(everyHours, window);
    return cadence === undefined ? 0 : cadence.shortestGapDays * hoursPerDay - window.hours;
  }
  // Without a window, a rate in days may be met at any time of its day, a rate in hours within its hour.
  return everyHours % hoursPerDay === 0 ? everyHours - hoursPerDay : everyHours - 1;
};

/** The shortest interval that a window can hold. */
export const shortestEvery = ({ weekday }: Window): '1d' | '7d' => (weekday === undefined ? '1d' : '7d');

const cadenceFor = (everyHours: number, { weekday }: Window) =>
  (weekday === undefined ? anyDay : onWeekday).find(({ longestGapDays }) => longestGapDays * hoursPerDay <= everyHours);

const rate = (hours: number): string => {
  const days = Math.min(hours / hoursPerDay, maximumRateDays);
  if (!Number.isInteger(days)) return `rate(${hours} hours)`;
  return `rate(${days} ${days === 1 ? 'day' : 'days'})`;
};
