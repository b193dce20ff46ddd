/** How policies of an environment name its secrets. */
import type { EnvironmentCatalog } from '../model/catalog.ts';
import type { SecretNames } from '../constructs/arns.ts';
import { environmentPrefixes } from '../contract/index.ts';

/** Every stack of an environment asks, and the answer takes a walk over all its secrets. */
export const secretNamesOf = (catalog: EnvironmentCatalog): SecretNames => {
  const names = known.get(catalog) ?? namesOf(catalog);
  known.set(catalog, names);
  return names;
};

const known = new WeakMap<EnvironmentCatalog, SecretNames>();

const namesOf = ({ name, nameTemplate, applications }: EnvironmentCatalog): SecretNames => {
  const prefixes = environmentPrefixes(
    name,
    applications.map((application) => application.name),
    nameTemplate,
  );
  const others = applications
    .flatMap(({ secrets }) => secrets)
    .filter(({ adopted, fullName }) => !adopted && !prefixes.some((prefix) => fullName.startsWith(prefix)))
    .map(({ fullName }) => fullName)
    .sort();
  return { prefixes, others };
};
