/** The hours in which a secret may rotate: `Sun 02:00-04:00 UTC`. */
import type { Expectation } from '../words/expectation.ts';

export interface Window {
  /** `SUN`; absent: any day. */
  readonly weekday?: string;
  /** 0 to 23, UTC. */
  readonly startHour: number;
  /** 1 to 24, not past midnight. */
  readonly hours: number;
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const example = '02:00-04:00 UTC, Sun 02:00-04:00 UTC, or any';

/** Reads a window, `{}` for `any`; or says what it must be and what to write. */
export const parseWindow = (text: string): Window | Record<string, never> | Expectation => {
  if (text === 'any') return {};
  const parts = /^(?:(\p{L}+) +)?([0-9]{1,2})(?::([0-9]{2}))?-([0-9]{1,2})(?::([0-9]{2}))?( UTC)?$/u.exec(text);
  if (!parts) return { must: 'be whole hours of one UTC day, after a weekday or not', write: example };
  const [, weekday, from = '', fromMinutes, to = '', toMinutes, zone] = parts;
  const startHour = Number(from);
  const endHour = Number(to);
  const day = weekday === undefined ? undefined : weekdays.find((name) => sameDay(name, weekday));
  const write = (start: number, end: number, on = day): string =>
    `${on ? `${on} ` : ''}${clock(start)}-${clock(end)} UTC`;
  if (weekday !== undefined && day === undefined)
    return { must: `name the weekday as ${weekdays.join(', ')}`, write: example };
  if (startHour > 23 || endHour > 24) return { must: 'have hours from 00 to 24', write: example };
  if (endHour === startHour) return { must: 'be at least one hour long', write: write(startHour, startHour + 1) };
  if (endHour < startHour) {
    const morning = endHour === 0 ? '' : ` or ${write(0, endHour, day && weekdays[(weekdays.indexOf(day) + 1) % 7])}`;
    return { must: 'not run past midnight UTC', write: `${write(startHour, 24)}${morning}` };
  }
  if (Number(fromMinutes ?? 0) > 0 || Number(toMinutes ?? 0) > 0) {
    return { must: 'open and close on the hour', write: write(startHour, endHour) };
  }
  if (zone === undefined) return { must: 'say that it is in UTC', write: write(startHour, endHour) };
  const exact = write(startHour, endHour);
  if (text !== exact) return { must: 'have the exact form', write: exact };
  return { ...(day !== undefined && { weekday: day.toUpperCase() }), startHour, hours: endHour - startHour };
};

const sameDay = (name: string, word: string): boolean => word.slice(0, 3).toLowerCase() === name.toLowerCase();

const clock = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;
