/** Collects the problems of a file with their places. */
import type { CatalogProblemCode } from '../messages/problem-codes.ts';
import type { CatalogProblem } from '../messages/problem.ts';
import { type Path, showPath, withholdSecrets } from '../messages/show-value.ts';
import { valueAt } from './value-at.ts';
import type { YamlFile } from './yaml-file.ts';

export type Report = (path: Path, code: CatalogProblemCode, problem: string, part?: 'key' | 'value') => void;

/**
 * Reports on a file into `problems`. For an environment, the place is in its overrides where these say more of the path
 * than the rest of the file.
 */
export const reporter =
  (file: YamlFile, problems: CatalogProblem[], environment?: string): Report =>
  (path, code, problem, part = 'value') => {
    const where = pathIn(file, environment, path);
    problems.push({
      code,
      file: file.path,
      ...file.locate(where, part),
      message: `${showPath(where)} ${withholdSecrets(problem)}`,
    });
  };

/** `catalog/payments.yaml:14:9`: where a {@link reporter} of the same file and environment puts the problem. */
export const positionIn =
  (file: YamlFile, environment?: string) =>
  (path: Path, part: 'key' | 'value' = 'value'): string => {
    const { line, column } = file.locate(pathIn(file, environment, path), part);
    return `${file.path}:${line}:${column}`;
  };

/** The path in the overrides of an environment, if these say more of it than the rest of the file. */
export const pathIn = (file: YamlFile, environment: string | undefined, path: Path): Path => {
  const override = environment === undefined ? undefined : ['overrides', environment];
  return override && isNearer(file.data, override, path) ? [...override, ...path] : path;
};

const isNearer = (data: unknown, override: Path, path: Path): boolean => {
  const inOverride = depthOf(valueAt(data, override), path);
  return inOverride === path.length || inOverride > depthOf(data, path);
};

/** How many steps of a path exist. */
const depthOf = (data: unknown, path: Path): number => {
  const missing = path.findIndex((_step, depth) => valueAt(data, path.slice(0, depth + 1)) === undefined);
  return missing === -1 ? path.length : missing;
};
