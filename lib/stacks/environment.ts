/** Everything that Strongroom deploys into one environment. */
import { Construct } from 'constructs';
import type { EnvironmentCatalog } from '../model/catalog.ts';
import { replicaRegionsOf } from '../model/replica-regions.ts';
import type { Placement } from '../placement/placement.ts';
import { applicationStacks, secretsByStack } from './application-stacks.ts';
import { AuditStack } from './audit-stack.ts';
import { FoundationStack } from './foundation-stack.ts';
import { ReplicaFoundationStack } from './replica-foundation-stack.ts';
import { RotationStack, rotatesSecrets } from './rotation-stack.ts';

/**
 * `cdk deploy 'prod/*'` deploys the environment `prod`: the foundation first, then rotation and audit, then the
 * applications, each its own stack, or several. Stacks refer to each other by name, so any of them can be deployed alone later.
 *
 * A construct and no `Stage`: `cdk diff` and `cdk deploy --all` look at stacks outside of stages only.
 */
export class Environment extends Construct {
  /**
   * @param placement - the stacks of applications that have more than one. Left out: every application has one.
   * @param only - the applications whose stacks are made. The others are as they are in the rest of the stacks. Left out: all.
   */
  constructor(scope: Construct, catalog: EnvironmentCatalog, placement: Placement = {}, only?: ReadonlySet<string>) {
    super(scope, catalog.name);
    const foundation = new FoundationStack(this, catalog);
    const replicas = replicaRegionsOf(catalog).map((region) => new ReplicaFoundationStack(this, catalog, region));
    const audit = new AuditStack(this, catalog);
    audit.addStackDependency(foundation);
    const rotation = rotatesSecrets(catalog) ? new RotationStack(this, catalog) : undefined;
    rotation?.addStackDependency(foundation);
    for (const application of catalog.applications) {
      if (only && !only.has(application.name)) {
        rotation?.serveLeftOut(secretsByStack(application, placement));
        continue;
      }
      for (const stack of applicationStacks(this, catalog, application, placement, rotation)) {
        stack.addStackDependency(foundation);
        for (const replica of replicas) stack.addStackDependency(replica);
      }
    }
  }
}
