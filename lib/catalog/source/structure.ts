/** Checks a file against its schema, and keeps the valid parts for further checks, so that one run reports everything. */
import type { z } from 'zod';

import { faultsOf } from './faults.ts';
import type { CatalogProblem } from '../messages/problem.ts';
import { type Path, showPath } from '../messages/show-value.ts';
import { isMapping, removeAt } from './value-at.ts';
import type { YamlFile } from './yaml-file.ts';

/** What is left of a type once parts that don't fit were taken out. */
export type Remains<Type> = Type extends readonly (infer Item)[]
  ? (Remains<Item> | undefined)[]
  : Type extends object
    ? { [Key in keyof Type]?: Remains<Type[Key]> | undefined }
    : Type;

export interface Structure<Source> {
  /** The file's data without the parts that `problems` are about; the rest fits its schema. */
  readonly remains: Remains<Source>;
  readonly problems: readonly CatalogProblem[];
  /** Whether something at, above or below a path was taken out, so that a check of it would say the same twice. */
  readonly isBroken: (path: Path) => boolean;
}

export const checkStructure = <Schema extends z.ZodType>(
  schema: Schema,
  file: YamlFile,
): Structure<z.output<Schema>> => {
  if (file.data === undefined) return { remains: {} as Remains<z.output<Schema>>, problems: [], isBroken: () => true };
  const result = schema.safeParse(file.data);
  const faults = result.success ? [] : result.error.issues.flatMap((issue) => faultsOf(issue, schema, file.data));
  const remains: unknown = faults.length === 0 ? file.data : structuredClone(file.data);
  for (const { path } of faults) removeAt(remains, path);
  return {
    // Zod has no type for "the rest fits": what does not fit has just been removed.
    remains: (isMapping(remains) ? remains : {}) as Remains<z.output<Schema>>,
    problems: faults.map(({ path, code, part, problem }) => ({
      code,
      file: file.path,
      ...file.locate(path, part),
      message: `${path.length === 0 ? 'the file' : showPath(path)} ${problem}`,
    })),
    isBroken: (path) =>
      faults.some((fault) => path.every((step, depth) => fault.path.length <= depth || fault.path[depth] === step)),
  };
};
