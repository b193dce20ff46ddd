/** Reads a variable of the environment that the constructs write as JSON. */
import * as z from 'zod/mini';
import { CodedError } from '../../lib/contract/index.ts';
import { explainIssues } from './explain-issues.ts';
import { jsonOf } from './parse-json.ts';

/**
 * @param variable - name of the environment variable with the JSON text.
 * @param complaint - what is wrong if it does not fit the schema: `is not a list of destinations`.
 * @throws CodedError `environment-invalid`
 */
export const readJsonVariable = <Schema extends z.ZodMiniType>(
  schema: Schema,
  variable: string,
  text: string,
  complaint: string,
): z.output<Schema> => {
  const value = jsonOf(text);
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  throw new CodedError(
    'environment-invalid',
    `${variable} ${complaint}: ${explainIssues(parsed.error.issues, value)}; deploy the function with the construct that sets it`,
    { retryable: false },
  );
};
