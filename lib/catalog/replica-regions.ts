/** Where secrets have replicas. */
import type { EnvironmentCatalog, Secret } from './model.ts';

/** The regions of the replicas of an environment's secrets, sorted; of those alone that `counts` names, where it is given. */
export const replicaRegionsOf = (
  { applications }: { readonly applications: readonly Pick<EnvironmentCatalog['applications'][number], 'secrets'>[] },
  counts: (secret: Secret) => boolean = () => true,
): string[] =>
  [
    ...new Set(applications.flatMap(({ secrets }) => secrets.filter(counts).flatMap(({ replicas = [] }) => replicas))),
  ].sort();
