/** Finds the part of a schema that a path of the data is held against. */
import { z } from 'zod';

import type { Path } from '../messages/show-value.ts';
import { choiceOf, isAbsent, unwrap } from '../words/choice.ts';
import { isMapping, valueAt } from './value-at.ts';

/**
 * The schema of the value at a path, without `optional`; `undefined` if the schema has no such place.
 *
 * @param data - what is held against the schema: it says which form of several is meant
 */
export const schemaAt = (root: z.core.$ZodType, path: Path, data: unknown): z.core.$ZodType | undefined => {
  const schema = unwrap(root);
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  if (schema instanceof z.ZodUnion) {
    return optionsFor(schema, data)
      .map((option) => schemaAt(option, path, data))
      .find((found) => found !== undefined);
  }
  const next = stepInto(schema, step);
  return next && schemaAt(next, rest, valueAt(data, [step]));
};

/** The form that the data is of; all of them if it does not say. */
export const optionsFor = (union: z.ZodUnion, data: unknown): readonly z.core.$ZodType[] => {
  if (!isMapping(data)) return union.options;
  if (!(union instanceof z.ZodDiscriminatedUnion)) {
    const meant = choiceOf(union)?.meant?.(data);
    return meant === undefined ? union.options : [union.options[meant] ?? union];
  }
  const { discriminator } = union.def;
  const value = valueAt(data, [discriminator]) as z.core.util.Primitive;
  const chosen = union.options.find((option) => option._zod.propValues?.[discriminator]?.has(value) === true);
  return chosen === undefined ? union.options : [chosen];
};

/** The keys that a mapping may have; none for a mapping by name or anything else. */
export const keysOf = (schema: z.core.$ZodType, data: unknown): string[] => {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) {
    return [...new Set(optionsFor(inner, data).flatMap((option) => keysOf(option, data)))];
  }
  if (inner instanceof z.ZodRecord && inner.keyType instanceof z.ZodEnum) return inner.keyType.options.map(String);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.keys(inner.shape).filter((key) => !isAbsent((inner.shape as Record<string, z.core.$ZodType>)[key]));
};

/** Whether only a mapping or a list fits. */
export const isContainer = (schema: z.core.$ZodType): boolean => {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) return inner.options.every((option) => isContainer(option));
  return inner instanceof z.ZodObject || inner instanceof z.ZodRecord || inner instanceof z.ZodArray;
};

const stepInto = (schema: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined => {
  if (schema instanceof z.ZodObject) {
    const inner = (schema.shape as Record<string, z.core.$ZodType>)[step];
    return isAbsent(inner) ? undefined : inner;
  }
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
};
