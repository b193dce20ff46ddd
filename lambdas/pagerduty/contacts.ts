/** The contacts of PagerDuty, as the construct gives them to the function. */
import * as z from 'zod/mini';
import {
  pagerDutyRegions,
  pagerDutySeverities,
  pagerDutyUrgencies,
  type PagerDutyContact,
} from '../../lib/contract/index.ts';
import { readJsonVariable } from '../runtime/json-variable.ts';

const contacts = z.array(
  z.strictObject({
    name: z.string().check(z.regex(/^[a-z][a-z0-9-]*$/)),
    topic: z.string().check(z.regex(/^arn:[^:]+:sns:[^:]+:\d{12}:.+$/)),
    secret: z.string().check(z.minLength(1)),
    region: z.enum(pagerDutyRegions),
    severity: z.record(z.enum(pagerDutyUrgencies), z.enum(pagerDutySeverities)),
  }),
);

/**
 * @param variable - name of the environment variable with the JSON text.
 * @throws CodedError `environment-invalid`
 */
export const readContacts = (variable: string, text: string): readonly PagerDutyContact[] =>
  readJsonVariable(contacts, variable, text, 'is not a list of PagerDuty contacts');
