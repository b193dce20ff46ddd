/** Resource policies of the secrets of a stack: many of them are equal, and each is asked for three times in a synth. */
import { Stack } from 'aws-cdk-lib';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { policySize } from '../policy-size.ts';
import { accessPolicy, type SecretAccess } from './access-policy.ts';

interface SharedPolicy {
  readonly document: PolicyDocument;
  /** Counted at the first question. */
  size?: number;
}

/** The policy of a secret, which is also that of the stack's other secrets with the same access. */
export const documentFor = (scope: IConstruct, access: SecretAccess): PolicyDocument =>
  policyFor(scope, access).document;

export const policySizeFor = (scope: IConstruct, access: SecretAccess): number => {
  const shared = policyFor(scope, access);
  return (shared.size ??= policySize(scope, shared.document));
};

/** Of one stack alone, since CDK goes stack by stack: thousands of documents take more memory than all else. */
let latest: { readonly stack: Stack; readonly policies: Map<string, SharedPolicy> } | undefined;

const policyFor = (scope: IConstruct, access: SecretAccess): SharedPolicy => {
  const stack = Stack.of(scope);
  if (latest?.stack !== stack) latest = { stack, policies: new Map() };
  const { policies } = latest;
  const key = JSON.stringify(access);
  const known = policies.get(key) ?? { document: accessPolicy(access) };
  policies.set(key, known);
  return known;
};
