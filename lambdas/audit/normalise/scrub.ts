/** Reduces untrusted JSON to the fields that may leave, as one JSON text of bounded length. */
import type { AllowedFields } from './allowed-fields.ts';
import { cleanText } from './clean-text.ts';
import { isFields, type Fields } from './event-reader.ts';
import { withoutQuotedValues } from './error-message.ts';

const longestText = 512;
const longestList = 50;

/**
 * Always JSON: while it is longer than `longest`, the longest field is replaced by a note of its length.
 *
 * @returns undefined if nothing may leave.
 */
export const scrubbedJson = (value: Fields, allowed: AllowedFields, longest: number): string | undefined => {
  const members = Object.entries(scrubObject(value, allowed)).map(([name, field]) => ({
    name: JSON.stringify(name),
    json: JSON.stringify(field),
  }));
  if (members.length === 0) return undefined;
  let length = members.reduce((sum, { name, json }) => sum + name.length + json.length + 2, 1);
  while (length > longest) {
    const largest = members.reduce((one, other) => (other.json.length > one.json.length ? other : one));
    const note = `"(left out: ${largest.json.length} characters)"`;
    if (note.length >= largest.json.length) break;
    length -= largest.json.length - note.length;
    largest.json = note;
  }
  return `{${members.map(({ name, json }) => `${name}:${json}`).join(',')}}`;
};

const scrubObject = (value: Fields, allowed: AllowedFields): Record<string, unknown> => {
  // Every name is from the table: none is `__proto__`.
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(value)) {
    const rule = allowed.get(name);
    if (rule === undefined) continue;
    const field = scrubField(value[name], rule);
    if (field !== undefined) kept[name] = field;
  }
  return kept;
};

const scrubField = (value: unknown, rule: 'plain' | 'quoting' | AllowedFields): unknown => {
  if (value === null) return null;
  if (rule === 'quoting') return typeof value === 'string' ? withoutQuotedValues(value) : undefined;
  if (rule === 'plain') return Array.isArray(value) ? scrubList(value, plainValue) : plainValue(value);
  if (Array.isArray(value)) return scrubList(value, (entry) => nested(entry, rule));
  return nested(value, rule);
};

/** An object of which nothing may leave is left out as a whole. */
const nested = (value: unknown, rule: AllowedFields): unknown => {
  if (!isFields(value)) return undefined;
  const kept = scrubObject(value, rule);
  return Object.keys(kept).length > 0 ? kept : undefined;
};

const plainValue = (value: unknown): string | number | boolean | undefined => {
  if (typeof value === 'string') return cleanText(value, longestText);
  // JSON knows numbers that are infinite for JavaScript.
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  return typeof value === 'boolean' ? value : undefined;
};

const scrubList = (values: readonly unknown[], scrub: (value: unknown) => unknown): unknown[] => {
  const kept = values
    .slice(0, longestList)
    .map(scrub)
    .filter((value) => value !== undefined);
  if (values.length > longestList) kept.push(`(left out: ${values.length - longestList} more)`);
  return kept;
};
