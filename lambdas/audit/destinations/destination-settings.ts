/** The settings of a destination, as the construct gives them to its function. */
import * as z from 'zod/mini';
import { auditViews, CodedError, type DestinationSettings } from '../../../lib/contract/index.ts';
import { explainIssues } from '../../runtime/explain-issues.ts';

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
export const readDestinationSettings = (variable: string, text: string): DestinationSettings => {
  const value = parseJson(text);
  const parsed = z.safeParse(settings, value);
  if (parsed.success) return parsed.data as unknown as DestinationSettings;
  throw new CodedError(
    'environment-invalid',
    `${variable} does not describe a destination: ${explainIssues(parsed.error.issues, value)}; deploy the function with the construct that sets it`,
    { retryable: false },
  );
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
