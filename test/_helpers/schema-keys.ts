/** Every key that a catalog file may have, from its schema: `secrets.*.rotation.every`, with `*` for a name. */
import { z } from 'zod';

export const schemaKeys = (schema: z.core.$ZodType): string[] => [...new Set(keysUnder(schema, []))];

const keysUnder = (schema: z.core.$ZodType, path: readonly string[]): string[] => {
  if (schema instanceof z.ZodOptional) return keysUnder(schema.unwrap(), path);
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => keysUnder(option, path));
  if (schema instanceof z.ZodArray) return keysUnder(schema.element, path);
  if (schema instanceof z.ZodRecord) return [[...path, '*'].join('.'), ...keysUnder(schema.valueType, [...path, '*'])];
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, z.core.$ZodType>).flatMap(([key, inner]) => [
    [...path, key].join('.'),
    ...keysUnder(inner, [...path, key]),
  ]);
};
