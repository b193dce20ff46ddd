/** Reads a catalog folder: one typed, complete model, or one error with every problem of every file. */
import { join } from 'node:path';

import { checkAuthorities } from './checks/authorities.ts';
import { checkContactRegions } from './checks/contact-regions.ts';
import { checkContacts } from './checks/contacts.ts';
import { checkPolicySizes } from './checks/policy-sizes.ts';
import { checkCatalog } from './check-catalog.ts';
import type { Catalog } from '../model/catalog.ts';
import { CatalogError, type CatalogProblem } from './messages/problem.ts';
import { type DraftFile, readCatalogFiles } from './source/read-files.ts';
import { resolveCatalog } from './resolve/resolve.ts';
import type { ApplicationSource } from './schema/application.ts';
import { organisationSchema } from './schema/organisation.ts';
import { parseYaml } from './source/yaml-file.ts';

export interface LoadCatalogOptions {
  /**
   * The day against which the end of exceptions is held (its UTC date).
   *
   * @default now
   */
  readonly today?: Date;
  /**
   * A file as it would be: read instead of the one with its name, or in addition to the others.
   *
   * @default - the folder as it is
   */
  readonly draft?: DraftFile;
}

const organisationFile = 'organisation.yaml';

/**
 * Loads `organisation.yaml` and the application files of a folder. See docs/catalog.md for their keys.
 *
 * @param directory the folder; messages show it as it is given
 * @throws {@link CatalogError} (`catalog-invalid`) with all problems of all files, sorted by file and line
 * @example
 * const catalog = loadCatalog('catalog');
 */
export const loadCatalog = (directory: string, { today = new Date(), draft }: LoadCatalogOptions = {}): Catalog => {
  const { files, problems: unreadable } = readCatalogFiles(directory, draft);
  const misnamed = files.filter(({ name }) => name !== organisationFile && /^organi[sz]ation\.ya?ml$/i.test(name));
  const parsed = files
    .filter((file) => !misnamed.includes(file))
    .map(({ name, path, text }) => ({ name, yaml: parseYaml(path, text) }));
  const organisation = parsed.find(({ name }) => name === organisationFile)?.yaml;
  const applications = parsed
    .filter(({ name }) => name !== organisationFile)
    .map(({ name, yaml }) => ({ fileName: name.replace(/\.ya?ml$/i, ''), yaml }));

  const problems: CatalogProblem[] = [
    ...unreadable,
    ...misnamed.map(({ path }) => ({
      code: 'file-misnamed' as const,
      file: path,
      message: `must be called ${organisationFile}; rename it`,
    })),
    ...parsed.flatMap(({ yaml }) => yaml.problems),
    ...checkCatalog({ organisation, applications, today: today.toISOString().slice(0, 10) }),
    ...(organisation ? checkAuthorities(directory, organisation) : []),
  ];
  const organisationPath = join(directory, organisationFile);
  if (files.length > 0 && organisation === undefined && !unreadable.some(({ file }) => file === organisationPath)) {
    const message = 'is missing: it has environments, contacts and the SIEM; write it, see docs/catalog.md';
    problems.push({ code: 'organisation-missing', file: organisationPath, message });
  }
  if (problems.length > 0 || organisation === undefined) throw new CatalogError(withoutRepetitions(problems));
  const catalog = resolveCatalog(
    directory,
    organisationSchema.parse(organisation.data),
    // Without problems, the data is what the schema accepts.
    applications.map(({ yaml }) => ({ file: yaml.path, source: yaml.data as ApplicationSource })),
  );
  const unfit = [
    ...checkContactRegions(catalog, organisation),
    ...applications.flatMap(({ yaml }) => [...checkPolicySizes(catalog, yaml), ...checkContacts(catalog, yaml)]),
  ];
  if (unfit.length > 0) throw new CatalogError(withoutRepetitions(unfit));
  return catalog;
};

/** A problem of every environment is one problem. */
const withoutRepetitions = (problems: readonly CatalogProblem[]): CatalogProblem[] => [
  ...new Map(problems.map((problem) => [JSON.stringify(problem), problem])).values(),
];
