/** Reads and changes plain data by path. */
import type { Path } from '../messages/show-value.ts';

export const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value at a path; `undefined` if it does not exist. */
export const valueAt = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, step)
        ? (value as Record<string | number, unknown>)[step]
        : undefined,
    data,
  );

/** Removes the value at a path. An item of a list leaves a hole, so that the others keep their index. */
export const removeAt = (data: unknown, path: Path): void => {
  const parent = valueAt(data, path.slice(0, -1));
  const step = path.at(-1);
  if (step === undefined || typeof parent !== 'object' || parent === null) return;
  if (Array.isArray(parent)) parent[Number(step)] = undefined;
  else Reflect.deleteProperty(parent, step);
};
