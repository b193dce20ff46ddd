/** The key of an environment × sensitivity, and the key of its alerts. */
import { Role } from 'aws-cdk-lib/aws-iam';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { AlertKey, AlertTopic, EncryptionKey } from '../../../lib/index.ts';
import { constructStack } from '../../_helpers/construct-stack.ts';

const template = (): Template => {
  const stack = constructStack();
  new EncryptionKey(stack, 'Key', { environment: 'prod', sensitivity: 'high' });
  return Template.fromStack(stack);
};

interface KeyProperties {
  KeyPolicy: { Statement: { Sid: string; Action: string[]; Principal: unknown; Condition?: unknown }[] };
}

const statementsOf = (from: Template) =>
  (Object.values(from.findResources('AWS::KMS::Key'))[0]!['Properties'] as KeyProperties).KeyPolicy.Statement;

test('the key rotates every year, and stays when its stack goes', () => {
  template().hasResource('AWS::KMS::Key', {
    Properties: { EnableKeyRotation: true, RotationPeriodInDays: 365 },
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
  });
});

test('the alias follows from environment and sensitivity, and stays with the key', () => {
  template().hasResource('AWS::KMS::Alias', {
    Properties: { AliasName: 'alias/strongroom/prod/high' },
    DeletionPolicy: 'RetainExceptOnCreate',
  });
});

test('the account administrates the key with named actions, none of which uses it or grants its use', () => {
  const administration = statementsOf(template()).find(({ Sid }) => Sid === 'AdministrateWithoutUse')!;
  expect(administration.Action.filter((action) => action.includes('*'))).toEqual([]);
  for (const forbidden of ['kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey', 'kms:CreateGrant', 'kms:ReEncryptTo']) {
    expect(administration.Action).not.toContain(forbidden);
  }
  expect(administration.Action).toContain('kms:PutKeyPolicy');
});

test('a policy that passes the 32,768 bytes of the service fails the synth, and says what to do', () => {
  const stack = constructStack();
  new EncryptionKey(stack, 'Key', {
    environment: 'prod',
    crossAccountReaders: [
      {
        role: Role.fromRoleArn(stack, 'Report', 'arn:aws:iam::999988887777:role/report'),
        organizationId: 'o-a1b2c3d4e5',
        secrets: Array.from({ length: 400 }, (_, index) => `prod/payments/secret-${index}`),
      },
    ],
  });
  expect(() => Template.fromStack(stack)).toThrow(
    /The policy of the key alias\/strongroom\/prod\/standard has \d{5} bytes, and KMS takes 32768: let roles of other accounts read fewer secrets/,
  );
});

test('Secrets Manager alone uses the key, and for secrets of the environment alone', () => {
  const [, use, ...others] = statementsOf(template());
  expect(others).toEqual([]);
  expect(use).toMatchObject({
    Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
    Condition: {
      StringEquals: { 'kms:ViaService': 'secretsmanager.eu-west-1.amazonaws.com', 'kms:CallerAccount': '444455556666' },
      StringLike: {
        'kms:EncryptionContext:SecretARN': [
          'arn:aws:secretsmanager:eu-west-1:444455556666:secret:prod/*',
          'RequestToValidateKeyAccess',
        ],
      },
    },
  });
});

test('alarms of the account, and they alone, publish to an encrypted topic that takes TLS only', () => {
  const stack = constructStack();
  const { key } = new AlertKey(stack, 'AlertKey', { environment: 'prod' });
  new AlertTopic(stack, 'Oncall', {
    environment: 'prod',
    contact: { name: 'payments-oncall', email: 'payments-oncall@example.com' },
    encryptionKey: key,
  });
  const alerts = Template.fromStack(stack);
  alerts.hasResourceProperties('AWS::SNS::Topic', {
    TopicName: 'strongroom-prod-alerts-payments-oncall',
    KmsMasterKeyId: { 'Fn::GetAtt': [Match.stringLikeRegexp('^AlertKey'), 'Arn'] },
  });
  alerts.hasResourceProperties('AWS::SNS::Subscription', {
    Protocol: 'email',
    Endpoint: 'payments-oncall@example.com',
  });
  alerts.hasResourceProperties('AWS::SNS::TopicPolicy', {
    PolicyDocument: {
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
        Match.objectLike({
          Effect: 'Allow',
          Principal: { Service: 'cloudwatch.amazonaws.com' },
          Condition: { StringEquals: { 'aws:SourceAccount': '444455556666' } },
        }),
      ]),
    },
  });
});

test('a principal of the account that may publish to an alert topic may use the key through SNS, for these topics alone', () => {
  const stack = constructStack();
  new AlertKey(stack, 'AlertKey', { environment: 'prod' });
  Template.fromStack(stack).hasResourceProperties('AWS::KMS::Key', {
    KeyPolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Effect: 'Allow',
          Principal: { AWS: 'arn:aws:iam::444455556666:root' },
          Action: ['kms:Decrypt', 'kms:GenerateDataKey'],
          Condition: {
            StringEquals: { 'kms:ViaService': 'sns.eu-west-1.amazonaws.com' },
            StringLike: {
              'kms:EncryptionContext:aws:sns:topicArn': 'arn:aws:sns:eu-west-1:444455556666:strongroom-prod-alerts-*',
            },
          },
        }),
      ]),
    },
  });
});
