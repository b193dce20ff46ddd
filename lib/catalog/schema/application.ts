/** The schema of a catalog file: one application, its consumers and its secrets. */
import { z } from 'zod';

import { secretClasses } from '../../model/catalog.ts';
import { consumerSchema } from './consumer.ts';
import { databaseKeys } from './database.ts';
import { expecting, oneOf } from './expectation.ts';
import { generate } from './generate.ts';
import { network, rotation, sensitivity } from './rotation.ts';
import { date, entries, exactName, keyArn, label, list, name, region, secretArn, sentence, tags } from './scalars.ts';

const adopt = expecting(
  z.strictObject({
    arn: secretArn.describe('The whole ARN of the secret.'),
    key: keyArn.optional().describe('ARN of the KMS key that encrypts it. Left out: the key that AWS manages.'),
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
    'Needed for what is weaker than the class: lower sensitivity, a longer interval or grace time, `manual`, no TLS.',
  );

const secretShape = {
  class: oneOf(secretClasses).describe('Kind of secret; sets the defaults.'),
  description: sentence.optional().describe('What the secret is for.'),
  sensitivity: sensitivity.optional(),
  value: oneOf(['generated', 'supplied'])
    .optional()
    .describe('`generated`: by Secrets Manager at creation. `supplied`: an operator puts it after the deployment.'),
  generate: generate.optional(),
  readers: list(name, 0).describe('Consumers of this application that may read the secret.'),
  pendingReaders: list(name, 0)
    .optional()
    .describe('Readers that may read the value of a rotation under way, too (`AWSPENDING`).'),
  sharedWith: entries(list(name, 1), 1)
    .optional()
    .describe(
      'Consumers of other applications that may read the secret, by application. Each has a use of it in its file.',
    ),
  replicas: list(region, 0)
    .optional()
    .describe('Regions beside the environment’s own in which the secret has a replica.'),
  name: exactName
    .optional()
    .describe('Name of the secret in AWS, in place of the one that the template of organisation.yaml makes.'),
  adopt: adopt.optional(),
  ...databaseKeys,
  rotation: rotation.optional(),
  exception: exception.optional(),
};

const asSecret = { must: 'be a mapping', write: 'class, readers and what else differs from the class under it' };
export const secretSchema = expecting(z.strictObject(secretShape), asSecret);
const secretOverride = expecting(secretSchema.partial(), asSecret);

export const useSchema = expecting(
  z.strictObject({
    application: name.describe('The application that has the secret.'),
    secret: name.describe('Name of the secret in that application.'),
    readers: list(name, 1).describe('Consumers of this application that read it; sharedWith of the secret names them.'),
  }),
  { must: 'be a mapping of application, secret and readers', write: 'application, secret and readers under it' },
);

const rotationDefaults = expecting(z.strictObject({ network: network.optional() }), {
  must: 'be a mapping of network',
  write: '{ network: NAME }',
}).describe('What the secrets of the file have under `rotation` where they say nothing else.');

const override = z.strictObject({
  rotation: rotationDefaults.optional(),
  consumers: entries(consumerSchema, 0).optional().describe('Consumers that are another role, or there, only here.'),
  secrets: entries(secretOverride, 0)
    .optional()
    .describe('Keys of secrets that differ, and secrets that are there, only here.'),
  uses: entries(useSchema, 0)
    .optional()
    .describe('Uses of secrets of other applications that differ, or are there, only here.'),
});

export const applicationSchema = z
  .strictObject({
    application: name.describe('Name of the application: the name of the file.'),
    owner: label.describe('Team that owns the secrets.'),
    contact: name.describe('Who is told when a rotation fails: a contact of organisation.yaml.'),
    tags: tags
      .optional()
      .describe(
        'Tags of what is deployed for the application, beside those of organisation.yaml and in place of the same.',
      ),
    rotation: rotationDefaults.optional(),
    environments: list(name, 1).optional().describe('Environments that the application is in. Left out: all.'),
    consumers: entries(consumerSchema, 0).describe('Who reads: services of the application, by name.'),
    secrets: entries(secretSchema, 0)
      .optional()
      .describe(
        'The secrets, by name. In AWS: <environment>/<application>/<secret>, or as `names` says. Left out: the application has `uses` alone.',
      ),
    uses: entries(useSchema, 0)
      .optional()
      .describe('Secrets of other applications, by the name that the code of this one has for them.'),
    overrides: entries(override, 0).optional().describe('What differs in one environment, by its name.'),
  })
  .describe('One application of a Strongroom catalog: docs/catalog.md');

export type ApplicationSource = z.infer<typeof applicationSchema>;
export type UseSource = z.infer<typeof useSchema>;
export type SecretSource = z.infer<typeof secretSchema>;
export type { ConsumerSource } from './consumer.ts';
