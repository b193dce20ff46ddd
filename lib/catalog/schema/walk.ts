/** Finds the part of a schema that a path of the data is held against. */
import { z } from 'zod';

import type { Path } from '../messages/show-value.ts';

/** The schema of the value at a path, without `optional`; `undefined` where the schema has no such place. */
export const schemaAt = (root: z.core.$ZodType, path: Path): z.core.$ZodType | undefined => {
  const schema = unwrap(root);
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  if (schema instanceof z.ZodUnion) {
    return schema.options.map((option) => schemaAt(option, path)).find((found) => found !== undefined);
  }
  const next = stepInto(schema, step);
  return next && schemaAt(next, rest);
};

/** The keys that a mapping may have; none for a mapping by name, and for what is no mapping. */
export const keysOf = (schema: z.core.$ZodType): string[] => {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) return inner.options.flatMap((option) => keysOf(option));
  if (inner instanceof z.ZodRecord && inner.keyType instanceof z.ZodEnum) return inner.keyType.options.map(String);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
};

/** Whether only a mapping or a list fits. */
export const isContainer = (schema: z.core.$ZodType): boolean => {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodUnion) return inner.options.every((option) => isContainer(option));
  return inner instanceof z.ZodObject || inner instanceof z.ZodRecord || inner instanceof z.ZodArray;
};

const stepInto = (schema: z.core.$ZodType, step: string | number): z.core.$ZodType | undefined => {
  if (schema instanceof z.ZodObject) return (schema.shape as Record<string, z.core.$ZodType>)[step];
  if (schema instanceof z.ZodRecord) return schema.valueType;
  return schema instanceof z.ZodArray ? schema.element : undefined;
};

const unwrap = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
