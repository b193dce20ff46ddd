/** What the rules for requirement 7.2.5 accept, and what they don't. */
import { CfnQueuePolicy } from 'aws-cdk-lib/aws-sqs';
import { root, document, allow, identity, secret, fenced, type Build, type Pair } from './builds.ts';

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
  ...(
    [
      ['a fence that names everybody', { ArnNotLike: { 'aws:PrincipalArn': ['*'] } }],
      [
        'a fence that names every role of an account',
        { ArnNotLike: { 'aws:PrincipalArn': [`${root.replace('root', 'role/')}*`] } },
      ],
      [
        'a fence that stands for some requests alone',
        { ArnNotLike: { 'aws:PrincipalArn': ['reader'] }, StringEquals: { 'aws:SourceVpc': 'vpc-0a1b2c3d4e5f60718' } },
      ],
    ] as const
  ).map(([what, Condition]): Pair => ({
    rule: '7.2.5-DeclaredReaders',
    what,
    compliant: fenced({ Effect: 'Deny', Condition: { ArnNotLike: { 'aws:PrincipalArn': ['reader'] } } }),
    nonCompliant: fenced({ Effect: 'Deny', Condition }),
  })),
  {
    rule: '7.2.5-DeclaredReaders',
    what: 'a fence before one account alone',
    compliant: fenced({ Effect: 'Deny', Condition: { ArnNotLike: { 'aws:PrincipalArn': ['reader'] } } }),
    nonCompliant: fenced({
      Effect: 'Deny',
      Principal: { AWS: root },
      Condition: { ArnNotLike: { 'aws:PrincipalArn': ['reader'] } },
    }),
  },
  {
    rule: '7.2.5-NamedPrincipals',
    what: 'a queue that takes from everybody who comes with TLS',
    compliant: fromWhoever({ StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }),
    nonCompliant: fromWhoever({ Bool: { 'aws:SecureTransport': 'true' } }),
  },
  {
    rule: '7.2.5-NamedPrincipals',
    what: 'a queue that takes from everybody of no organisation',
    compliant: fromWhoever({ StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }),
    nonCompliant: fromWhoever({ StringEqualsIfExists: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } }),
  },
];

function fromWhoever(Condition: object): Build {
  return (stack) =>
    new CfnQueuePolicy(stack, 'Policy', {
      queues: [],
      policyDocument: document(allow({ Principal: '*', Action: 'sqs:SendMessage', Resource: 'q', Condition })),
    });
}
