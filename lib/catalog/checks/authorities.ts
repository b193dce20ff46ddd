/** Checks that the files with an organisation's own authorities are there, and hold certificates and nothing else. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { CatalogProblem } from '../problem.ts';
import { reporter } from '../report.ts';
import { organisationSchema } from '../schema/organisation.ts';
import { checkStructure } from '../structure.ts';
import type { YamlFile } from '../yaml-file.ts';

export const checkAuthorities = (directory: string, organisation: YamlFile): CatalogProblem[] => {
  const problems: CatalogProblem[] = [];
  const report = reporter(organisation, problems);
  const { remains } = checkStructure(organisationSchema, organisation);
  for (const [name, environment] of Object.entries(remains.environments ?? {})) {
    const file = environment?.certificateAuthorities;
    const wrong = file === undefined ? undefined : whatIsWrong(join(directory, file));
    if (wrong !== undefined) report(['environments', name, 'certificateAuthorities'], `${wrong} (got ${file ?? ''})`);
  }
  return problems;
};

const whatIsWrong = (path: string): string | undefined => {
  const text = readText(path);
  if (text === undefined) return 'must be a file within the folder of the catalog that can be read; write its path';
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) {
    return 'must hold no private key: the file travels with the functions. Take the key out, and change it if it was ever committed';
  }
  return text.includes('-----BEGIN CERTIFICATE-----')
    ? undefined
    : 'must be PEM, with -----BEGIN CERTIFICATE----- in it; convert it with openssl x509';
};

/** `undefined` where there is no such file, or none that may be read. */
const readText = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
};
