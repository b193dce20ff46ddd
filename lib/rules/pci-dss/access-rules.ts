/** Requirement 7.2.5: application and system accounts have what they need, and nobody else has it. */
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
    says: 'The policy of an account allows actions or resources by a wildcard: name what the account needs, or say why it has to be a pattern.',
    holds: (resource) => wildcardsIn(identityStatements(resource).filter(({ effect }) => effect === 'Allow')),
  },
  {
    id: '7.2.5-NamedPrincipals',
    types: Object.keys(resourcePolicies),
    says: 'The policy lets in whoever comes: name the accounts, roles or services that have to come in.',
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
    says: 'No policy on the secret denies it to everybody but named readers: any account whose own policy is too wide could read it.',
    holds: (resource) => factsOf(resource).fenced.has(resource),
  },
];

/** `aws:SecureTransport` and the like say how somebody comes, and not who. */
const saysWho = (key: string): boolean =>
  /^(?:aws:(?:principal(?:account|arn|orgid|orgpaths)|source(?:account|arn|orgid|orgpaths|owner|vpc|vpce)|userid)|kms:calleraccount)$/.test(
    key,
  );
