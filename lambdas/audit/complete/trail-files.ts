/** Which files are read, as the construct gives it to the function. */
import * as z from 'zod/mini';
import { CodedError, type AuditTrailFiles } from '../../../lib/contract/index.ts';
import { explainIssues } from '../../runtime/explain-issues.ts';

const text = z.string().check(z.minLength(1));
const files = z.strictObject({
  bucket: text,
  account: z.string().check(z.regex(/^\d{12}$/)),
  regions: z.array(text).check(z.minLength(1)),
  secrets: z.array(z.string().check(z.startsWith('arn:'))),
});

/**
 * @param variable name of the environment variable with the JSON text
 * @throws CodedError `environment-invalid`
 */
export const readTrailFiles = (variable: string, json: string): AuditTrailFiles => {
  const value = parseJson(json);
  const parsed = z.safeParse(files, value);
  if (parsed.success) return parsed.data;
  throw new CodedError(
    'environment-invalid',
    `${variable} does not say which files to read: ${explainIssues(parsed.error.issues, value)}; deploy the function with the construct that sets it`,
    { retryable: false },
  );
};

const parseJson = (json: string): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
};
