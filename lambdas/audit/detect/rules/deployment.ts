/** Whether the deployment itself did something: CloudFormation, with the role that the catalog's environment deploys with. */
import type { Declared } from '../facts/declared.ts';
import type { EventFacts } from '../facts/event-facts.ts';

/**
 * The role alone decides. That CloudFormation called is written into the record by AWS, but any role of the account can ask
 * CloudFormation to act for it.
 */
export const isByDeployment = ({ principal }: EventFacts, declared: Declared): boolean =>
  declared.role(principal.arn)?.as === 'deployer' && principal.invokedBy === 'cloudformation.amazonaws.com';
