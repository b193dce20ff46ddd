/** Acknowledgements of findings: on the very construct, each with the reason why the finding is accepted there. */
import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Rule id, with its finding in brackets where the rule has several, to the reason. */
export type Acknowledgements = Readonly<Record<string, string>>;

/** Accepts findings of the rule packs on one construct. */
export const acknowledge = (construct: IConstruct, reasons: Acknowledgements): void => {
  Validations.of(construct).acknowledge(...Object.entries(reasons).map(([id, reason]) => ({ id, reason })));
};

/** Accepts that a policy names resources by a pattern; `patterns` are ARNs, or `*`, each with its reason. */
export const acknowledgeWildcards = (policy: IConstruct, patterns: Readonly<Record<string, string>>): void => {
  acknowledge(
    policy,
    Object.fromEntries(
      Object.entries(patterns).map(([arn, reason]) => [`AwsSolutions-IAM5[Resource::${flatten(policy, arn)}]`, reason]),
    ),
  );
};

/** As cdk-nag writes an ARN in a finding: a reference `{ Ref: 'AWS::Partition' }` becomes `<AWS::Partition>`. */
const flatten = (scope: IConstruct, arn: string): string => {
  const resolved: unknown = Stack.of(scope).resolve(arn);
  if (typeof resolved === 'string') return resolved;
  const { 'Fn::Join': join } = resolved as { 'Fn::Join': [string, (string | { Ref: string })[]] };
  return join[1].map((part) => (typeof part === 'string' ? part : `<${part.Ref}>`)).join(join[0]);
};
