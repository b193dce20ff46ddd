/** Names of a catalog that options give. */
import { type Catalog, type EnvironmentCatalog } from '../../lib/model/index.ts';
import { didYouMean } from '../../lib/catalog/index.ts';
import { UsageError } from '../terminal/errors.ts';

/** @throws {@link UsageError} where the catalog has no environment of that name */
export const environmentNamed = ({ environments }: Catalog, option: string, name: string): EnvironmentCatalog => {
  const found = environments.find((one) => one.name === name);
  if (found) return found;
  const names = environments.map((one) => one.name);
  throw unknownName(option, 'environment', name, names);
};

/** @param names - those that the catalog has */
export const unknownName = (
  option: string,
  what: 'environment' | 'application',
  name: string,
  names: readonly string[],
): UsageError =>
  new UsageError(`${option} ${name}: the catalog has no such ${what}; ${didYouMean(name, names, 'add it')}`);
