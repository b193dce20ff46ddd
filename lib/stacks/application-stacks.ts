/** The stacks of an application: one, until its secrets are placed into more. */
import type { Construct } from 'constructs';
import { limitsOf } from '../access/reading.ts';
import type { Application, EnvironmentCatalog, Secret } from '../catalog/model.ts';
import { invalidProps } from '../constructs/invalid-props.ts';
import { stackOf, type Placement } from '../placement/placement.ts';
import { ApplicationStack } from './application-stack.ts';
import type { RotationStack } from './rotation-stack.ts';

/** Each stack can be deployed alone once the first is there, which has the roles. */
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

/** The first stack is there always. */
const byStack = ({ name, secrets }: Application, placement: Placement): Map<number, Secret[]> => {
  const stacks = new Map<number, Secret[]>([[1, []]]);
  for (const secret of secrets) {
    const number = stackOf(placement, name, secret.name);
    stacks.set(number, [...(stacks.get(number) ?? []), secret]);
  }
  return new Map([...stacks].sort(([a], [b]) => a - b));
};

/** Each stack attaches policies of its own to a role, and IAM counts them together. */
const checkPolicies = ({ name, consumers }: Application, stacks: readonly ApplicationStack[]): void => {
  for (const consumer of consumers) {
    const own = stacks.flatMap((stack) => stack.consumers.get(consumer.name) ?? []);
    const count = own.reduce((sum, { policyCount }) => sum + policyCount, 0);
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
