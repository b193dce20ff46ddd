/** Rules for every policy of every template: no unacknowledged wildcard, and no confused deputy. */
import type { CfnResource } from 'aws-cdk-lib';
import { listOf, propertyOf } from './properties.ts';
import type { Rule } from './rule-table.ts';
import {
  bindingKeys,
  identityPolicies,
  identityStatements,
  resourcePolicies,
  resourceStatements,
  type Statement,
} from './statements.ts';

const everyPolicy = [...new Set([...Object.keys(identityPolicies), ...Object.keys(resourcePolicies)])];

export const policyRules: readonly Rule[] = [
  {
    id: 'PolicyWildcard',
    types: [...everyPolicy, 'AWS::Lambda::Permission'],
    says: 'The policy names actions or resources by a wildcard: whatever matches it later is allowed, or denied, without a review.',
    holds: (resource) => {
      if (resource.cfnResourceType === 'AWS::Lambda::Permission') {
        const action = propertyOf(resource, 'action');
        return typeof action === 'string' && action.includes('*') ? [`Action::${action}`] : [];
      }
      return wildcardsIn([...identityStatements(resource), ...resourceStatements(resource)]);
    },
  },
  {
    id: 'ConfusedDeputy',
    types: [...Object.keys(resourcePolicies), 'AWS::Lambda::Permission'],
    says: 'The policy allows an AWS service on behalf of any account: name the account or the resource in aws:SourceAccount or aws:SourceArn.',
    holds: (resource) =>
      resource.cfnResourceType === 'AWS::Lambda::Permission'
        ? openPermission(resource)
        : resourceStatements(resource).flatMap(openServices),
  },
];

/** Findings such as `Resource::*`. Those of a Deny are marked: a reason for a Deny does not accept an Allow. */
export const wildcardsIn = (statements: readonly Statement[]): string[] => [
  ...new Set(
    statements.flatMap(({ effect, actions, resources, inverted }) =>
      [
        ...actions.filter((action) => /[*?]/.test(action)).map((action) => `Action::${action}`),
        // `-??????` stands for the random end of a secret's ARN: it widens the name by nothing.
        ...resources.filter((arn) => arn.includes('*')).map((arn) => `Resource::${arn}`),
        // A Deny does not allow what it excludes.
        ...(effect === 'Allow' ? inverted.map((key) => `${key}::*`) : []),
      ].map((finding) => (effect === 'Allow' ? finding : `Deny::${finding}`)),
    ),
  ),
];

const sources = ['aws:sourceaccount', 'aws:sourcearn', 'aws:sourceorgid', 'aws:sourceorgpaths'];

const openServices = (statement: Statement): string[] => {
  const keys = bindingKeys(statement);
  if (statement.effect === 'Deny' || keys.some((key) => sources.includes(key))) return [];
  return [...(statement.principals['Service'] ?? [])];
};

const openPermission = (permission: CfnResource): string[] => {
  const isBound = ['sourceAccount', 'sourceArn', 'principalOrgId'].some(
    (name) => propertyOf(permission, name) !== undefined,
  );
  return isBound
    ? []
    : listOf(propertyOf(permission, 'principal'))
        .filter((one) => isService(one))
        .map(String);
};

const isService = (principal: unknown): boolean =>
  typeof principal === 'string' && /^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$/.test(principal);
