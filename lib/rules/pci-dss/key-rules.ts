/** Requirements 3.6 and 3.7: where keys are, who administers and who uses them, how they are created and deleted. */
import type { CfnResource } from 'aws-cdk-lib';
import { propertyOf, stays, textOf } from '../template/properties.ts';
import type { Rule } from '../template/rule-table.ts';
import {
  bindingKeys,
  identityPolicies,
  identityStatements,
  isAbout,
  resourceStatements,
  type Statement,
} from '../template/statements.ts';

const key = ['AWS::KMS::Key'];
const identities = Object.keys(identityPolicies);

export const keyRules: readonly Rule[] = [
  {
    id: '3.6.1-CustomerManagedKey',
    types: ['AWS::SecretsManager::Secret', 'AWS::CloudTrail::Trail'],
    says: "It is not encrypted with a customer managed key: AWS controls the use of its managed key, and access to it can't be withdrawn.",
    holds: (resource) => {
      const id = propertyOf(resource, 'kmsKeyId');
      return id !== undefined && !(typeof id === 'string' && id.includes('alias/aws/'));
    },
  },
  {
    id: '3.6.1-BoundUse',
    types: [...key, 'AWS::KMS::ReplicaKey'],
    says: 'The policy of the key allows a principal to encrypt or decrypt without a condition: limit each use to a service, a source or an encryption context.',
    holds: (resource) =>
      resourceStatements(resource)
        .filter(allowsUse)
        .every((statement) => bindingKeys(statement).some(isBound)),
  },
  {
    id: '3.6.1.2-KeyInHsm',
    types: key,
    says: 'The key material is imported into KMS, so it also exists outside its security modules: let KMS generate it.',
    holds: (resource) => ['AWS_KMS', 'AWS_CLOUDHSM'].includes(textOf(resource, 'origin') ?? 'AWS_KMS'),
  },
  {
    id: '3.6.1.3-Grants',
    types: [...key, ...identities],
    says: 'The policy allows kms:CreateGrant without a limit: a grant gives others the use of the key beyond its policy. Allow grants for AWS resources only.',
    holds: (resource) =>
      statementsOf(resource)
        .filter((statement) => statement.effect === 'Allow' && isAbout(statement, 'kms:CreateGrant'))
        .every((statement) => statement.conditions.get('Bool')?.get('kms:grantisforawsresource')?.join() === 'true'),
  },
  {
    id: '3.6.1.4-OneRegion',
    types: key,
    says: 'The key is a multi-Region key, with its material in every Region it is replicated to: use a separate key per Region.',
    holds: (resource) => propertyOf(resource, 'multiRegion') !== true,
  },
  {
    id: '3.7.4-Cryptoperiod',
    types: key,
    says: 'The key is not rotated within a year: everything that was ever encrypted depends on one key.',
    holds: (resource) =>
      propertyOf(resource, 'enableKeyRotation') === true &&
      Number(propertyOf(resource, 'rotationPeriodInDays') ?? 365) <= 366,
  },
  {
    id: '3.7.5-Retirement',
    types: key,
    says: 'The key is deleted with its stack, or in less than 30 days after its deletion is scheduled, and what it encrypted is lost: retain it, and use the longest waiting period.',
    holds: (resource) => stays(resource) && Number(propertyOf(resource, 'pendingWindowInDays') ?? 30) >= 30,
  },
  {
    id: '3.7.6-SeparationOfDuties',
    types: [...key, 'AWS::KMS::ReplicaKey', ...identities],
    says: 'One statement allows both to administer a key and to use it: a principal that can change the policy of a key must not decrypt with it.',
    holds: (resource) =>
      statementsOf(resource).every(
        (statement) => !(allowsUse(statement) && administration.some((action) => isAbout(statement, action))),
      ),
  },
  {
    id: '3.7.7-Substitution',
    types: identities,
    says: 'The policy allows an account to replace the key in use, or its material: leave that to the administrators in the policy of the key.',
    holds: (resource) =>
      identityStatements(resource).every(
        (statement) => statement.effect === 'Deny' || !substitution.some((action) => isAbout(statement, action)),
      ),
  },
];

const use = ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'];
const administration = ['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 'kms:DisableKey', 'kms:CreateGrant'];
const substitution = ['kms:UpdateAlias', 'kms:DeleteAlias', 'kms:ImportKeyMaterial', 'kms:UpdatePrimaryRegion'];

const allowsUse = (statement: Statement): boolean =>
  statement.effect === 'Allow' && use.some((action) => isAbout(statement, action));

/** `kms:CallerAccount` alone allows every principal of the account. */
const isBound = (conditionKey: string): boolean =>
  /^(?:kms:viaservice|kms:encryptioncontext:.+|aws:source(?:arn|account))$/.test(conditionKey);

const statementsOf = (resource: CfnResource): Statement[] => [
  ...identityStatements(resource),
  ...(resource.cfnResourceType.startsWith('AWS::KMS::') ? resourceStatements(resource) : []),
];
