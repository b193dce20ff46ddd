/** The stacks of an application: one, until its secrets are placed into more. */
import type { Construct } from 'constructs';
import { limitsOf } from '../reader-policies/reading.ts';
import type { Application, EnvironmentCatalog, Secret } from '../model/catalog.ts';
import { invalidProps } from '../constructs/invalid-props.ts';
import { stackOf, type Placement } from '../placement/placement.ts';
import { ApplicationStack } from './application-stack.ts';
import type { RotationStack } from './rotation-stack.ts';

/**
 * Each stack can be deployed alone after the first one, which has the roles. Without resources there is no stack.
 */
export const applicationStacks = (
  scope: Construct,
  catalog: EnvironmentCatalog,
  application: Application,
  placement: Placement,
  rotation?: RotationStack,
): ApplicationStack[] => {
  const stacks = [...byStack(application, placement)].map(([number, secrets]) => {
    const elsewhere = application.secrets.filter((secret) => !secrets.includes(secret));
    return new ApplicationStack(scope, catalog, application, { number, secrets, elsewhere }, rotation);
  });
  const [first, ...others] = stacks;
  for (const other of others) if (first) other.addStackDependency(first);
  checkPolicies(application, stacks);
  return stacks;
};

/** In the order in which the stacks of the application have them. */
export const secretsByStack = (application: Application, placement: Placement): Secret[] =>
  [...byStack(application, placement).values()].flat();

const byStack = (application: Application, placement: Placement): Map<number, Secret[]> => {
  const stacks = new Map<number, Secret[]>(hasPartsBesideSecrets(application) ? [[1, []]] : []);
  for (const secret of application.secrets) {
    const number = stackOf(placement, application.name, secret.name);
    stacks.set(number, [...(stacks.get(number) ?? []), secret]);
  }
  return new Map([...stacks].sort(([a], [b]) => a - b));
};

/** Roles, logins and alarms are in the first stack. CloudFormation takes no stack in which there is nothing. */
const hasPartsBesideSecrets = ({ consumers, secrets, iamDatabases = [], uses = [] }: Application): boolean =>
  secrets.some(({ rotation }) => rotation.kind !== 'manual') ||
  consumers.some(
    (consumer) =>
      'runsOn' in consumer ||
      ('roleArn' in consumer &&
        !('account' in consumer) &&
        [...iamDatabases, ...uses].some(({ readers }) => readers.includes(consumer.name))),
  );

/** Each stack attaches policies of its own to a role, and IAM counts them together. */
const checkPolicies = ({ name, consumers }: Application, stacks: readonly ApplicationStack[]): void => {
  for (const consumer of consumers) {
    const own = stacks.flatMap((stack) => stack.consumers.get(consumer.name) ?? []);
    const count = own.reduce((sum, { _policyCount }) => sum + _policyCount, 0);
    const { policies } = limitsOf(consumer);
    const [first] = own;
    if (first && count > policies) {
      throw invalidProps(
        first,
        `Consumer "${consumer.name}" of ${name} needs ${count} managed policies over ${stacks.length} stacks, and a role ` +
          `has ${policies}: let fewer secrets name it as their reader, or let Strongroom make its role (runsOn)`,
      );
    }
  }
};
