/** The keys that every destination has. */
import { z } from 'zod';

import {
  auditOperations,
  auditSeverities,
  auditViews,
  type DestinationSettings,
  matchesWildcards,
} from '../../../contract/index.ts';
import { nearest } from '../../messages/suggest.ts';
import { expecting, oneOf } from '../../words/expectation.ts';
import { list } from '../../words/scalars.ts';

const eventName = expecting(
  z
    .string()
    .regex(/^[A-Za-z*][A-Za-z0-9 *]{0,79}$/, { abort: true })
    .superRefine((pattern, context) => {
      if (auditOperations.some((operation) => matchesWildcards(pattern, operation))) return;
      const meant = nearest(pattern, auditOperations);
      context.addIssue({
        code: 'custom',
        message: 'matches no event of the audit',
        params: { write: meant ?? 'a name such as GetSecretValue, or Rotation*' },
      });
    })
    .meta({ anyOf: [{ enum: auditOperations }, { pattern: '\\*' }] }),
  {
    must: 'be the name of an operation, with * for any characters',
    write: 'a name such as GetSecretValue, or Rotation*',
  },
);

export const commonKeys = {
  view: oneOf(auditViews)
    .optional()
    .describe('Shape of the events: `ocsf`, the default, `ecs` (Elastic Common Schema) or `cim` (Splunk).'),
  events: list(eventName, 1)
    .optional()
    .describe('Names of the operations that are sent, such as `GetSecretValue` or `Rotation*`. Default: all.'),
  minimumSeverity: oneOf(auditSeverities)
    .optional()
    .describe('Events below this severity are not sent. Default: all are.'),
  raw: expecting(z.boolean(), { must: 'be true or false', write: 'true, or leave it out' })
    .optional()
    .describe(
      'Whether the record of CloudTrail goes with each event, without the fields that may hold values. Default: false.',
    ),
};

export type Common = Pick<DestinationSettings, 'name' | 'view' | 'events' | 'minimumSeverity' | 'raw'>;
type CommonSource = z.infer<z.ZodObject<typeof commonKeys>> & { readonly name: string };

export const resolveCommon = ({ name, view = 'ocsf', events, minimumSeverity, raw = false }: CommonSource): Common => ({
  name,
  view,
  ...(events && { events }),
  ...(minimumSeverity && { minimumSeverity }),
  raw,
});

/** The word by which the keys of a destination are known. */
export const typeOf = <const Type extends DestinationSettings['type']>(type: Type) =>
  z.enum([type]).describe('What the destination is: sets its keys.');
