/** The schema of a secret: which keys each class has. */
import { z } from 'zod';

import { generatedClasses, secretClasses, suppliedClasses } from '../../contract/index.ts';
import { absent, choosing } from '../words/choice.ts';
import { iamKeys, passwordKeys } from './database.ts';
import { expecting, inWords, oneOf, oneOfThese } from '../words/expectation.ts';
import { generate } from './generate.ts';
import { databaseRotation, ownRotation, partOfOwnRotation, rotation, sensitivity } from './rotation.ts';
import { date, entries, exactName, keyArn, label, list, name, region, secretArn, sentence } from '../words/scalars.ts';

const adopt = expecting(
  z.strictObject({
    arn: secretArn.describe('The whole ARN of the secret.'),
    key: keyArn.optional().describe('ARN of the KMS key that encrypts it. Default: the key that AWS manages.'),
  }),
  { must: 'be a mapping of arn and key', write: '{ arn: ARN of the secret }' },
).describe('A secret that exists already: it keeps its name and its value.');

const exception = z
  .strictObject({
    reason: sentence.describe('Why the rule can’t be kept.'),
    approvedBy: label.describe('Who decided it.'),
    until: date.describe('Last day on which it holds (UTC). After it, the catalog is refused.'),
  })
  .describe(
    'Needed for anything weaker than the class: lower sensitivity, a longer interval or grace time, `manual`, no TLS.',
  );

const classOf = <const Name extends string>(classes: readonly [Name, ...Name[]]) =>
  expecting(z.enum(classes), { must: `be ${inWords(secretClasses, 'or')}`, write: oneOfThese }).describe(
    'Kind of secret. Sets the defaults and the keys.',
  );

const value = oneOf(['generated', 'supplied']).describe(
  '`generated`: by Secrets Manager at creation. `supplied`: an operator puts it after the deployment.',
);

const suppliedValue = expecting(z.enum(['supplied']), {
  must: 'be supplied',
  write: 'supplied',
  whyNot: { generated: 'Secrets Manager generates random text, no key pairs and no certificates; write supplied' },
}).describe('An operator puts the value after the deployment.');

/** Each secret and each database has these. */
const shared = {
  description: sentence.optional().describe('What the secret is for.'),
  readers: list(name, 0).describe('Consumers of this application that may read the secret.'),
};

/** Each secret has these. */
const common = {
  ...shared,
  sensitivity: sensitivity.optional(),
  pendingReaders: list(name, 0)
    .optional()
    .describe('Readers that may also read the pending value of a rotation (`AWSPENDING`).'),
  sharedWith: entries(list(name, 1), 1)
    .optional()
    .describe(
      'Consumers of other applications that may read the secret, by application. Each has a use of it in its file.',
    ),
  replicas: list(region, 0).optional().describe('Other regions in which the secret has a replica.'),
  name: exactName.optional().describe('Name of the secret in AWS. Default: by the template of organisation.yaml.'),
  adopt: adopt.optional(),
  exception: exception.optional(),
};

const password = z.strictObject({
  class: classOf(['database']),
  access: absent,
  ...common,
  ...passwordKeys,
  value: value.optional(),
  rotation: databaseRotation.optional(),
});

const iam = z.strictObject({ class: classOf(['database']), ...shared, ...iamKeys });

const generated = z.strictObject({
  class: classOf(generatedClasses),
  ...common,
  value: value.optional(),
  generate: generate.optional(),
  rotation: ownRotation.optional(),
});

const supplied = z.strictObject({
  class: classOf(suppliedClasses),
  ...common,
  value: suppliedValue.optional(),
  rotation: ownRotation.optional(),
});

const anyClass = z
  .strictObject({
    ...generated.shape,
    ...iam.shape,
    ...password.shape,
    class: classOf(secretClasses),
    access: iam.shape.access,
    rotation,
  })
  .partial();

type Given = Readonly<Record<string, unknown>>;

const whyNot = (key: string, { class: name, access }: Given): string => {
  if (typeof name === 'string' && name !== 'database') return whyNotOf(key, name);
  if (access === 'iam') {
    const token = key === 'tls' || key === 'readReplicas';
    const why = token
      ? 'a token is taken over verified TLS only, by the one host that it is for'
      : 'there is no secret';
    return `must be left out with access: iam, because ${why}`;
  }
  if (name === undefined) return 'is not a key of the class that has the other keys here; write keys of one class';
  if (key === 'generate') return 'must be left out for class database: the rotation makes its value from the catalog';
  return 'is for access: iam only; write that next to it, or leave it out';
};

const whyNotOf = (key: string, name: string): string =>
  key === 'generate'
    ? `must be left out for class ${name}: Secrets Manager generates random text, no key pairs and no certificates`
    : `belongs to class database only (this is ${name}); leave it out, or write class: database`;

const asSecret = { must: 'be a mapping', write: 'class, readers and what else differs from the class under it' };
const words = { anyForm: anyClass, whyNot };

/** What a secret has once the overrides of an environment are merged into it. */
export const secretSchema = choosing(
  expecting(
    z.discriminatedUnion('class', [z.discriminatedUnion('access', [password, iam]), generated, supplied]),
    asSecret,
  ),
  words,
);

/** Each form of a secret, with the keys that it needs. */
export const completeForms: readonly z.ZodObject[] = [password, iam, generated, supplied];

const part = {
  password: password.partial({ engine: true, host: true, username: true }),
  iam: iam.partial({ engine: true, host: true, dbname: true, username: true, resourceId: true }),
  generated: generated.extend({ rotation: partOfOwnRotation.optional() }),
  supplied: supplied.extend({ rotation: partOfOwnRotation.optional() }),
};

/** A secret under `secrets`: overrides may add keys that an environment needs, but only keys of its class. */
export const declaredSecret = choosing(
  expecting(
    z.discriminatedUnion('class', [
      z.discriminatedUnion('access', [part.password, part.iam]),
      part.generated,
      part.supplied,
    ]),
    asSecret,
  ),
  words,
);

/** A secret under `overrides`: keys of one class, which may be named by the secret that they override. */
export const secretOverride = choosing(
  expecting(
    z.union([part.password.partial(), part.iam.partial(), part.generated.partial(), part.supplied.partial()]),
    asSecret,
  ),
  {
    ...words,
    meant: ({ class: name, access }) => {
      if (access === 'iam') return 1;
      const options: readonly (readonly unknown[])[] = [['database'], [], generatedClasses, suppliedClasses];
      const index = options.findIndex((classes) => classes.includes(name));
      return index < 0 ? undefined : index;
    },
  },
);

/** Complete: of one environment. */
export type SecretSource = z.infer<typeof secretSchema>;
/** A database with a password. */
export type PasswordSource = z.infer<typeof password>;
/** A database with `access: iam`. */
export type IamSource = z.infer<typeof iam>;
/** A secret of any class, of which parts may be missing. */
export type AnySecret = z.infer<typeof anyClass>;
