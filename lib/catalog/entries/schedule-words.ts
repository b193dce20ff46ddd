/** Says a rotation schedule in words. */
import type { RotationSchedule } from '../../model/catalog.ts';
import { inWords } from '../words/expectation.ts';

const weekdays: Readonly<Record<string, string>> = {
  MON: 'Monday',
  TUE: 'Tuesday',
  WED: 'Wednesday',
  THU: 'Thursday',
  FRI: 'Friday',
  SAT: 'Saturday',
  SUN: 'Sunday',
};
const months = 'January February March April May June July August September October November December'.split(' ');

/** `on the first Sunday of each month, 02:00-04:00 UTC`; an expression that Strongroom does not make stays as it is. */
export const scheduleInWords = ({ expression, duration }: RotationSchedule): string => {
  const [, value, unit] = /^rate\((\d+) (hour|day)s?\)$/.exec(expression) ?? [];
  if (value !== undefined && unit !== undefined) return `every ${value === '1' ? unit : `${value} ${unit}s`}`;
  const [, hour, dayOfMonth, month, dayOfWeek] = /^cron\(0 (\d+) (\S+) (\S+) (\S+) \*\)$/.exec(expression) ?? [];
  const day = dayInWords(dayOfMonth, dayOfWeek);
  if (hour === undefined || month === undefined || day === undefined) return expression;
  const end = duration === undefined ? 24 : Number(hour) + Number.parseInt(duration, 10);
  return `${day}${day.startsWith('every') ? '' : monthsInWords(month)}, ${clock(Number(hour))}-${clock(end)} UTC`;
};

const dayInWords = (dayOfMonth: string | undefined, dayOfWeek = ''): string | undefined => {
  if (dayOfMonth === '*') return 'every day';
  if (dayOfMonth === '1') return 'on the 1st';
  if (dayOfMonth === '1,16') return 'on the 1st and the 16th';
  const [weekday = '', first] = dayOfWeek.split('#');
  const name = weekdays[weekday];
  if (name === undefined) return undefined;
  return first === undefined ? `every ${name}` : `on the first ${name}`;
};

const monthsInWords = (month: string): string =>
  month === '*'
    ? ' of each month'
    : ` of ${inWords(
        month.split(',').map((number) => months[Number(number) - 1] ?? number),
        'and',
      )}`;

const clock = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;
