/** The defaults of the classes in an organisation, for who writes a catalog file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { type ClassDefaults, defaultsOf } from './entries/class-defaults.ts';
import type { SecretClass } from '../contract/index.ts';
import { organisationSchema } from './schema/organisation.ts';
import { parseYaml } from './source/yaml-file.ts';

/**
 * @param directory a folder that `loadCatalog` has found without fault
 * @returns what a class is by default, as `classes` in organisation.yaml has it
 */
export const loadClassDefaults = (directory: string): ((name: SecretClass) => ClassDefaults) => {
  const path = join(directory, 'organisation.yaml');
  const { classes } = organisationSchema.parse(parseYaml(path, readFileSync(path, 'utf8')).data);
  return (name) => defaultsOf(name, classes?.[name]);
};
