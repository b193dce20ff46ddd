/** The templates of a catalog without the rule packs: what is wrong with an access, the matrix has to find by itself. */
import type { Catalog } from '../../../../lib/model/catalog.ts';
import type { Placement } from '../../../../lib/placement/placement.ts';
import { Environment } from '../../../../lib/stacks/environment.ts';
import { type ExampleStack, synthesiseWith } from '../../../_helpers/example-app.ts';

export const synthesisePolicies = (
  { environments }: Catalog,
  placement: Placement = {},
): ReadonlyMap<string, ExampleStack> =>
  synthesiseWith((app) => {
    for (const environment of environments) new Environment(app, environment, placement);
  });
