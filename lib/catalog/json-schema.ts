/** The JSON Schemas with which editors complete, explain and check catalog files. */
import { z } from 'zod';

import { applicationSchema } from './schema/application.ts';
import { organisationSchema } from './schema/organisation.ts';
import { completeForms } from './schema/secret.ts';
import { isAbsent } from './words/choice.ts';
import { isMapping } from './source/value-at.ts';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** File name in `catalog/schema/` to JSON Schema (draft 7, which every YAML language server reads). */
export const catalogJsonSchemas = (): Readonly<Record<string, JsonSchema>> => ({
  'organisation.schema.json': jsonSchemaOf(organisationSchema),
  'application.schema.json': { ...jsonSchemaOf(applicationSchema), ...completeWithoutOverrides() },
});

const jsonSchemaOf = (schema: z.ZodType): JsonSchema =>
  withFlatChoices(
    z.toJSONSchema(schema, {
      target: 'draft-7',
      io: 'input',
      unrepresentable: 'any',
      override: ({ zodSchema, jsonSchema }) => {
        if (zodSchema instanceof z.ZodObject) leaveOutAbsent(zodSchema, jsonSchema);
      },
    }),
  ) as JsonSchema;

/** Editors complete one level of forms better than a form of forms. */
const withFlatChoices = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(withFlatChoices);
  if (!isMapping(node)) return node;
  const flat = Object.fromEntries(Object.entries(node).map(([key, value]) => [key, withFlatChoices(value)]));
  const { oneOf } = flat;
  if (!Array.isArray(oneOf)) return flat;
  return { ...flat, oneOf: oneOf.flatMap((form: unknown): unknown[] => onlyForms(form) ?? [form]) };
};

const onlyForms = (form: unknown): unknown[] | undefined =>
  isMapping(form) && Object.keys(form).length === 1 && Array.isArray(form['oneOf']) ? form['oneOf'] : undefined;

const leaveOutAbsent = ({ shape }: z.ZodObject, { properties = {} }: JsonSchema): void => {
  for (const key of Object.keys(properties)) {
    if (isAbsent((shape as Record<string, z.core.$ZodType>)[key])) Reflect.deleteProperty(properties, key);
  }
};

/** Overrides may add what a secret needs. Without any, each secret is complete. */
const completeWithoutOverrides = (): JsonSchema => ({
  if: { not: { required: ['overrides'] } },
  then: { properties: { secrets: { type: 'object', additionalProperties: { allOf: completeForms.map(requires) } } } },
});

/** If a secret is of the form, it has the keys that the form needs. */
const requires = (form: z.ZodObject): JsonSchema => {
  const { class: classes, access, rotation } = form.shape as Readonly<Record<string, z.core.$ZodType | undefined>>;
  const byIam = access !== undefined && !isAbsent(access);
  const names = classes instanceof z.ZodEnum ? classes.options : [];
  return {
    if: {
      type: 'object',
      properties: { class: { enum: names } },
      required: ['class', ...(byIam ? ['access'] : [])],
      ...(isAbsent(access) && { not: { type: 'object', required: ['access'] } }),
    },
    then: {
      type: 'object',
      required: neededIn(form),
      ...(rotation && {
        properties: { rotation: { if: { type: 'object' }, then: { type: 'object', required: neededIn(rotation) } } },
      }),
    },
  };
};

/** Keys that a mapping must have. */
const neededIn = (schema: z.core.$ZodType): string[] => {
  if (schema instanceof z.ZodOptional) return neededIn(schema.unwrap());
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(neededIn);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape).flatMap(([key, inner]) => (inner instanceof z.ZodOptional ? [] : [key]));
};
