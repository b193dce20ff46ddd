/** The schema of a secret's rotation, and of the defaults that a class gives it. */
import { z } from 'zod';

import { rotationStrategies, schemaPrivileges } from '../../contract/index.ts';
import { choosing } from '../words/choice.ts';
import { host } from './database.ts';
import { expecting, inWords, oneOf, oneOfThese } from '../words/expectation.ts';
import { databaseName, duration, functionArn, graceTime, name, port, roleArn } from '../words/scalars.ts';
import { parseWindow } from './window.ts';

export const sensitivity = oneOf(['standard', 'high']).describe(
  'Each sensitivity of an environment has its own KMS key.',
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
  'How long the previous credential stays valid, 1h or more. Strategies alternating-users and dual-password.',
);

const grants = expecting(z.record(databaseName, oneOf(schemaPrivileges)), {
  must: 'be a mapping from schema to privilege',
  write: '{ public: read-write }',
}).describe(
  'Privileges of the user, by database schema. `migrate`: `read-write`, and creating, altering and dropping tables.',
);

export const network = name.describe(
  'Network of the environment from which the database is reached: one of `networks`. Default: that of the application, ' +
    'or the default network.',
);

const interval = { every: every.optional(), window: window.optional() };

const byStrongroom = z.strictObject({
  strategy: oneOf(rotationStrategies)
    .optional()
    .describe(
      '`single-user`: the password of one user changes. `alternating-users`: two equal users take turns. ' +
        '`dual-password`: the old password stays valid for the grace time. `admin`: the master user of the server.',
    ),
  host: host
    .optional()
    .describe('The writer of the database, if `host` is a proxy, a pooler, a reader endpoint or an alias.'),
  port: port.optional().describe('TCP port of `rotation.host`. Default: the port of the engine.'),
  network: network.optional(),
  ...interval,
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
});

/** By a Lambda function of the organisation. */
const byFunction = z.strictObject({
  function: expecting(
    functionArn.describe('ARN of your own rotation function, in the account and region of the environment.'),
    {
      must: 'be the ARN of a Lambda function, unqualified or with an alias',
      write: 'the ARN of the function, arn:aws:lambda:REGION:ACCOUNT:function:NAME, or the same with :ALIAS',
    },
  ),
  role: expecting(roleArn.describe('ARN of the role of `function`. It may rotate the secret.'), {
    must: 'be the ARN of a role',
    write: 'the ARN of the role of the function, arn:aws:iam::111122223333:role/NAME',
  }),
  ...interval,
});

const anyRotation = z.strictObject({ ...byStrongroom.shape, ...byFunction.shape }).partial();

const rotationOf = <Form extends z.ZodObject>(form: Form, whyNot: (key: string) => string) =>
  choosing(
    expecting(z.union([z.literal('manual'), form]), {
      must: `be manual or a mapping of ${inWords(Object.keys(form.shape), 'and')}`,
      write:
        form.shape['function'] === undefined ? 'manual, or { every: 30d }' : 'manual, or { function: ARN, role: ARN }',
    }),
    { anyForm: anyRotation, whyNot },
  ).describe('How the secret rotates. Default: that of its class.');

/** Of class `database`: by a function of Strongroom. */
export const databaseRotation = rotationOf(
  byStrongroom,
  () =>
    'is not for class database: Strongroom rotates it itself; leave it out, or write class: generic for a database ' +
    'that Strongroom has no engine for',
);

const whyNotByFunction = () =>
  'is for class database only: no strategy rotates another class by itself; leave it out, and write rotation: manual, ' +
  'or a function of your own: { function: ARN, role: ARN }';

/** Of every other class: by hand or by a function of the organisation. */
export const ownRotation = rotationOf(byFunction, whyNotByFunction);

/** The same, if the rest may be under `overrides`. */
export const partOfOwnRotation = rotationOf(byFunction.partial(), whyNotByFunction);

/** Of a secret whose class is not known. */
export const rotation = rotationOf(anyRotation, () => 'is not a key of a rotation; leave it out');
