/** Readers of other applications, which the policy of a secret must allow. */
import type { Consumer, EnvironmentCatalog, Secret } from '../model/catalog.ts';

/** In the order of the catalog. */
export const sharedReadersOf = (
  { applications }: EnvironmentCatalog,
  { sharedWith = [] }: Pick<Secret, 'sharedWith'>,
): Consumer[] =>
  sharedWith.flatMap(({ application, readers }) => {
    const consumers = applications.find(({ name }) => name === application)?.consumers ?? [];
    return consumers.filter(({ name }) => readers.includes(name));
  });
