/** Places in the files of a catalog, for what comes out after it was loaded. */
import { join } from 'node:path';

import type { CatalogProblem } from '../messages/problem.ts';
import { readCatalogFiles } from './read-files.ts';
import { reporter } from './report.ts';
import type { Path } from '../messages/show-value.ts';
import { parseYaml } from './yaml-file.ts';

export interface LateProblem {
  /** Path of the file, as the loaded catalog has it. Absent: that of organisation.yaml. */
  readonly file?: string;
  /** The environment in whose overrides it may stand. Absent: of all environments. */
  readonly environment?: string;
  readonly path: Path;
  /** @default 'value' */
  readonly part?: 'key' | 'value';
  readonly message: string;
}

/**
 * Without line and column where the file is not in the folder any more.
 *
 * @param directory - the folder of the catalog, as it was loaded
 */
export const locateProblems = (directory: string, late: readonly LateProblem[]): CatalogProblem[] => {
  const paths = new Set(late.map(({ file }) => file ?? join(directory, 'organisation.yaml')));
  const files = new Map(
    readCatalogFiles(directory)
      .files.filter(({ path }) => paths.has(path))
      .map(({ path, text }) => [path, parseYaml(path, text)]),
  );
  const problems: CatalogProblem[] = [];
  for (const { file = join(directory, 'organisation.yaml'), environment, path, part, message } of late) {
    const yaml = files.get(file);
    if (yaml) reporter(yaml, problems, environment)(path, message, part);
    else problems.push({ file, message });
  }
  return problems;
};
