/** Cleans every text of an event that is built from parts which other functions give. */
import { cleanText } from './clean-text.ts';

/** Longest text of a finding: a description, or the text of a runbook. */
const longest = 4_096;

/** Without undefined values; every text without control characters, cut at 4,096 characters. */
export const cleanEvent = <Event extends object>(event: Event): Event => clean(event) as Event;

const clean = (value: unknown): unknown => {
  if (typeof value === 'string') return cleanText(value, longest);
  if (Array.isArray(value)) return value.map(clean);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, field]) => field !== undefined)
      .map(([name, field]) => [name, clean(field)]),
  );
};
