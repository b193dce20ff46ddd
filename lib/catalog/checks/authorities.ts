/** Checks that the files with an organisation's own authorities exist, and contain only certificates. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { certificateAuthoritiesIn } from '../source/certificate-authorities.ts';
import { isWithin } from '../source/is-within.ts';
import type { CatalogProblem } from '../messages/problem.ts';
import { reporter } from '../source/report.ts';
import { organisationSchema } from '../schema/organisation.ts';
import { checkStructure } from '../source/structure.ts';
import type { YamlFile } from '../source/yaml-file.ts';

export const checkAuthorities = (directory: string, organisation: YamlFile): CatalogProblem[] => {
  const problems: CatalogProblem[] = [];
  const report = reporter(organisation, problems);
  const { remains } = checkStructure(organisationSchema, organisation);
  for (const [name, environment] of Object.entries(remains.environments ?? {})) {
    const file = environment?.certificateAuthorities;
    const wrong = file === undefined ? undefined : whatIsWrong(directory, file);
    if (wrong !== undefined)
      report(['environments', name, 'certificateAuthorities'], 'wrong-authorities', `${wrong} (got ${file ?? ''})`);
  }
  return problems;
};

const whatIsWrong = (directory: string, file: string): string | undefined => {
  const path = join(directory, file);
  const text = readText(path);
  if (text === undefined) return 'must be a file within the folder of the catalog that can be read; write its path';
  if (!isWithin(directory, path)) {
    return 'must be a file within the folder of the catalog, and a symbolic link leads out of it; put the file itself there';
  }
  const found = certificateAuthoritiesIn(text);
  return typeof found === 'string' ? found : undefined;
};

/** `undefined` if the file does not exist or must not be read. */
const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
};
