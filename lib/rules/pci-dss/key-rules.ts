/** Requirements 3.6 and 3.7: where keys are, who administrates and who uses them, and how they come and go. */
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
    says: "It is encrypted under no key of the customer: nobody but AWS decides who uses the AWS managed key, and it can't be withdrawn.",
    holds: (resource) => {
      const id = propertyOf(resource, 'kmsKeyId');
      return id !== undefined && !(typeof id === 'string' && id.includes('alias/aws/'));
    },
  },
  {
    id: '3.6.1-BoundUse',
    types: [...key, 'AWS::KMS::ReplicaKey'],
    says: 'The policy of the key lets somebody encrypt or decrypt under no condition: bind each use to a service, a source or an encryption context, so that the key serves its purpose alone.',
    holds: (resource) =>
      resourceStatements(resource)
        .filter(allowsUse)
        .every((statement) => bindingKeys(statement).some(isBound)),
  },
  {
    id: '3.6.1.2-KeyInHsm',
    types: key,
    says: 'The material of the key comes from outside of KMS, and so exists outside of its security modules too: let KMS generate it.',
    holds: (resource) => ['AWS_KMS', 'AWS_CLOUDHSM'].includes(textOf(resource, 'origin') ?? 'AWS_KMS'),
  },
  {
    id: '3.6.1.3-Grants',
    types: [...key, ...identities],
    says: 'The policy allows kms:CreateGrant to whoever it names, who can hand on the use of the key past its policy: allow grants for AWS resources alone.',
    holds: (resource) =>
      statementsOf(resource)
        .filter((statement) => statement.effect === 'Allow' && isAbout(statement, 'kms:CreateGrant'))
        .every((statement) => statement.conditions.get('Bool')?.get('kms:grantisforawsresource')?.join() === 'true'),
  },
  {
    id: '3.6.1.4-OneRegion',
    types: key,
    says: 'The key is a multi-Region key, whose material lies in every Region it is replicated to: keep a key in one place, and make another where another is needed.',
    holds: (resource) => propertyOf(resource, 'multiRegion') !== true,
  },
  {
    id: '3.7.4-Cryptoperiod',
    types: key,
    says: 'The key is not replaced within a year: without an end of its time, everything that was ever encrypted hangs on one key.',
    holds: (resource) =>
      propertyOf(resource, 'enableKeyRotation') === true &&
      Number(propertyOf(resource, 'rotationPeriodInDays') ?? 365) <= 366,
  },
  {
    id: '3.7.5-Retirement',
    types: key,
    says: 'The key would go with its stack, or within a month of being scheduled for deletion, and what it encrypts with it: retain it, and leave the longest time to think again.',
    holds: (resource) => stays(resource) && Number(propertyOf(resource, 'pendingWindowInDays') ?? 30) >= 30,
  },
  {
    id: '3.7.6-SeparationOfDuties',
    types: [...key, 'AWS::KMS::ReplicaKey', ...identities],
    says: 'One statement allows both to administrate a key and to use it: who can change the policy of a key must not be who decrypts with it.',
    holds: (resource) =>
      statementsOf(resource).every(
        (statement) => !(allowsUse(statement) && administration.some((action) => isAbout(statement, action))),
      ),
  },
  {
    id: '3.7.7-Substitution',
    types: identities,
    says: 'The policy lets an account put another key, or other key material, in the place of the one in use: leave that to the administrators whom the policy of the key names.',
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

/** `kms:CallerAccount` alone leaves everybody of the account in. */
const isBound = (conditionKey: string): boolean =>
  /^(?:kms:viaservice|kms:encryptioncontext:.+|aws:source(?:arn|account))$/.test(conditionKey);

const statementsOf = (resource: CfnResource): Statement[] => [
  ...identityStatements(resource),
  ...(resource.cfnResourceType.startsWith('AWS::KMS::') ? resourceStatements(resource) : []),
];
