/** What every stack of an environment has in common. */
import type { StackProps } from 'aws-cdk-lib';
import type { EnvironmentCatalog } from '../catalog/model.ts';
import { stackName } from '../contract/index.ts';

/** @param part - `foundation`, `rotation`, `audit` or the name of an application. */
export const stackPropsOf = ({ name, account, region }: EnvironmentCatalog, part: string): StackProps => ({
  stackName: stackName(name, part),
  description: `Strongroom ${name}: ${part}`,
  env: { account, region },
});
