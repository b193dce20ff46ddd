/** The destinations' queues, as the construct gives them to the functions in front of them. */
import * as z from 'zod/mini';
import { auditSeverities, type AuditQueue } from '../../../lib/contract/index.ts';
import { readJsonVariable } from '../../runtime/json-variable.ts';

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
export const readAuditQueues = (variable: string, text: string): readonly AuditQueue[] =>
  readJsonVariable(queues, variable, text, 'is not a list of destinations') as readonly AuditQueue[];
