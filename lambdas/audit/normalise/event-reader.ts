/** Reads fields of untrusted JSON: what has the wrong type counts as absent, what is required and absent is refused. */
import { InvalidEvent } from '../../runtime/invalid-event.ts';
import { cleanText } from './clean-text.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const none: Fields = Object.freeze({});

export const fields = (parent: Fields, name: string): Fields => {
  const value = parent[name];
  return isFields(value) ? value : none;
};

/** An ARN has up to 2,048 characters. */
const longestText = 2_048;

/** Without control characters, cut at `longest`. */
export const text = (parent: Fields, name: string, longest = longestText): string | undefined => {
  const value = parent[name];
  return typeof value === 'string' && value !== '' ? cleanText(value, longest) : undefined;
};

export const list = (parent: Fields, name: string): readonly unknown[] => {
  const value = parent[name];
  return Array.isArray(value) ? value : [];
};

/** @throws InvalidEvent naming the path of the field. */
export const requiredText = (parent: Fields, name: string, path = name): string => {
  const value = text(parent, name);
  if (value === undefined) throw new InvalidEvent(`${path} must be a text that is not empty`);
  return value;
};

/**
 * The id by which duplicates are known. It is never cut: two events must not get one id.
 *
 * @throws InvalidEvent naming the path of the field.
 */
export const requiredId = (parent: Fields, name: string, path = name): string => {
  const value = requiredText(parent, name, path);
  if (!/^[\x21-\x7E]{1,128}$/.test(value)) {
    throw new InvalidEvent(`${path} must have at most 128 characters, without spaces or control characters`);
  }
  return value;
};

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;

/** Milliseconds since the epoch. */
export const time = (value: string | undefined): number | undefined => {
  if (value === undefined || !isoTime.test(value)) return undefined;
  const parsed = Date.parse(value);
  return Number.isNaN(parsed) ? undefined : parsed;
};

/** @throws InvalidEvent if the field is not a date and time. */
export const requiredTime = (parent: Fields, name: string, path = name): { original: string; time: number } => {
  const original = requiredText(parent, name, path);
  const parsed = time(original);
  if (parsed === undefined) throw new InvalidEvent(`${path} must be a date and time in ISO 8601`);
  return { original, time: parsed };
};

/** The object without the keys whose value is undefined. */
export const defined = <T extends object>(value: { [K in keyof T]: T[K] | undefined }): T => {
  const kept: Partial<T> = {};
  for (const name of Object.keys(value) as (keyof T)[]) {
    const field = value[name];
    if (field !== undefined) kept[name] = field;
  }
  return kept as T;
};
