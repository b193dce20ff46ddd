/** What each field of the catalog must be, in words: for messages here, and for editors through the JSON Schema. */
import { z } from 'zod';

export interface Expectation {
  /** Completes "rotation.every must …". */
  readonly must: string;
  /** Completes "…; write …". */
  readonly write: string;
  /** By a word that people write: completes "can't be WORD: …", in place of the rest. */
  readonly whyNot?: Readonly<Record<string, string>>;
}

/** `write` if `must` names all valid words. */
export const oneOfThese = 'one of these';

const expectations = z.registry<Expectation>();

/** The expectation of a schema, or of the one that it was made from. */
export const expectationOf = (schema: z.core.$ZodType): Expectation | undefined => expectations.get(schema);

/** Gives a schema the words for messages. */
export const expecting = <Schema extends z.ZodType>(schema: Schema, expectation: Expectation): Schema => {
  expectations.add(schema, expectation);
  return schema;
};

/** Text that matches `pattern`. */
export const text = (pattern: RegExp, expectation: Expectation): z.ZodString =>
  expecting(z.string().regex(pattern), expectation);

/** One of a few words. */
export const oneOf = <const Words extends readonly [string, ...string[]]>(
  words: Words,
): z.ZodEnum<z.core.util.ToEnum<Words[number]>> =>
  expecting(z.enum(words), {
    must: `be ${inWords(words, 'or')}`,
    write: words.length === 1 ? words[0] : oneOfThese,
  });

/** `a, b or c` */
export const inWords = (words: readonly string[], conjunction: 'and' | 'or'): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${conjunction} ${words.at(-1) ?? ''}`;
