/** Adds dependencies to a package.json that exists. Nothing that it has is changed. */
import { z } from 'zod';

import { UsageError } from '../../terminal/errors.ts';

export interface Kept {
  readonly file: string;
  readonly entry: string;
  readonly found: string;
  /** What init would write. */
  readonly wanted: string;
}

/** @throws {@link UsageError} if the file is not a package.json */
export const mergeManifest = (path: string, text: string, addition: string): { merged: string; kept: Kept[] } => {
  const manifest = parse(path, text);
  const { dependencies, devDependencies } = manifestSchema.parse(JSON.parse(addition));
  const known = Object.assign({}, ...kinds.map((kind) => manifest[kind])) as Record<string, string>;
  const missing = (wanted: Dependencies = {}): [string, string][] =>
    Object.entries(wanted).filter(([name]) => !Object.hasOwn(known, name));
  const added = { dependencies: missing(dependencies), devDependencies: missing(devDependencies) };
  const kept = Object.entries({ ...dependencies, ...devDependencies }).flatMap(([entry, wanted]) => {
    const found = known[entry];
    return found === undefined || found === wanted ? [] : [{ file: 'package.json', entry, found, wanted }];
  });
  if (added.dependencies.length + added.devDependencies.length === 0) return { merged: text, kept };
  const merged: Manifest = { ...manifest };
  for (const kind of ['dependencies', 'devDependencies'] as const) {
    if (added[kind].length > 0) merged[kind] = sorted({ ...manifest[kind], ...Object.fromEntries(added[kind]) });
  }
  // As npm does: the indentation and the line ends of the file stay.
  const indent = /^[\t ]+/m.exec(text)?.[0] ?? 2;
  const json = JSON.stringify(merged, undefined, indent);
  const end = /\s*$/.exec(text)?.[0] ?? '';
  return { merged: (text.includes('\r\n') ? json.replaceAll('\n', '\r\n') : json) + end, kept };
};

const kinds = ['dependencies', 'devDependencies', 'optionalDependencies'] as const;

const dependenciesSchema = z.record(z.string(), z.string());
const manifestSchema = z.looseObject({
  dependencies: dependenciesSchema.optional(),
  devDependencies: dependenciesSchema.optional(),
  optionalDependencies: dependenciesSchema.optional(),
});
type Dependencies = z.infer<typeof dependenciesSchema>;
type Manifest = z.infer<typeof manifestSchema>;

const parse = (path: string, text: string): Manifest => {
  try {
    return manifestSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new UsageError(`${path} is not a valid package.json, so nothing was written; fix it first`, { cause });
  }
};

const sorted = (dependencies: Dependencies): Dependencies =>
  Object.fromEntries(Object.entries(dependencies).sort(([a], [b]) => (a < b ? -1 : 1)));
