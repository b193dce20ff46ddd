/** What every stack of an environment has in common. */
import { PermissionsBoundary, type StackProps } from 'aws-cdk-lib';
import type { EnvironmentCatalog } from '../catalog/model.ts';
import { stackName } from '../contract/index.ts';

/** @param part - `foundation`, `rotation`, `audit` or the name of an application. */
export const stackPropsOf = ({ name, account, region, fences }: EnvironmentCatalog, part: string): StackProps => ({
  stackName: stackName(name, part),
  description: `Strongroom ${name}: ${part}`,
  env: { account, region },
  // On every role of the stack, those that CDK makes for itself among them.
  ...(fences?.permissionsBoundary !== undefined && {
    permissionsBoundary: PermissionsBoundary.fromName(fences.permissionsBoundary),
  }),
});
