/** The role under which CloudFormation deploys a stack: it changes the secrets of the stack, and their policies. */
import { DefaultStackSynthesizer, Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { invalidProps } from '../invalid-props.ts';

/**
 * Exactly the role that the stack's synthesizer names. A pattern for those of `cdk bootstrap` would allow anyone who can
 * create a role with such a name, and every other app of the account that is deployed with its own qualifier.
 */
export const executionRoleOf = (scope: Construct): string => {
  const { synthesizer, partition, account, region } = Stack.of(scope);
  if (!(synthesizer instanceof DefaultStackSynthesizer)) {
    throw invalidProps(
      scope,
      `The role that deploys the stack is not known with ${synthesizer.constructor.name}: name it in deployers`,
    );
  }
  const values: Readonly<Record<string, string>> = { Partition: partition, AccountId: account, Region: region };
  return synthesizer.cloudFormationExecutionRoleArn.replace(
    /\$\{AWS::(\w+)\}/g,
    (placeholder, name: string) => values[name] ?? placeholder,
  );
};
