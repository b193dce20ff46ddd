/** Which files are read, as the construct gives it to the function. */
import * as z from 'zod/mini';
import { type AuditTrailFiles } from '../../../lib/contract/index.ts';
import { readJsonVariable } from '../../runtime/json-variable.ts';

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
export const readTrailFiles = (variable: string, json: string): AuditTrailFiles =>
  readJsonVariable(files, variable, json, 'does not say which files to read');
