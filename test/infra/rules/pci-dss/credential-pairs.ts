/** What the rules for requirements 8.3.9 and 8.6 accept, and what they don't. */
import { CfnParameter } from 'aws-cdk-lib';
import { CfnTaskDefinition } from 'aws-cdk-lib/aws-ecs';
import { CfnUser } from 'aws-cdk-lib/aws-iam';
import { CfnParameter as CfnSsmParameter } from 'aws-cdk-lib/aws-ssm';
import { account, secret, rotated, role, handler, database, type Pair } from './builds.ts';

export const credentialPairs: readonly Pair[] = [
  {
    rule: '8.3.9-NinetyDays',
    what: 'a rate of 91 days',
    compliant: rotated('rate(90 days)'),
    nonCompliant: rotated('rate(91 days)'),
  },
  {
    rule: '8.3.9-NinetyDays',
    what: 'the first of each quarter, once 92 days after the one before',
    compliant: rotated('cron(0 2 1 * ? *)'),
    nonCompliant: rotated('cron(0 2 1 1,4,7,10 ? *)'),
  },
  {
    rule: '8.3.9-NinetyDays',
    what: 'an expression that nobody knows',
    compliant: rotated('cron(0 2 ? * SUN#1 *)'),
    nonCompliant: rotated('at(2026-12-01T00:00:00)'),
  },
  {
    rule: '8.6.1-InteractiveUse',
    what: 'a user with a password of the console',
    compliant: (stack) => new CfnUser(stack, 'User', {}),
    nonCompliant: (stack) => new CfnUser(stack, 'User', { loginProfile: { password: 'x' } }),
  },
  {
    rule: '8.6.1-InteractiveUse',
    what: 'a role that a user assumes without a second factor',
    compliant: role(
      {},
      {
        Principal: { AWS: `arn:aws:iam::${account}:user/x` },
        Condition: { Bool: { 'aws:MultiFactorAuthPresent': 'true' } },
      },
    ),
    nonCompliant: role({}, { Principal: { AWS: `arn:aws:iam::${account}:user/x` } }),
  },
  {
    rule: '8.6.1-InteractiveUse',
    what: 'a role that a permission set assumes without a second factor',
    compliant: role(
      {},
      {
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Condition: { StringEquals: { 'aws:PrincipalTag/strongroom:mfa': 'true' } },
      },
    ),
    nonCompliant: role(
      {},
      {
        Principal: { AWS: `arn:aws:iam::${account}:root` },
        Condition: { StringEquals: { 'aws:PrincipalTag/strongroom:mfa': 'false' } },
      },
    ),
  },
  {
    rule: '8.6.1-InteractiveUse',
    what: 'a role of a person for half a day',
    compliant: role({ maxSessionDuration: 3600 }, { Principal: { AWS: `arn:aws:iam::${account}:role/x` } }),
    nonCompliant: role({ maxSessionDuration: 43_200 }, { Principal: { AWS: `arn:aws:iam::${account}:role/x` } }),
  },
  {
    rule: '8.6.1-InteractiveUse',
    what: 'a role of a service that a person assumes too',
    compliant: role({}, { Principal: { Service: 'lambda.amazonaws.com' } }),
    nonCompliant: role(
      {},
      { Principal: { Service: 'lambda.amazonaws.com' } },
      { Principal: { AWS: `arn:aws:iam::${account}:role/x` } },
    ),
  },
  {
    rule: '8.6.2-NoValueInTemplate',
    what: 'a value in the template',
    compliant: secret({ generateSecretString: {} }),
    nonCompliant: secret({ secretString: 'planted' }),
  },
  {
    rule: '8.6.2-NoValueInTemplate',
    what: 'a password in the template of the value',
    compliant: secret({ generateSecretString: { secretStringTemplate: '{"username":"x"}', generateStringKey: 'p' } }),
    nonCompliant: secret({
      generateSecretString: { secretStringTemplate: '{"password":"x"}', generateStringKey: 'p' },
    }),
  },
  {
    rule: '8.6.2-NoPasswordInEnvironment',
    what: 'a password by its name',
    compliant: handler({ SECRET_NAME: 'prod/payments/orders-db', PASSWORD_SECRET_ARN: 'prod/payments/orders-db' }),
    nonCompliant: handler({ DB_PASSWORD: 'planted' }),
  },
  {
    rule: '8.6.2-NoPasswordInEnvironment',
    what: 'a password in an address',
    compliant: handler({ DATABASE: 'postgres://db.example.com:5432/orders' }),
    nonCompliant: handler({ DATABASE: 'postgres://orders:planted@db.example.com:5432/orders' }),
  },
  {
    rule: '8.6.2-NoPasswordInEnvironment',
    what: 'a secret that CloudFormation resolves into the environment of a container',
    compliant: (stack) => new CfnTaskDefinition(stack, 'Task', { containerDefinitions: [{ image: 'x', name: 'x' }] }),
    nonCompliant: (stack) =>
      new CfnTaskDefinition(stack, 'Task', {
        containerDefinitions: [
          { image: 'x', name: 'x', environment: [{ name: 'DATABASE', value: '{{resolve:secretsmanager:orders-db}}' }] },
        ],
      }),
  },
  {
    rule: '8.6.2-NoPlainParameter',
    what: 'a parameter with a token',
    compliant: (stack) => new CfnSsmParameter(stack, 'P', { type: 'String', name: '/siem/index', value: 'main' }),
    nonCompliant: (stack) => new CfnSsmParameter(stack, 'P', { type: 'String', name: '/siem/token', value: 'planted' }),
  },
  {
    rule: '8.6.2-NoPasswordProperty',
    what: 'the password of a database as a text',
    compliant: database(() => '{{resolve:secretsmanager:orders-admin:SecretString:password}}'),
    nonCompliant: database(() => 'planted'),
  },
  {
    rule: '8.6.2-NoPasswordProperty',
    what: 'the password of a database as a parameter of the stack',
    compliant: database(),
    nonCompliant: database((stack) => new CfnParameter(stack, 'Given', { noEcho: true }).valueAsString),
  },
  {
    rule: '8.6.3-Rotation',
    what: 'a secret that nothing rotates',
    compliant: rotated('rate(30 days)'),
    nonCompliant: secret(),
  },
  {
    rule: '8.6.3-OnSuspicion',
    what: 'a schedule without a function',
    compliant: rotated('rate(30 days)'),
    nonCompliant: rotated('rate(30 days)', {}),
  },
  {
    rule: '8.6.3-Complexity',
    what: 'sixteen letters and digits',
    compliant: secret({ generateSecretString: { passwordLength: 32, excludePunctuation: true } }),
    nonCompliant: secret({ generateSecretString: { passwordLength: 16, excludePunctuation: true } }),
  },
  {
    rule: '8.6.3-Complexity',
    what: 'many of few characters',
    compliant: secret({ generateSecretString: { passwordLength: 64 } }),
    nonCompliant: secret({
      generateSecretString: {
        passwordLength: 60,
        excludePunctuation: true,
        excludeUppercase: true,
        excludeNumbers: true,
        excludeCharacters: 'abcdefghijklmnopqrstuvw',
      },
    }),
  },
];
