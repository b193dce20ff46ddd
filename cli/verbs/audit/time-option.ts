/** A moment that an operator writes. */
import { InvalidArgumentError } from 'commander';

/**
 * `2026-11-30`, or `2026-11-30T17:00Z`: a day begins in UTC.
 *
 * @throws {@link InvalidArgumentError}
 */
export const parseTime = (text: string): Date => {
  const form = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;
  const time = form.test(text) ? new Date(text) : undefined;
  // `2026-02-30` is a Date of March.
  if (time && !Number.isNaN(+time) && isSameDay(time, text)) return time;
  throw new InvalidArgumentError('Write a date, or a date and time with its zone: 2026-11-30 or 2026-11-30T17:00Z.');
};

const isSameDay = (time: Date, text: string): boolean =>
  !/^\d{4}-\d{2}-\d{2}$/.test(text) || time.toISOString().startsWith(text);
