/** What the rules for requirements 3.6 and 3.7 accept, and what they don't. */
import { CfnKey } from 'aws-cdk-lib/aws-kms';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { account, document, identity, administrate, use, key, secret, trail, type Pair } from './builds.ts';

export const keyPairs: readonly Pair[] = [
  {
    rule: '3.6.1-CustomerManagedKey',
    what: 'a secret under no key',
    compliant: secret(),
    nonCompliant: (stack) => new CfnSecret(stack, 'Secret', {}),
  },
  {
    rule: '3.6.1-CustomerManagedKey',
    what: 'a secret under the AWS managed key',
    compliant: secret(),
    nonCompliant: secret({ kmsKeyId: 'alias/aws/secretsmanager' }),
  },
  {
    rule: '3.6.1-CustomerManagedKey',
    what: 'a trail under no key',
    compliant: trail(),
    nonCompliant: trail({ kmsKeyId: undefined }),
  },
  {
    rule: '3.6.1-BoundUse',
    what: 'use without a condition',
    compliant: key(),
    nonCompliant: key({}, administrate, { ...use, Condition: undefined }),
  },
  {
    rule: '3.6.1-BoundUse',
    what: 'use by everybody of the account',
    compliant: key({}, { ...use, Condition: { StringLike: { 'kms:EncryptionContext:SecretARN': 'prod/x' } } }),
    nonCompliant: key({}, { ...use, Condition: { StringEquals: { 'kms:CallerAccount': account } } }),
  },
  {
    rule: '3.6.1-BoundUse',
    what: 'use through a service, or through none',
    compliant: key(
      {},
      { ...use, Condition: { StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } } },
    ),
    nonCompliant: key(
      {},
      { ...use, Condition: { StringEqualsIfExists: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com' } } },
    ),
  },
  {
    rule: '3.6.1-BoundUse',
    what: 'use with any encryption context',
    compliant: key({}, { ...use, Condition: { StringLike: { 'kms:EncryptionContext:SecretARN': 'prod/x' } } }),
    nonCompliant: key({}, { ...use, Condition: { StringLike: { 'kms:EncryptionContext:SecretARN': '*' } } }),
  },
  {
    rule: '3.6.1.2-KeyInHsm',
    what: 'imported key material',
    compliant: key({ origin: 'AWS_KMS' }),
    nonCompliant: key({ origin: 'EXTERNAL' }),
  },
  {
    rule: '3.6.1.3-Grants',
    what: 'grants by whoever may use the key',
    compliant: identity({ Action: 'kms:CreateGrant', Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } } }),
    nonCompliant: identity({ Action: 'kms:CreateGrant' }),
  },
  {
    rule: '3.6.1.3-Grants',
    what: 'grants in the policy of the key, by a pattern',
    compliant: key(),
    nonCompliant: key({}, { ...administrate, Action: 'kms:Create*' }),
  },
  {
    rule: '3.6.1.4-OneRegion',
    what: 'a multi-Region key',
    compliant: key({ multiRegion: false }),
    nonCompliant: key({ multiRegion: true }),
  },
  {
    rule: '3.7.4-Cryptoperiod',
    what: 'a key that does not rotate',
    compliant: key(),
    nonCompliant: key({ enableKeyRotation: false }),
  },
  {
    rule: '3.7.4-Cryptoperiod',
    what: 'a key that rotates every other year',
    compliant: key({ rotationPeriodInDays: 90 }),
    nonCompliant: key({ rotationPeriodInDays: 730 }),
  },
  {
    rule: '3.7.5-Retirement',
    what: 'a key that goes with its stack',
    compliant: key(),
    nonCompliant: (stack) => new CfnKey(stack, 'Key', { keyPolicy: document(administrate) }),
  },
  {
    rule: '3.7.5-Retirement',
    what: 'a key that is gone within a week',
    compliant: key({ pendingWindowInDays: 30 }),
    nonCompliant: key({ pendingWindowInDays: 7 }),
  },
  {
    rule: '3.7.6-SeparationOfDuties',
    what: 'an administrator who decrypts',
    compliant: key(),
    nonCompliant: key({}, { ...use, Action: ['kms:PutKeyPolicy', 'kms:Decrypt'] }),
  },
  {
    rule: '3.7.6-SeparationOfDuties',
    what: 'everything that KMS can do',
    compliant: identity({ Action: 'kms:Decrypt' }),
    nonCompliant: identity({ Action: 'kms:*' }),
  },
  {
    rule: '3.7.7-Substitution',
    what: 'an account that points an alias elsewhere',
    compliant: identity({ Action: 'kms:DescribeKey' }),
    nonCompliant: identity({ Action: 'kms:UpdateAlias' }),
  },
];
