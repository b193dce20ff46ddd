/** Acknowledgements of findings, on the construct itself, each with the reason why the finding is accepted. */
import { Stack, Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { flatten } from './template/properties.ts';

/** Rule id to reason. If the rule has several findings, the id has the finding in brackets. */
export type Acknowledgements = Readonly<Record<string, string>>;

/** Accepts findings of the rule packs on one construct. */
export const acknowledge = (construct: IConstruct, reasons: Acknowledgements): void => {
  const rules = Object.entries(reasons).map(([id, reason]) => ({ id, reason }));
  const frames = Error.stackTraceLimit;
  // CDK would keep the call stack of each. With thousands of secrets, the same few lines tens of thousands of times.
  Error.stackTraceLimit = 0;
  try {
    Validations.of(construct).acknowledge(...rules);
  } finally {
    Error.stackTraceLimit = frames;
  }
};

/** Accepts that a policy names resources by a pattern; `patterns` are ARNs, or `*`, each with its reason. */
export const acknowledgeWildcards = (policy: IConstruct, patterns: Readonly<Record<string, string>>): void => {
  acknowledge(
    policy,
    Object.fromEntries(
      Object.entries(patterns).flatMap(([arn, reason]) => {
        const finding = `[Resource::${flatten(Stack.of(policy).resolve(arn))}]`;
        return [
          [`AwsSolutions-IAM5${finding}`, reason],
          [`Strongroom-PolicyWildcard${finding}`, reason],
          [`StrongroomPci-7.2.5-LeastPrivilege${finding}`, reason],
        ];
      }),
    ),
  );
};

/** In the policy of a key or a secret, the resource `*` is the key or the secret itself. A key has no other form. */
export const acknowledgeItself = (construct: IConstruct, what: 'key' | 'secret'): void => {
  const reason = `In the policy of a ${what}, * is this very ${what}.`;
  acknowledge(construct, {
    'Strongroom-PolicyWildcard[Resource::*]': reason,
    'Strongroom-PolicyWildcard[Deny::Resource::*]': reason,
  });
};

/** Accepts that a Deny names actions or resources by a pattern: it denies more, and allows nothing. */
export const acknowledgeDenials = (
  policy: IConstruct,
  { actions, resources }: { readonly actions: readonly string[]; readonly resources: readonly string[] },
  reason: string,
): void => {
  const findings = [
    ...actions.map((action) => `Action::${action}`),
    ...resources.map((arn) => `Resource::${flatten(Stack.of(policy).resolve(arn))}`),
  ];
  acknowledge(
    policy,
    Object.fromEntries(findings.map((finding) => [`Strongroom-PolicyWildcard[Deny::${finding}]`, reason])),
  );
};

/** Accepts what both NIST 800-53 R5 and HIPAA Security find, by the rule name that both use. */
export const acknowledgeShared = (construct: IConstruct, reasons: Acknowledgements): void => {
  acknowledge(
    construct,
    Object.fromEntries(
      Object.entries(reasons).flatMap(([rule, reason]) => [
        [`NIST.800.53.R5-${rule}`, reason],
        [`HIPAA.Security-${rule}`, reason],
      ]),
    ),
  );
};

/** Accepts that no schedule rotates a secret. */
export const acknowledgeManualRotation = (secret: IConstruct, reason: string): void => {
  acknowledgeShared(secret, { SecretsManagerRotationEnabled: reason });
  acknowledge(secret, { 'AwsSolutions-SMG4': reason, 'StrongroomPci-8.6.3-Rotation': reason });
};
