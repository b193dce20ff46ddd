/** The schema of a secret's rotation, and of the defaults that a class gives it. */
import { z } from 'zod';

import { rotationStrategies, schemaPrivileges } from '../../contract/index.ts';
import { host, port } from './database.ts';
import { expecting, oneOf, oneOfThese } from './expectation.ts';
import { databaseName, duration, functionArn, graceTime, name, roleArn } from './scalars.ts';
import { parseWindow } from './window.ts';

export const sensitivity = oneOf(['standard', 'high']).describe(
  'Each sensitivity of an environment has a KMS key of its own.',
);

export const every = duration.describe('Longest time from one rotation to the next, 4h to 1000d.');

export const window = expecting(
  z.string().superRefine((text, context) => {
    const window = parseWindow(text);
    if ('must' in window) context.addIssue({ code: 'custom', message: `must ${window.must}`, params: window });
  }),
  { must: 'be a window', write: '02:00-04:00 UTC, Sun 02:00-04:00 UTC, or any' },
).meta({
  description: 'When it may rotate: `02:00-04:00 UTC`, `Sun 02:00-04:00 UTC`, or `any`.',
  pattern: '^(any|((Mon|Tue|Wed|Thu|Fri|Sat|Sun) )?([01][0-9]|2[0-3]):00-([01][0-9]|2[0-4]):00 UTC)$',
});

export const grace = graceTime.describe(
  'How long the credential before the new one stays valid, 1h or more. Strategies alternating-users and dual-password.',
);

const grants = expecting(z.record(databaseName, oneOf(schemaPrivileges)), {
  must: 'be a mapping from schema to privilege',
  write: '{ public: read-write }',
}).describe(
  'Privileges of the user, by database schema. `migrate`: `read-write`, and creating, altering and dropping tables.',
);

export const network = name.describe(
  'Network of the environment from which the database is reached: one of `networks`. Left out: that of the application, ' +
    'or the default network.',
);

export const rotation = expecting(
  z.union([
    z.literal('manual'),
    z.strictObject({
      strategy: oneOf(rotationStrategies)
        .optional()
        .describe(
          '`single-user`: the password of one user changes. `alternating-users`: two equal users take turns. ' +
            '`dual-password`: the old password stays valid for the grace time. `admin`: the master user of the server.',
        ),
      host: host
        .optional()
        .describe('The database’s writer, where `host` is a proxy, a pooler, a reader endpoint or an alias.'),
      port: port.optional().describe('TCP port of `rotation.host`; left out, that of the engine.'),
      network: network.optional(),
      every: every.optional(),
      window: window.optional(),
      grace: grace.optional(),
      admin: expecting(
        z.union([
          name,
          z.strictObject({ managedBy: oneOf(['rds']).describe('The master secret that RDS manages for `host`.') }),
        ]),
        { must: 'be the name of a secret of this application or { managedBy: rds }', write: oneOfThese },
      )
        .optional()
        .describe('The credential that may set the password and create the user.'),
      provision: z
        .strictObject({ grants })
        .optional()
        .describe('The first rotation creates the user with these privileges. Needs `admin`.'),
      function: functionArn
        .optional()
        .describe(
          'ARN of a rotation function of your own, in the account and region of the environment. Needs `role`. ' +
            'Not for class `database`.',
        ),
      role: roleArn.optional().describe('ARN of the role of `function`. It may rotate the secret.'),
    }),
  ]),
  {
    must: 'be manual or a mapping of strategy, host, port, network, every, window, grace, admin, provision, function and role',
    write: 'manual, or { every: 30d }',
  },
).describe('How the secret rotates. Left out: as its class says.');
