/** The longest time between two rotations that the rules of a rotation schedule allow, in days. */
import { member } from './properties.ts';

/**
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
 *
 * @throws Error for an expression that isn't known here: a rule that can't tell must not pass.
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

/** Thousands of secrets have a few calendars between them. */
const gaps = new Map<string, number>();

const gapOfCron = (text: string): number => {
  const [, , daysOfMonth, months, daysOfWeek, ...rest] = text.split(' ');
  if (daysOfMonth === undefined || months === undefined || daysOfWeek === undefined || rest.length > 1) {
    throw unknown(`cron(${text})`);
  }
  const calendar = `${daysOfMonth} ${months} ${daysOfWeek}`;
  const known = gaps.get(calendar);
  if (known !== undefined) return known;
  const gap = longestBetween(daysThat(matcher(daysOfMonth, months, daysOfWeek)));
  gaps.set(calendar, gap);
  return gap;
};

const dayMs = 86_400_000;

/** Eight years and the leap days in them: no calendar of months and weekdays has a longer gap than they show. */
const daysThat = (matches: (day: Date) => boolean): number[] => {
  const first = Date.UTC(2024, 0, 1) / dayMs;
  return Array.from({ length: 8 * 366 }, (_, index) => first + index).filter((day) => matches(new Date(day * dayMs)));
};

const longestBetween = (days: readonly number[]): number =>
  days.length < 2 ? Infinity : Math.max(...days.slice(1).map((day, index) => day - (days[index] ?? 0)));

const matcher = (daysOfMonth: string, months: string, daysOfWeek: string) => {
  const inMonth = field(months, monthNames, 1, 12);
  const onDate = daysOfMonth === 'L' ? isLastOfMonth : dated(field(daysOfMonth, [], 1, 31));
  const onWeekday = weekday(daysOfWeek);
  return (day: Date): boolean => inMonth(day.getUTCMonth() + 1) && onDate(day) && onWeekday(day);
};

const dated =
  (isIn: (value: number) => boolean) =>
  (day: Date): boolean =>
    isIn(day.getUTCDate());

const isLastOfMonth = (day: Date): boolean => new Date(day.getTime() + dayMs).getUTCDate() === 1;

/** `SUN` and 1 are the same day; `SUN#2` is the second of a month, `SUNL` the last. */
const weekday = (text: string): ((day: Date) => boolean) => {
  const [, name, nth] = /^(\w+?)(#[1-5]|L)$/.exec(text) ?? [];
  const isOne = field(name ?? text, dayNames, 1, 7);
  const isOn = (day: Date): boolean => isOne(day.getUTCDay() + 1);
  if (nth === undefined) return isOn;
  if (nth === 'L') return (day) => isOn(day) && new Date(day.getTime() + 7 * dayMs).getUTCMonth() !== day.getUTCMonth();
  return (day) => isOn(day) && Math.ceil(day.getUTCDate() / 7) === Number(nth.slice(1));
};

const monthNames = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const dayNames = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** Lists, ranges and steps: `1,4,7`, `MON-FRI`, `1/3`, `*` with a step. */
const field = (text: string, names: readonly string[], first: number, last: number): ((value: number) => boolean) => {
  const parts = text.split(',').map((part) => {
    const [, range = '', step = '1'] = /^([^/]+)(?:\/(\d+))?$/.exec(part) ?? [];
    const [from = '', to] = range.split('-');
    const isAny = range === '*' || range === '?';
    const start = isAny ? first : numberOf(from, names);
    const end = to === undefined ? (isAny || part.includes('/') ? last : start) : numberOf(to, names);
    return { start, end, step: Number(step) };
  });
  return (value) =>
    parts.some(({ start, end, step }) => value >= start && value <= end && (value - start) % step === 0);
};

const numberOf = (text: string, names: readonly string[]): number => {
  const index = names.indexOf(text.toUpperCase());
  if (index >= 0) return index + 1;
  if (!/^\d+$/.test(text)) throw unknown(text);
  return Number(text);
};

const unknown = (what: unknown): Error => new Error(`No schedule of Secrets Manager: ${JSON.stringify(what)}`);
