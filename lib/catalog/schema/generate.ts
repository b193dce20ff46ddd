/** The schema of how Secrets Manager generates a value: its length and characters, and the JSON around it. */
import { z } from 'zod';

import { expecting, text } from '../words/expectation.ts';

const jsonKey = text(/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/, {
  must: 'be 1 to 64 letters, digits and _ . - that start with a letter or _',
  write: 'a key such as password',
});

const template = expecting(z.record(jsonKey, z.union([z.string().max(1024), z.number(), z.boolean()])), {
  must: 'be a mapping from keys to words, numbers or booleans',
  write: '{ username: app }',
});

export const generate = expecting(
  z.strictObject({
    template: template
      .optional()
      .describe('What else is in the JSON value, next to the generated text. Never a secret.'),
    key: jsonKey.optional().describe('Key of the generated text in that JSON value.'),
    length: expecting(z.int().min(1).max(4096), {
      must: 'be a whole number of characters',
      write: 'a number up to 4096, such as 32',
    })
      .optional()
      .describe('How many characters are generated. Default: 32.'),
    exclude: expecting(z.string().regex(/^[ -~]{1,96}$/), {
      must: 'be printable ASCII characters',
      write: "the characters that must not be generated, such as '@/:'",
    })
      .optional()
      .describe('Characters that are not generated. Default: those that need quoting in a URL, a shell or JSON.'),
  }),
  {
    must: 'be a mapping of template, key, length and exclude',
    write: '{ template: { username: app }, key: password }',
  },
).describe('What Secrets Manager generates at creation. Constant from then on: a change makes a new value.');

export type GenerateSource = z.infer<typeof generate>;
