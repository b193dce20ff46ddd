/** The role that deploys a stack is the one that may change its secrets. */
import { App, type IStackSynthesizer, Stack, type StackProps } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { account, databaseSecret, region } from '../../_helpers/construct-stack.ts';
import { cdkContext } from '../../_helpers/example-app.ts';

const governs = (template: Template, role: unknown): void => {
  template.hasResourceProperties('AWS::SecretsManager::ResourcePolicy', {
    ResourcePolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Sid: 'GovernByDeployers',
          Condition: { ArnNotLike: { 'aws:PrincipalArn': Match.arrayWith([role]) } },
        }),
      ]),
    },
  });
};

const templateOf = (props: StackProps, context: Readonly<Record<string, unknown>> = {}): Template => {
  const stack = new Stack(new App({ context: { ...cdkContext(), ...context } }), 'Test', props);
  databaseSecret(stack);
  return Template.fromStack(stack);
};

const env = { account, region };

test.each([
  ['that of cdk bootstrap', {}, 'hnb659fds'],
  ['of a qualifier of its own', { '@aws-cdk/core:bootstrapQualifier': 'secrets' }, 'secrets'],
])('a secret is governed by the one role that deploys its stack: %s', (_what, context, qualifier) => {
  governs(
    templateOf({ env }, context),
    `arn:aws:iam::${account}:role/cdk-${qualifier}-cfn-exec-role-${account}-${region}`,
  );
});

test('the account of a stack that fits any is filled in when it is deployed', () => {
  governs(templateOf({}), {
    'Fn::Join': [
      '',
      [
        'arn:',
        { Ref: 'AWS::Partition' },
        ':iam::',
        { Ref: 'AWS::AccountId' },
        ':role/cdk-hnb659fds-cfn-exec-role-',
        { Ref: 'AWS::AccountId' },
        '-',
        { Ref: 'AWS::Region' },
      ],
    ],
  });
});

/** As those that deploy with the credentials of whoever deploys: it names no role. */
class WithoutRole implements IStackSynthesizer {
  readonly bind = notNeeded;
  readonly synthesize = notNeeded;
  readonly addFileAsset = refused;
  readonly addDockerImageAsset = refused;
}

function notNeeded(): undefined {
  return undefined;
}

function refused(): never {
  throw new Error('The stack has no assets');
}

test('where no role is known, the deployers have to be named', () => {
  expect(() => templateOf({ env, synthesizer: new WithoutRole() })).toThrow(
    'The role that deploys the stack is not known with WithoutRole: name it in deployers',
  );
});
