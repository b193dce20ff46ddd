/** Mappings that have one of several forms, such as a secret by its class: what messages about them need. */
import { z } from 'zod';

export interface Choice {
  /** Accepts every key of every form. Checks a mapping if its form is not known. */
  readonly anyForm: z.ZodObject;
  /** Why this mapping does not have a key of another form. Completes "secrets.orders-db.host …". */
  readonly whyNot: (key: string, given: Readonly<Record<string, unknown>>) => string;
  /** Which option of a plain union is meant. Absent: the one with the fewest faults. */
  readonly meant?: (given: Readonly<Record<string, unknown>>) => number | undefined;
  /** Completes "consumers.api …" if no option is meant. */
  readonly none?: string;
}

const choices = new WeakMap<z.core.$ZodType, Choice>();

/** Gives a union the words for messages. */
export const choosing = <Schema extends z.ZodType>(schema: Schema, choice: Choice): Schema => {
  choices.set(schema, choice);
  return schema;
};

export const choiceOf = (schema: z.core.$ZodType): Choice | undefined =>
  // `describe` makes a copy.
  choices.get(schema) ?? (schema._zod.parent && choiceOf(schema._zod.parent));

/** A key that a form does not have, and by which zod chooses another form. JSON Schemas leave it out. */
export const absent = z.undefined().optional();

export const isAbsent = (schema: z.core.$ZodType | undefined): boolean =>
  schema !== undefined && unwrap(schema) instanceof z.ZodUndefined;

export const unwrap = (schema: z.core.$ZodType): z.core.$ZodType =>
  schema instanceof z.ZodOptional ? unwrap(schema.unwrap()) : schema;
