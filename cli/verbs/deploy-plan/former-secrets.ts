/** Which secrets of a plan the catalog had before, and removed: their names may be taken in AWS. */
import { basename } from 'node:path';
import { parse } from 'yaml';

import { loadCatalog } from '../../../lib/catalog/index.ts';
import { formerTexts } from '../../adapters/git.ts';

/**
 * Knows what was declared in the history that the clone has, and not what was deployed.
 *
 * @param names - full names of secrets that are new since `ref`
 */
export const formerSecrets = (folder: string, ref: string, names: readonly string[], today: Date): string[] => {
  if (names.length === 0) return [];
  const texts = new Map<string, readonly string[]>();
  const textsOf = (file: string): readonly string[] => {
    const known = texts.get(file) ?? formerTexts(folder, ref, file);
    texts.set(file, known);
    return known;
  };
  return loadCatalog(folder, { today }).environments.flatMap(({ name: environment, applications }) =>
    applications.flatMap(({ file, secrets }) =>
      secrets
        .filter(({ fullName }) => names.includes(fullName))
        .filter(({ name }) => textsOf(basename(file)).some((text) => declares(text, environment, name)))
        .map(({ fullName }) => fullName),
    ),
  );
};

const declares = (text: string, environment: string, secret: string): boolean => {
  const data = parsed(text);
  return [data?.secrets, data?.overrides?.[environment]?.secrets].some(
    (secrets) => typeof secrets === 'object' && Object.hasOwn(secrets, secret),
  );
};

interface Former {
  readonly secrets?: object;
  readonly overrides?: Readonly<Record<string, { readonly secrets?: object } | undefined>>;
}

/** Nothing of a commit whose file is not YAML. */
const parsed = (text: string): Former | undefined => {
  try {
    return parse(text, { merge: true, logLevel: 'silent' }) as Former | undefined;
  } catch (error) {
    if (error instanceof Error && error.name === 'YAMLParseError') return undefined;
    throw error;
  }
};
