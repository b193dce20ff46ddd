/** Resource policies of the secrets of a stack: many of them are equal, and CDK resolves each several times in a synth. */
import { type IResolveContext, Stack } from 'aws-cdk-lib';
import type { PolicyDocument } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { policySize } from '../policy-size.ts';
import { accessPolicy, type SecretAccess } from './access-policy.ts';

interface SharedPolicy {
  readonly document: PolicyDocument;
  /** Whether CDK has searched it for references. */
  isSearched?: boolean;
  resolved?: { readonly searches: number; readonly json: unknown };
  size?: number;
}

/**
 * The policy of a secret. Equal policies of a stack are searched for references once, and resolved once after that: the
 * references of one are those of the other.
 */
export const policyFor = (scope: IConstruct, access: SecretAccess, context: IResolveContext): unknown => {
  const shared = sharedPolicy(scope, access);
  if (context.preparing) {
    searches += 1;
    if (shared.isSearched) return withoutReferences;
    shared.isSearched = true;
    return shared.document;
  }
  if (shared.resolved?.searches !== searches) {
    shared.resolved = { searches, json: Stack.of(scope).resolve(shared.document) };
  }
  return shared.resolved.json;
};

export const policySizeFor = (scope: IConstruct, access: SecretAccess): number => {
  const shared = sharedPolicy(scope, access);
  return (shared.size ??= policySize(scope, shared.document));
};

const withoutReferences = { Version: '2012-10-17' };

/** A search changes what a reference to another stack resolves to. */
let searches = 0;

/** Of one stack alone, since CDK goes stack by stack: thousands of documents take more memory than all else. */
let latest: { readonly stack: Stack; readonly policies: Map<string, SharedPolicy> } | undefined;

const sharedPolicy = (scope: IConstruct, access: SecretAccess): SharedPolicy => {
  const stack = Stack.of(scope);
  if (latest?.stack !== stack) latest = { stack, policies: new Map() };
  const { policies } = latest;
  const key = JSON.stringify(access);
  const known = policies.get(key) ?? { document: accessPolicy(access) };
  policies.set(key, known);
  return known;
};
