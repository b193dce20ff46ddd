/** Reads how long something may take. */
import { InvalidArgumentError } from 'commander';

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
const longestMs = 24 * 3_600_000;

/**
 * `90s`, `10m`, `2h`, in ms.
 *
 * @throws {@link InvalidArgumentError} if it is not a time, or longer than a day
 */
export const parseDuration = (text: string): number => {
  const [, number, unit = ''] = /^([1-9]\d{0,4})([smh])$/.exec(text) ?? [];
  const ms = Number(number) * (unitMs[unit] ?? Number.NaN);
  if (ms <= longestMs) return ms;
  throw new InvalidArgumentError('Write a time of up to 24h, such as 90s or 10m.');
};
