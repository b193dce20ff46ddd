/** Rotation by a function of your own: what it may do, and what is refused. */
import type { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Function } from 'aws-cdk-lib/aws-lambda';
import { Topic, type ITopic } from 'aws-cdk-lib/aws-sns';
import { expect, test } from 'vitest';
import { enforceRulePacks, FunctionRotation, loadCatalog } from '../../../lib/index.ts';
import { Environment } from '../../../lib/stacks/environment.ts';
import { catalogFolder, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';
import { account, constructStack, databaseSecret, region, type SecretChange } from '../../_helpers/construct-stack.ts';
import { resourcesOfType, stackIn, synthesiseWith } from '../../_helpers/example-app.ts';

const functionArn = `arn:aws:lambda:${region}:${account}:function:rotate-stripe:live`;
const roleArn = `arn:aws:iam::${account}:role/functions/rotate-stripe`;
const schedule = { expression: 'rate(30 days)' };

const rotationIn = (stack: Stack, arn = functionArn, alertTopic?: ITopic): FunctionRotation =>
  new FunctionRotation(stack, 'Rotation', {
    function: Function.fromFunctionArn(stack, 'Function', arn),
    role: Role.fromRoleArn(stack, 'Role', roleArn),
    ...(alertTopic && { alertTopic }),
  });

const rotated = (change: SecretChange = {}): Template => {
  const stack = constructStack();
  const secret = databaseSecret(stack, { name: 'stripe', class: 'api-key', database: null, ...change });
  rotationIn(stack).addSchedule(secret, { schedule });
  return Template.fromStack(stack);
};

test('the schedule names the function, and a deployment rotates nothing', () => {
  rotated().hasResourceProperties('AWS::SecretsManager::RotationSchedule', {
    RotationLambdaARN: functionArn,
    RotateImmediatelyOnUpdate: false,
  });
});

test('Secrets Manager may invoke the function for this very secret', () => {
  rotated().hasResourceProperties('AWS::Lambda::Permission', {
    FunctionName: functionArn,
    Principal: 'secretsmanager.amazonaws.com',
    SourceAccount: account,
    SourceArn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Secretstripe'), 'Id'] },
  });
});

test('its role may do what the four steps do, with this very secret', () => {
  const [policy] = Object.values(rotated().findResources('AWS::IAM::ManagedPolicy'));
  const { PolicyDocument } = policy?.['Properties'] as {
    PolicyDocument: { Statement: { Action: string[]; Resource: unknown }[] };
  };
  const statements = PolicyDocument.Statement;
  expect(statements[0]?.Action).toEqual([
    'secretsmanager:DescribeSecret',
    'secretsmanager:GetSecretValue',
    'secretsmanager:PutSecretValue',
    'secretsmanager:UpdateSecretVersionStage',
  ]);
  expect(statements[0]?.Resource).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^Secretstripe/), 'Id'] });
  expect(statements[1]?.Action).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
});

test('its role sets no tags: a mark of Strongroom is not its own', () => {
  rotated().hasResourceProperties('AWS::SecretsManager::ResourcePolicy', {
    ResourcePolicy: {
      Statement: Match.arrayWith([
        Match.objectLike({
          Sid: 'ChangeByDeployers',
          Action: Match.arrayWith(['secretsmanager:TagResource', 'secretsmanager:UntagResource']),
          Condition: { ArnNotLike: { 'aws:PrincipalArn': Match.not(Match.arrayWith([roleArn])) } },
        }),
      ]),
    },
  });
});

test('a rotation of the secret that failed or was given up pages the contact, and no principal gets a right for it', () => {
  const stack = constructStack();
  const secret = databaseSecret(stack, { name: 'stripe', class: 'api-key', database: null });
  const alertTopic = Topic.fromTopicArn(stack, 'Topic', `arn:aws:sns:${region}:${account}:alerts`);
  rotationIn(stack, functionArn, alertTopic).addSchedule(secret, { schedule });
  const template = Template.fromStack(stack);

  template.hasResourceProperties('AWS::Events::Rule', {
    EventPattern: {
      source: ['aws.secretsmanager'],
      'detail-type': ['AWS Service Event via CloudTrail'],
      detail: {
        eventName: ['RotationFailed', 'RotationAbandoned'],
        additionalEventData: { SecretId: [{ 'Fn::GetAtt': [Match.stringLikeRegexp('^Secretstripe'), 'Id'] }] },
      },
    },
    State: Match.absent(),
    Targets: Match.absent(),
  });
  const [rule] = Object.keys(template.findResources('AWS::Events::Rule'));
  template.hasResourceProperties('AWS::CloudWatch::Alarm', {
    AlarmName: 'strongroom-rotation-failed/prod/payments/stripe',
    Namespace: 'AWS/Events',
    MetricName: 'TriggeredRules',
    Dimensions: [{ Name: 'RuleName', Value: { Ref: rule } }],
    Threshold: 1,
    TreatMissingData: 'notBreaching',
    AlarmActions: [`arn:aws:sns:${region}:${account}:alerts`],
  });
  expect(template.findResources('AWS::IAM::ManagedPolicy')).toEqual(rotated().findResources('AWS::IAM::ManagedPolicy'));
});

test('a database is refused, and a function of another region', () => {
  const stack = constructStack();
  expect(() => {
    rotationIn(stack).addSchedule(databaseSecret(stack), { schedule });
  }).toThrow('prod/payments/orders-db is of class database: use DatabaseRotation');
  const other = constructStack();
  const secret = databaseSecret(other, { name: 'stripe', class: 'api-key', database: null });
  expect(() => {
    rotationIn(other, functionArn.replace(region, 'us-east-1')).addSchedule(secret, { schedule });
  }).toThrow('name a function of the same account and region');
});

test('the stacks of a catalog with such a function pass the rule packs', () => {
  const folder = catalogFolder({
    'organisation.yaml': organisationYaml,
    'payments.yaml': `${paymentsHead}  stripe:
    class: api-key
    readers: [api]
    replicas: [eu-central-1]
    rotation: { function: '${functionArn}', role: '${roleArn}', every: 30d }
environments: [prod]
`,
  });
  const stacks = synthesiseWith((app) => {
    const { environments } = loadCatalog(folder, { today: new Date('2026-11-21') });
    for (const environment of environments) new Environment(app, environment);
    enforceRulePacks(app);
  });
  const stack = stackIn(stacks, 'strongroom-prod-payments');
  expect(resourcesOfType(stack, 'AWS::Lambda::Permission')).toHaveLength(1);
});

test('more secrets than ten managed policies of the role hold are refused, over all stacks of the app', () => {
  const secrets = Array.from(
    { length: 40 },
    (_, index) => `  key-${index}:
    class: api-key
    readers: []
    rotation: { function: "${functionArn.replace(account, '444455556666')}", role: "${roleArn.replace(account, '444455556666')}", every: 30d }
`,
  );
  const application = (name: string): string =>
    `application: ${name}\nowner: team\ncontact: oncall\nenvironments: [prod]\nconsumers: {}\nsecrets:\n${secrets.join('')}`;
  const synthesiseFor = (...names: string[]) => {
    const files = Object.fromEntries(names.map((name) => [`${name}.yaml`, application(name)]));
    const catalog = loadCatalog(catalogFolder({ 'organisation.yaml': organisationYaml, ...files }));
    return () => synthesiseWith((app) => new Environment(app, catalog.environments[1]!));
  };
  expect(synthesiseFor('one')).not.toThrow();
  expect(synthesiseFor('one', 'two')).toThrow(
    /The role arn:aws:iam::444455556666:role\/functions\/rotate-stripe needs 12 managed policies for the secrets that its function rotates, and a role has 10, those of its own among them: rotate some of the secrets by another function with another role/,
  );
});
