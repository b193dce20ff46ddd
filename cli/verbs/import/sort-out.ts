/** Which of the secrets that were found a catalog can take over. */
import type { Catalog, EnvironmentCatalog } from '../../../lib/model/index.ts';
import { defaultDestination, destinationSecretName } from '../../../lib/contract/index.ts';
import type { ExistingSecret } from '../../operators/existing-secret.ts';

export interface LeftOut {
  readonly name: string;
  readonly why: string;
}

/** @returns what the catalog can take over, and what not, each with why */
export const sortOut = (
  found: readonly ExistingSecret[],
  here: EnvironmentCatalog,
  { environments }: Pick<Catalog, 'environments'>,
): { taken: ExistingSecret[]; leftOut: LeftOut[] } => {
  const leftOut: LeftOut[] = [];
  const taken: ExistingSecret[] = [];
  const neighbours = environments.filter(({ account, region }) => account === here.account && region === here.region);
  const declared = new Map(
    neighbours.flatMap((environment) => [
      ...[defaultDestination, ...environment.destinations.map(({ name }) => name)].map(
        (one) => [destinationSecretName(environment.name, one, environment.nameTemplate), 'Strongroom itself'] as const,
      ),
      ...environment.applications.flatMap((one) => one.secrets.map(({ fullName }) => [fullName, one.file] as const)),
    ]),
  );
  for (const secret of found) {
    const { name, owningService, primaryRegion, missingKey } = secret;
    const owner = declared.get(name);
    if (owner !== undefined) leftOut.push({ name, why: `${owner} has it already` });
    else if (owningService !== undefined) leftOut.push({ name, why: `service ${owningService} made it and keeps it` });
    else if (primaryRegion !== undefined && primaryRegion !== here.region) {
      leftOut.push({ name, why: `it is a replica: take over the secret in ${primaryRegion}` });
    } else if (missingKey !== undefined) {
      leftOut.push({ name, why: `its key ${missingKey} is gone, and its value with it` });
    } else taken.push(secret);
  }
  return { taken, leftOut };
};
