/** Reads fields of untrusted JSON: what has the wrong type counts as absent, what is required and absent is refused. */
import { InvalidEvent } from '../../runtime/invalid-event.ts';

export type Fields = Readonly<Record<string, unknown>>;

export const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fields = (parent: Fields, name: string): Fields => {
  const value = parent[name];
  return isFields(value) ? value : {};
};

export const text = (parent: Fields, name: string): string | undefined => {
  const value = parent[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
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

/** @throws InvalidEvent if the field is not a date and time. */
export const requiredTime = (parent: Fields, name: string, path = name): { original: string; time: number } => {
  const original = requiredText(parent, name, path);
  const time = Date.parse(original);
  if (Number.isNaN(time)) throw new InvalidEvent(`${path} must be a date and time in ISO 8601`);
  return { original, time };
};

/** The object without the keys whose value is undefined. */
export const defined = <T extends object>(value: { [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;

export const truncate = (value: string, length: number): string =>
  value.length <= length ? value : `${value.slice(0, length - 1)}…`;
