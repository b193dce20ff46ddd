/** The schema of the template of secrets' names. */
import { z } from 'zod';

import { expecting } from '../words/expectation.ts';

const placeholder = '\\{(?:environment|application|secret)\\}';

const count = (template: string, word: string): number => template.split(`{${word}}`).length - 1;

/** Policies name an application's secrets by the beginning of their names, so its name comes before that of the secret. */
export const nameTemplate = expecting(
  z
    .string()
    .regex(new RegExp(`^(?:[A-Za-z0-9/_+=.@-]|${placeholder})+$`), { abort: true })
    .refine((template) => count(template, 'secret') === 1, { error: 'must have {secret} once', abort: true })
    .refine((template) => count(template, 'environment') <= 1 && count(template, 'application') <= 1, {
      error: 'must have no placeholder twice',
      abort: true,
    })
    .refine((template) => /\{secret\}[^{]*$/.test(template) && /\{.*\{secret\}/.test(template), {
      error: 'must have {environment} and {application} before {secret}',
      abort: true,
    })
    .refine((template) => !template.includes('}{'), { error: 'must have a character between two placeholders' }),
  {
    must: 'be a template of {environment}, {application} and {secret} with letters, digits and / _ + = . @ - around them',
    write: '/{environment}/{application}/{secret}, or leave it out',
  },
).describe('Template of the names: `{environment}`, `{application}`, and `{secret}` after both.');
