/** What the rules for requirement 7.2.5 accept, and what they don't. */
import { CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs';
import { root, document, allow, identity, secret, fenced, type Pair } from './builds.ts';

export const accessPairs: readonly Pair[] = [
  {
    rule: '7.2.5-LeastPrivilege',
    what: 'actions by a pattern',
    compliant: identity({ Action: 'kms:Decrypt' }),
    nonCompliant: identity({ Action: 'kms:De*' }),
  },
  {
    rule: '7.2.5-LeastPrivilege',
    what: 'everything but some actions',
    compliant: identity({ Action: 'kms:Decrypt' }),
    nonCompliant: identity({ Action: undefined, NotAction: 'kms:Decrypt' }),
  },
  {
    rule: '7.2.5-LeastPrivilege',
    what: 'resources by a pattern',
    compliant: identity({ Action: 'kms:Decrypt' }),
    nonCompliant: identity({ Action: 'kms:Decrypt', Resource: 'arn:aws:kms:*:*:key/*' }),
  },
  {
    rule: '7.2.5-NamedPrincipals',
    what: 'a queue that takes from everybody',
    compliant: (stack) =>
      new CfnQueuePolicy(stack, 'Policy', {
        queues: [],
        policyDocument: document(allow({ Principal: { AWS: root }, Action: 'sqs:SendMessage', Resource: 'q' })),
      }),
    nonCompliant: (stack) =>
      new CfnQueuePolicy(stack, 'Policy', {
        queues: [],
        policyDocument: document(allow({ Principal: '*', Action: 'sqs:SendMessage', Resource: 'q' })),
      }),
  },
  {
    rule: '7.2.5-DeclaredReaders',
    what: 'a secret without a policy of its own',
    compliant: fenced({ Effect: 'Deny', Condition: { ArnNotLike: { 'aws:PrincipalArn': ['reader'] } } }),
    nonCompliant: secret(),
  },
  {
    rule: '7.2.5-DeclaredReaders',
    what: 'a policy that denies, but not reading',
    compliant: fenced({ Effect: 'Deny', Condition: { ArnNotLike: { 'aws:PrincipalArn': ['reader'] } } }),
    nonCompliant: fenced({
      Effect: 'Deny',
      Action: 'secretsmanager:PutSecretValue',
      Condition: { ArnNotLike: { 'aws:PrincipalArn': ['reader'] } },
    }),
  },
];
