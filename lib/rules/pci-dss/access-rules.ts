/** Requirement 7.2.5: application and system accounts have the access they need, and nothing else. */
import type { Rule } from '../template/rule-table.ts';
import { factsOf } from '../template/stack-facts.ts';
import {
  bindingKeys,
  identityPolicies,
  identityStatements,
  resourcePolicies,
  resourceStatements,
} from '../template/statements.ts';
import { wildcardsIn } from '../template/policy-rules.ts';

export const accessRules: readonly Rule[] = [
  {
    id: '7.2.5-LeastPrivilege',
    types: Object.keys(identityPolicies),
    says: 'The policy of an account allows actions or resources by a wildcard: name what the account needs, or acknowledge why a pattern is needed.',
    holds: (resource) => wildcardsIn(identityStatements(resource).filter(({ effect }) => effect === 'Allow')),
  },
  {
    id: '7.2.5-NamedPrincipals',
    types: Object.keys(resourcePolicies),
    says: 'The policy allows any principal: name the accounts, roles or services that need access.',
    holds: (resource) =>
      resourceStatements(resource).every(
        (statement) =>
          statement.effect === 'Deny' ||
          (!statement.inverted.includes('NotPrincipal') &&
            (!['*', 'AWS'].some((kind) => statement.principals[kind]?.includes('*')) ||
              bindingKeys(statement).some(saysWho))),
      ),
  },
  {
    id: '7.2.5-DeclaredReaders',
    types: ['AWS::SecretsManager::Secret'],
    says: 'No policy of the secret denies access to all but named readers: any account with a policy that is too wide can read it.',
    holds: (resource) => factsOf(resource).fenced.has(resource),
  },
];

/** `aws:SecureTransport` and similar conditions limit how a request is made, not by which principal. */
const saysWho = (key: string): boolean =>
  /^(?:aws:(?:principal(?:account|arn|orgid|orgpaths)|source(?:account|arn|orgid|orgpaths|owner|vpc|vpce)|userid)|kms:calleraccount)$/.test(
    key,
  );
