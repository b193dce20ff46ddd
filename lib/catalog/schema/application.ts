/** The schema of a catalog file: one application, its consumers and its secrets. */
import { z } from 'zod';

import { consumerSchema } from './consumer.ts';
import { expecting } from '../words/expectation.ts';
import { network } from './rotation.ts';
import { entries, label, list, name, tags } from '../words/scalars.ts';
import { declaredSecret, secretOverride } from './secret.ts';

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
}).describe('Default of `rotation` of the secrets of the file.');

const override = z.strictObject({
  rotation: rotationDefaults.optional(),
  consumers: entries(consumerSchema, 0).optional().describe('Consumers that differ or exist only here.'),
  secrets: entries(secretOverride, 0)
    .optional()
    .describe('Keys of secrets that differ here, and secrets that exist only here.'),
  uses: entries(useSchema, 0)
    .optional()
    .describe('Uses of secrets of other applications that differ or exist only here.'),
});

export const applicationSchema = z
  .strictObject({
    application: name.describe('Name of the application: the name of the file.'),
    owner: label.describe('Team that owns the secrets.'),
    contact: name.describe('Contact for failed rotations: one of organisation.yaml.'),
    tags: tags
      .optional()
      .describe(
        'Tags of what is deployed for the application, in addition to those of organisation.yaml. One with the same name replaces it.',
      ),
    rotation: rotationDefaults.optional(),
    environments: list(name, 1).optional().describe('Environments of the application. Default: all.'),
    consumers: entries(consumerSchema, 0).describe('Who reads: services of the application, by name.'),
    secrets: entries(declaredSecret, 0)
      .optional()
      .describe(
        'The secrets, by name. In AWS: <environment>/<application>/<secret>, or as `names` says. Default: the application has only `uses`.',
      ),
    uses: entries(useSchema, 0)
      .optional()
      .describe('Secrets of other applications, by the name that the code of this one uses.'),
    overrides: entries(override, 0).optional().describe('What differs in one environment, by its name.'),
  })
  .describe('One application of a Strongroom catalog: docs/catalog.md');

export type ApplicationSource = z.infer<typeof applicationSchema>;
export type UseSource = z.infer<typeof useSchema>;
