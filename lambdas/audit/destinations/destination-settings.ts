/** The settings of a destination, as the construct gives them to its function. */
import * as z from 'zod/mini';
import { auditViews, type DestinationSettings } from '../../../lib/contract/index.ts';
import { readJsonVariable } from '../../runtime/json-variable.ts';

/** What every destination has. The rest is the matter of its folder; the construct writes both by the same types. */
const settings = z.looseObject({
  name: z.string().check(z.regex(/^[a-z][a-z0-9-]*$/)),
  type: z.string(),
  view: z.enum(auditViews),
  raw: z.boolean(),
});

/**
 * @param variable - name of the environment variable with the JSON text.
 * @throws CodedError `environment-invalid`
 */
export const readDestinationSettings = (variable: string, text: string): DestinationSettings =>
  readJsonVariable(settings, variable, text, 'does not describe a destination') as unknown as DestinationSettings;
