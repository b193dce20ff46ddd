/** How long a policy becomes: the services refuse one that is too long in the middle of a deployment. */
import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { roleLimits } from '../reader-policies/reading.ts';

/**
 * Characters of the policy as JSON; what CloudFormation has yet to fill in counts as the longest ARN of a role.
 *
 * @param policy - the document, or what resolves to it
 */
export const policySize = (scope: IConstruct, policy: unknown): number => sizeOf(Stack.of(scope).resolve(policy));

/** What is wrong with a managed policy of a role or of somebody else's: nothing, or one sentence. */
export const checkManagedPolicySize = (scope: IConstruct, whose: string, policy: unknown): string[] => {
  const { size: limit } = roleLimits;
  const size = policySize(scope, policy);
  return size <= limit
    ? []
    : [
        `The policy of the ${whose} has ${size.toLocaleString('en')} characters, and IAM takes ` +
          `${limit.toLocaleString('en')}: let secrets have replicas in fewer regions, or let the template of their names ` +
          'have the environment before the application',
      ];
};

const longestRoleArn = 'arn:aws-us-gov:iam::123456789012:role/'.length + 64;

const sizeOf = (value: unknown): number => {
  if (Array.isArray(value)) return 2 + value.reduce<number>((sum, one) => sum + sizeOf(one) + 1, 0);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value).length;
  if ('Ref' in value && value.Ref === 'AWS::Partition') return 'aws-us-gov'.length;
  if ('Ref' in value || 'Fn::GetAtt' in value) return longestRoleArn;
  if ('Fn::Join' in value) return sizeOf(value['Fn::Join']);
  return 2 + Object.entries(value).reduce((sum, [key, inner]) => sum + key.length + 4 + sizeOf(inner), 0);
};
