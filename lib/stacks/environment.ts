/** Everything that Strongroom deploys into one environment. */
import { Construct } from 'constructs';
import type { EnvironmentCatalog } from '../catalog/model.ts';
import { ApplicationStack } from './application-stack.ts';
import { AuditStack } from './audit-stack.ts';
import { FoundationStack } from './foundation-stack.ts';
import { enginesIn, RotationStack } from './rotation-stack.ts';

/**
 * `cdk deploy 'prod/*'` deploys the environment `prod`: the foundation first, then rotation and audit, then the
 * applications, each its own stack. Stacks refer to each other by name, so any of them can be deployed alone later.
 *
 * A construct and no `Stage`: `cdk diff` and `cdk deploy --all` look at stacks outside of stages only.
 */
export class Environment extends Construct {
  constructor(scope: Construct, catalog: EnvironmentCatalog) {
    super(scope, catalog.name);
    const foundation = new FoundationStack(this, catalog);
    const audit = new AuditStack(this, catalog);
    audit.addStackDependency(foundation);
    const rotation = enginesIn(catalog).length > 0 ? new RotationStack(this, catalog) : undefined;
    rotation?.addStackDependency(foundation);
    for (const application of catalog.applications) {
      new ApplicationStack(this, catalog, application, rotation).addStackDependency(foundation);
    }
  }
}
