/** After how many hours without a rotation a secret is overdue. */
import type { RotationSchedule } from '../../model/catalog.ts';

/**
 * The interval and one window, as Secrets Manager defines windows:
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 *
 * @returns `undefined` for a cron expression without `everyHours`
 */
export const overdueAfterHours = ({
  schedule: { expression, duration },
  everyHours,
}: {
  readonly schedule: RotationSchedule;
  readonly everyHours?: number;
}): number | undefined => {
  const [, count, unit] = /^rate\((\d+) (hour|day)s?\)$/.exec(expression) ?? [];
  const rateHours = count === undefined ? undefined : Number(count) * (unit === 'day' ? hoursPerDay : 1);
  const interval = everyHours ?? rateHours;
  if (interval === undefined) return undefined;
  // Without a duration, the window of a rate in hours is one hour, and any other ends with its day.
  const windowHours = duration === undefined ? (unit === 'hour' ? 1 : hoursPerDay) : Number.parseInt(duration, 10);
  return interval + windowHours;
};

const hoursPerDay = 24;
