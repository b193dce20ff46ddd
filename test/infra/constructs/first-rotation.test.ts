/** When a rotation may start outside of its window: as a generated secret is created, and never beside that. */
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { DatabaseRotation, FirstRotation, type RotationScheduleOptions } from '../../../lib/index.ts';
import { aliasKey, constructStack, databaseSecret, type SecretChange } from '../../_helpers/construct-stack.ts';
import { cdkContext, resourcesOfType, stackIn, synthesise } from '../../_helpers/example-app.ts';

const schedule: RotationScheduleOptions = {
  strategy: 'single-user',
  schedule: { expression: 'cron(0 2 ? * SUN *)', duration: '2h' },
};
const custom = 'Custom::StrongroomFirstRotation';
const starter = 'arn:aws:iam::444455556666:role/strongroom-prod-first-rotation';

const rotationIn = (stack: Stack, firstRotation?: FirstRotation): DatabaseRotation =>
  new DatabaseRotation(stack, 'Rotation', {
    environment: 'prod',
    engine: 'postgres',
    encryptionKeys: [aliasKey(stack)],
    ...(firstRotation && { firstRotation }),
  });

const rotated = (change: SecretChange, options: Partial<RotationScheduleOptions> = {}): Template => {
  const stack = constructStack();
  rotationIn(stack).addSchedule(databaseSecret(stack, change), { ...schedule, ...options });
  return Template.fromStack(stack);
};

const adopted = Secret.fromSecretCompleteArn(
  constructStack(),
  'Existing',
  'arn:aws:secretsmanager:eu-west-1:444455556666:secret:legacy/orders-AbCdEf',
);

test.each<[string, SecretChange]>([
  ['generated', {}],
  ['supplied', { value: 'supplied' }],
  ['adopted', { adopted }],
])('no schedule rotates at a deployment: a %s secret', (_, change) => {
  rotated(change).allResourcesProperties('AWS::SecretsManager::RotationSchedule', { RotateImmediatelyOnUpdate: false });
});

test('in the stacks of a catalog no schedule rotates at a deployment either', () => {
  const schedules = [...synthesise().values()].flatMap((stack) =>
    resourcesOfType(stack, 'AWS::SecretsManager::RotationSchedule'),
  );
  expect(schedules.length).toBeGreaterThan(1);
  expect(schedules.map(({ properties }) => properties['RotateImmediatelyOnUpdate'])).toEqual(
    schedules.map(() => false),
  );
});

test("the function starts rotations in the contract's stacks by their pattern, however many there are", () => {
  const app = new App({ context: cdkContext() });
  const stackOf = (name: string) => new Stack(app, name, { env: { account: '444455556666', region: 'eu-west-1' } });
  const stack = stackOf('strongroom-prod-rotation');
  const rotation = rotationIn(stack);
  for (const name of ['strongroom-prod-orders', 'strongroom-prod-shop', 'of-its-own-stack']) {
    rotation.addSchedule(databaseSecret(stackOf(name), { name: `db-of-${name.slice(-4)}s` }), schedule);
  }
  const policies = JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'));
  expect(policies).toContain(
    '"aws:ResourceTag/aws:cloudformation:stack-name":["strongroom-prod-*","of-its-own-stack"]',
  );
});

test('a generated secret is rotated as it is created, after its schedule', () => {
  const template = rotated({});
  const [resource] = Object.values(template.findResources(custom));
  const [scheduleId] = Object.keys(template.findResources('AWS::SecretsManager::RotationSchedule'));
  const [secretId] = Object.keys(template.findResources('AWS::SecretsManager::Secret'));
  expect(resource?.['Properties']).toEqual({
    ServiceToken: 'arn:aws:lambda:eu-west-1:444455556666:function:strongroom-prod-first-rotation',
    ScheduledSecrets: [{ Ref: scheduleId }],
    GeneratedSecrets: [{ 'Fn::GetAtt': [secretId, 'Id'] }],
  });
});

test.each<[string, SecretChange]>([
  ['supplied', { value: 'supplied' }],
  ['adopted', { adopted }],
])('a %s secret waits for its window, and nobody more may rotate it', (_, change) => {
  const template = rotated(change);
  template.resourceCountIs(custom, 0);
  expect(JSON.stringify(template.findResources('AWS::SecretsManager::ResourcePolicy'))).not.toContain(starter);
});

test('a generated secret waits for its window where the schedule says so', () => {
  rotated({}, { firstRotation: 'in-window' }).resourceCountIs(custom, 0);
});

test('a supplied value is never rotated as its secret is created', () => {
  expect(() => rotated({ value: 'supplied' }, { firstRotation: 'at-creation' })).toThrow(
    "prod/payments/orders-db can't rotate at its creation: its value is not generated. Write firstRotation: 'in-window'",
  );
});

test('a stack has one resource for all its secrets, which knows those without a schedule, too', () => {
  const stack = constructStack();
  const rotation = rotationIn(stack);
  for (const name of ['one', 'two']) rotation.addSchedule(databaseSecret(stack, { name }), schedule);
  databaseSecret(stack, { name: 'three', rotatedManually: 'a test' });
  databaseSecret(stack, { name: 'four', value: 'supplied', rotatedManually: 'a test' });
  const resources = Object.values(Template.fromStack(stack).findResources(custom));
  expect(resources).toHaveLength(1);
  const { ScheduledSecrets, GeneratedSecrets } = resources[0]?.['Properties'] as Record<string, unknown[]>;
  expect(ScheduledSecrets).toHaveLength(2);
  expect(GeneratedSecrets).toHaveLength(3);
});

test('the function starts rotations of secrets of its stacks, and changes neither their functions nor their schedules', () => {
  const template = rotated({});
  const policies = Object.values(template.findResources('AWS::IAM::ManagedPolicy')).map(
    ({ Properties }) => Properties as { Description: string; PolicyDocument: { Statement: unknown[] } },
  );
  const own = policies.find(({ Description }) => Description === 'Starts the first rotation of new secrets of prod');
  expect(own?.PolicyDocument.Statement.slice(1)).toEqual([
    {
      Effect: 'Allow',
      Action: ['secretsmanager:DescribeSecret', 'secretsmanager:RotateSecret'],
      Resource: 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:prod/*',
      Condition: {
        StringLike: { 'aws:ResourceTag/aws:cloudformation:stack-name': ['strongroom-prod-*', 'Test'] },
        Null: { 'secretsmanager:RotationLambdaARN': 'true' },
        BoolIfExists: { 'secretsmanager:ModifyRotationRules': 'false' },
      },
    },
    {
      Effect: 'Allow',
      Action: 'lambda:InvokeFunction',
      Resource: 'arn:aws:lambda:eu-west-1:444455556666:function:strongroom-prod-rotation-*',
    },
  ]);
});

test('the rotations of an environment share one function, in one stack and over several', () => {
  const app = new App({ context: { ...cdkContext(), 'aws:cdk:bundling-stacks': [] } });
  const env = { account: '444455556666', region: 'eu-west-1' };
  const platform = new Stack(app, 'Platform', { env });
  const other = new Stack(app, 'Other', { env });
  const application = new Stack(app, 'Application', { env });
  const firstRotation = new FirstRotation(platform, 'FirstRotation', { environment: 'prod' });
  rotationIn(platform, firstRotation).addSchedule(databaseSecret(application), schedule);
  new DatabaseRotation(other, 'Rotation', {
    environment: 'prod',
    engine: 'mysql',
    encryptionKeys: [aliasKey(other)],
    firstRotation,
  }).addSchedule(
    databaseSecret(application, {
      name: 'shop-db',
      database: { engine: 'mysql', host: { rds: 'shop' }, dbname: 'shop', username: 'shop' },
    }),
    schedule,
  );
  const assembly = app.synth();
  expect(Object.values(Template.fromStack(application).findResources(custom))).toHaveLength(1);
  const functions = [platform, other].flatMap((stack) =>
    Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')).map(
      ({ Properties }) => (Properties as { FunctionName: string }).FunctionName,
    ),
  );
  expect(functions.filter((name) => name === 'strongroom-prod-first-rotation')).toHaveLength(1);
  expect(assembly.getStackArtifact(application.artifactId).dependencies.map(({ id }) => id)).toContain(
    platform.artifactId,
  );
});

test('an environment of the catalog has one such function, in its rotation stack', () => {
  const stacks = synthesise();
  const names = resourcesOfType(stackIn(stacks, 'strongroom-prod-rotation'), 'AWS::Lambda::Function').map(
    ({ properties }) => properties['FunctionName'],
  );
  expect(names.filter((name) => name === 'strongroom-prod-first-rotation')).toHaveLength(1);
});
