/** Where secrets have replicas. */
import type { Application, EnvironmentCatalog, Secret } from './catalog.ts';
import { secretsReadBy } from './secrets-read-by.ts';

/** The regions of the replicas of an environment's secrets, sorted; of those alone that `counts` names, where it is given. */
export const replicaRegionsOf = (
  { applications }: { readonly applications: readonly Pick<EnvironmentCatalog['applications'][number], 'secrets'>[] },
  counts: (secret: Secret) => boolean = () => true,
): string[] =>
  [
    ...new Set(applications.flatMap(({ secrets }) => secrets.filter(counts).flatMap(({ replicas = [] }) => replicas))),
  ].sort();

/** The regions in which a consumer of the application reads replicas, sorted. */
export const replicaRegionsReadBy = (application: Pick<Application, 'secrets' | 'uses'>, consumer: string): string[] =>
  replicaRegionsOf({ applications: [{ secrets: secretsReadBy(application, consumer) }] });
