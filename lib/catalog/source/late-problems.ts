/** Locations in the files of a catalog, for what comes out after it was loaded. */
import { join } from 'node:path';

import type { CatalogProblemCode } from '../messages/problem-codes.ts';
import type { CatalogProblem } from '../messages/problem.ts';
import { readCatalogFiles } from './read-files.ts';
import { pathIn, reporter } from './report.ts';
import type { Path } from '../messages/show-value.ts';
import { parseYaml, type YamlFile } from './yaml-file.ts';

/** What a file of a loaded catalog says. */
export interface CatalogPath {
  /** Path of the file, as the loaded catalog has it. Absent: that of organisation.yaml. */
  readonly file?: string;
  /** The environment in whose overrides it may stand. Absent: of all environments. */
  readonly environment?: string;
  readonly path: Path;
  /** @default 'value' */
  readonly part?: 'key' | 'value';
}

export interface LateProblem extends CatalogPath {
  readonly code: CatalogProblemCode;
  readonly message: string;
}

/** Line and column are absent if the file is not in the folder any more. */
export type CatalogLocation = Pick<CatalogProblem, 'file' | 'line' | 'column'>;

/**
 * Without line and column where the file is not in the folder any more.
 *
 * @param directory - the folder of the catalog, as it was loaded
 */
export const locateProblems = (directory: string, late: readonly LateProblem[]): CatalogProblem[] => {
  const files = filesOf(directory, late);
  const problems: CatalogProblem[] = [];
  for (const { file = organisationOf(directory), environment, path, part, code, message } of late) {
    const yaml = files.get(file);
    if (yaml) reporter(yaml, problems, environment)(path, code, message, part);
    else problems.push({ code, file, message });
  }
  return problems;
};

/**
 * The location of each, in their order.
 *
 * @param directory - the folder of the catalog, as it was loaded
 */
export const locationsOf = (directory: string, paths: readonly CatalogPath[]): CatalogLocation[] => {
  const files = filesOf(directory, paths);
  return paths.map(({ file = organisationOf(directory), environment, path, part = 'value' }) => {
    const yaml = files.get(file);
    return { file, ...yaml?.locate(pathIn(yaml, environment, path), part) };
  });
};

const organisationOf = (directory: string): string => join(directory, 'organisation.yaml');

const filesOf = (directory: string, paths: readonly CatalogPath[]): ReadonlyMap<string, YamlFile> => {
  const wanted = new Set(paths.map(({ file }) => file ?? organisationOf(directory)));
  return new Map(
    readCatalogFiles(directory)
      .files.filter(({ path }) => wanted.has(path))
      .map(({ path, text }) => [path, parseYaml(path, text)]),
  );
};
