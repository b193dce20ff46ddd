/** The destinations' queues, as the construct gives them to the functions in front of them. */
import * as z from 'zod/mini';
import { auditSeverities, CodedError, type AuditQueue } from '../../../lib/contract/index.ts';
import { explainIssues } from '../../runtime/explain-issues.ts';

const queues = z.array(
  z.strictObject({
    name: z.string().check(z.regex(/^[a-z][a-z0-9-]*$/)),
    queueUrl: z.url(),
    events: z.optional(z.array(z.string().check(z.minLength(1)))),
    minimumSeverity: z.optional(z.enum(auditSeverities)),
    raw: z.boolean(),
  }),
);

/**
 * @param variable - name of the environment variable with the JSON text.
 * @throws CodedError `environment-invalid`
 */
export const readAuditQueues = (variable: string, text: string): readonly AuditQueue[] => {
  const value = parseJson(text);
  const parsed = z.safeParse(queues, value);
  if (parsed.success) return parsed.data as readonly AuditQueue[];
  throw new CodedError(
    'environment-invalid',
    `${variable} is not a list of destinations: ${explainIssues(parsed.error.issues, value)}; deploy the function with the construct that sets it`,
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
