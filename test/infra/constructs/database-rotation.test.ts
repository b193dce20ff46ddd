/** The rotation function, its permissions, and the schedules that name it. */
import { App, Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { expect, test } from 'vitest';
import type { DatabaseTarget } from '../../../lib/model/catalog.ts';
import { DatabaseRotation, type DatabaseRotationProps, type ManagedSecret } from '../../../lib/index.ts';
import { aliasKey, constructStack, databaseSecret } from '../../_helpers/construct-stack.ts';
import { cdkContext } from '../../_helpers/example-app.ts';

const functionArn = 'arn:aws:lambda:eu-west-1:444455556666:function:strongroom-prod-rotation-postgres';
const schedule = { expression: 'cron(0 2 ? * SUN *)', duration: '2h' };

const rotationIn = (stack: Stack, change: Partial<DatabaseRotationProps> = {}): DatabaseRotation =>
  new DatabaseRotation(stack, 'Rotation', {
    environment: 'prod',
    engine: 'postgres',
    encryptionKeys: [aliasKey(stack, 'high')],
    ...change,
  });

const scheduled = (rotate: (rotation: DatabaseRotation, stack: Stack) => void = rotateOrders): Template => {
  const stack = constructStack();
  rotate(rotationIn(stack), stack);
  return Template.fromStack(stack);
};

function rotateOrders(rotation: DatabaseRotation, stack: Stack): void {
  rotation.addSchedule(databaseSecret(stack), { strategy: 'single-user', schedule, admin: { managedBy: 'rds' } });
}

interface Statement {
  Action: string | string[];
  Resource: unknown;
  Effect: string;
  Condition?: unknown;
}

const statementsOf = (template: Template): Statement[] => {
  const policies = Object.values(template.findResources('AWS::IAM::ManagedPolicy'));
  return policies.flatMap(
    ({ Properties }) => (Properties as { PolicyDocument: { Statement: Statement[] } }).PolicyDocument.Statement,
  );
};

test('the function runs Node 24 on arm64 under its own name, with bounded time and concurrency', () => {
  scheduled().hasResourceProperties('AWS::Lambda::Function', {
    FunctionName: 'strongroom-prod-rotation-postgres',
    Runtime: 'nodejs24.x',
    Architectures: ['arm64'],
    Timeout: 120,
    ReservedConcurrentExecutions: 5,
    Environment: {
      Variables: { STRONGROOM_ENVIRONMENT: 'prod', STRONGROOM_ENGINE: 'postgres' },
    },
  });
});

test('its log group has a retention, and the function writes to no other', () => {
  const template = scheduled();
  template.hasResourceProperties('AWS::Logs::LogGroup', {
    LogGroupName: '/aws/lambda/strongroom-prod-rotation-postgres',
    RetentionInDays: 365,
  });
  expect(statementsOf(template)).toContainEqual({
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: { 'Fn::GetAtt': [expect.stringMatching(/^RotationWorkerLogGroup/), 'Arn'] },
  });
});

test('Secrets Manager invokes it for secrets of this account alone', () => {
  scheduled().hasResourceProperties('AWS::Lambda::Permission', {
    Action: 'lambda:InvokeFunction',
    Principal: 'secretsmanager.amazonaws.com',
    SourceAccount: '444455556666',
  });
});

test('its role writes secrets that name this very function and are of its stacks, and no other', () => {
  const writing = statementsOf(scheduled()).filter(({ Action }) =>
    [Action].flat().includes('secretsmanager:PutSecretValue'),
  );
  expect(writing).toEqual([
    {
      Effect: 'Allow',
      Action: [
        'secretsmanager:DescribeSecret',
        'secretsmanager:GetSecretValue',
        'secretsmanager:PutSecretValue',
        'secretsmanager:UpdateSecretVersionStage',
      ],
      Resource: 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:prod/*',
      Condition: {
        StringEquals: { 'secretsmanager:resource/AllowRotationLambdaArn': functionArn },
        // The contract's stacks, and the one in which this secret stands.
        StringLike: { 'aws:ResourceTag/aws:cloudformation:stack-name': ['strongroom-prod-*', 'Test'] },
      },
    },
  ]);
});

test('its role finds RDS instances, and reads the master secrets of those of its secrets alone', () => {
  const template = scheduled((rotation, stack) => {
    rotateOrders(rotation, stack);
    for (const rds of ['invoices', 'orders']) {
      const secret = databaseSecret(stack, {
        name: `${rds}-again`,
        database: { engine: 'postgres', host: { rds }, dbname: rds, username: 'payments' },
      });
      rotation.addSchedule(secret, { strategy: 'single-user', schedule });
    }
  });
  const instances = ['invoices', 'orders'].map((id) => `arn:aws:rds:eu-west-1:444455556666:db:${id}`);
  const statements = statementsOf(template);
  const describing = statements.find(({ Action }) => Action === 'rds:DescribeDBInstances');
  // Of replicas, which only RDS knows, too.
  expect(describing?.Resource).toBe('arn:aws:rds:eu-west-1:444455556666:db:*');
  expect(statements).toContainEqual({
    Effect: 'Allow',
    Action: ['secretsmanager:DescribeSecret', 'secretsmanager:GetSecretValue'],
    Resource: 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:rds!db-*',
    Condition: { StringEquals: { 'aws:ResourceTag/aws:rds:primaryDBInstanceArn': instances } },
  });
});

test('a function that serves many instances gets policies that IAM takes', () => {
  const template = scheduled((rotation, stack) => {
    for (let index = 0; index < 45; index++) {
      const rds = `${'x'.repeat(60)}${String(index).padStart(3, '0')}`;
      const secret = databaseSecret(stack, {
        name: `secret-${index}`,
        database: { engine: 'postgres', host: { rds }, dbname: 'orders', username: 'payments' },
      });
      rotation.addSchedule(secret, { strategy: 'single-user', schedule });
    }
  });
  const sizes = Object.values(template.findResources('AWS::IAM::ManagedPolicy')).map(({ Properties }) => {
    const { PolicyDocument } = Properties as { PolicyDocument: unknown };
    return JSON.stringify(PolicyDocument).length;
  });
  // One of the function itself, two for the instances, and one of the function that starts first rotations.
  expect(sizes).toHaveLength(4);
  expect(Math.max(...sizes)).toBeLessThan(6_144);
});

test.each([
  { secrets: 324, policies: 10, refused: false },
  { secrets: 325, policies: 11, refused: true },
])(
  'a function that serves $secrets instances has $policies policies, and IAM takes ten',
  ({ secrets, policies, refused }) => {
    const stack = constructStack();
    const rotation = rotationIn(stack);
    for (let index = 0; index < secrets; index++) {
      const database: DatabaseTarget = {
        engine: 'postgres',
        host: { rds: `orders-${index}` },
        dbname: 'orders',
        username: 'payments',
      };
      rotation.addSchedule(databaseSecret(stack, { name: `secret-${index}`, database }), {
        strategy: 'single-user',
        schedule,
      });
    }
    expect(rotation.node.validate()).toEqual(
      refused ? [expect.stringContaining(`needs ${policies} managed policies`) as string] : [],
    );
  },
);

test('a function that serves no RDS instance may not ask RDS anything', () => {
  const template = scheduled((rotation, stack) => {
    const secret = databaseSecret(stack, {
      database: { engine: 'postgres', host: { name: 'db.example.com' }, dbname: 'orders', username: 'payments' },
    });
    rotation.addSchedule(secret, { strategy: 'single-user', schedule });
  });
  expect(JSON.stringify(template.toJSON())).not.toContain('rds:DescribeDBInstances');
});

test('a schedule has the expression and the window, and comes after the fence and the invoke permission', () => {
  const template = scheduled();
  const [rotationSchedule] = Object.values(template.findResources('AWS::SecretsManager::RotationSchedule'));
  expect(rotationSchedule).toMatchObject({
    Properties: {
      RotationLambdaARN: functionArn,
      RotationRules: { ScheduleExpression: 'cron(0 2 ? * SUN *)', Duration: '2h' },
    },
  });
  const { DependsOn } = rotationSchedule as { DependsOn: string[] };
  expect(DependsOn).toEqual([
    expect.stringMatching(/^RotationInvokeBySecretsManager/),
    expect.stringMatching(/^RotationRdsPolicy1/),
    expect.stringMatching(/^Secretordersdb.*Policy/),
  ]);
});

test('how a secret rotates stands in its tags', () => {
  const template = scheduled((rotation, stack) => {
    rotation.addSchedule(databaseSecret(stack), {
      strategy: 'single-user',
      schedule,
      admin: { secret: 'orders-admin', fullName: 'prod/payments/orders-admin' },
      provision: { grants: { public: 'read-write', audit: 'read-only' } },
    });
  });
  template.hasResourceProperties('AWS::SecretsManager::Secret', {
    Tags: Match.arrayWith([
      { Key: 'strongroom:admin', Value: 'prod/payments/orders-admin' },
      { Key: 'strongroom:provision', Value: 'audit=read-only public=read-write' },
      { Key: 'strongroom:strategy', Value: 'single-user' },
    ]),
  });
});

test('a failed rotation pages the contact of the secret, a failing function that of the platform', () => {
  const stack = constructStack();
  const topic = (name: string) => Topic.fromTopicArn(stack, name, `arn:aws:sns:eu-west-1:444455556666:${name}`);
  const rotation = rotationIn(stack, { alertTopic: topic('platform') });
  rotation.addSchedule(databaseSecret(stack), { strategy: 'single-user', schedule, alertTopic: topic('payments') });
  const alarms = Object.values(Template.fromStack(stack).findResources('AWS::CloudWatch::Alarm')).map(
    ({ Properties }) => Properties as Record<string, unknown>,
  );
  expect(alarms.map(({ MetricName, Dimensions, AlarmActions }) => ({ MetricName, Dimensions, AlarmActions }))).toEqual([
    {
      MetricName: 'Errors',
      Dimensions: [
        { Name: 'FunctionName', Value: { Ref: expect.stringMatching(/^RotationWorkerFunction/) as unknown } },
      ],
      AlarmActions: ['arn:aws:sns:eu-west-1:444455556666:platform'],
    },
    {
      MetricName: 'Throttles',
      Dimensions: [
        { Name: 'FunctionName', Value: { Ref: expect.stringMatching(/^RotationWorkerFunction/) as unknown } },
      ],
      AlarmActions: ['arn:aws:sns:eu-west-1:444455556666:platform'],
    },
    {
      MetricName: 'RotationOverdue',
      Dimensions: [
        { Name: 'engine', Value: 'postgres' },
        { Name: 'environment', Value: 'prod' },
      ],
      AlarmActions: ['arn:aws:sns:eu-west-1:444455556666:platform'],
    },
    {
      MetricName: 'RotationStepFailed',
      Dimensions: [{ Name: 'secret', Value: 'prod/payments/orders-db' }],
      AlarmActions: ['arn:aws:sns:eu-west-1:444455556666:payments'],
    },
  ]);
});

test('in a VPC the service may place the function, and the code of the function may not', () => {
  const stack = constructStack();
  rotationIn(stack, {
    vpc: Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-0a1b2c3d', availabilityZones: ['unknown'] }),
    vpcSubnets: {
      subnets: [
        Subnet.fromSubnetAttributes(stack, 'Subnet', { subnetId: 'subnet-0a1b2c3d', routeTableId: 'rtb-0a1b2c3d' }),
      ],
    },
    securityGroups: [SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-0a1b2c3d')],
  });
  const template = Template.fromStack(stack);
  template.hasResourceProperties('AWS::Lambda::Function', {
    VpcConfig: { SubnetIds: ['subnet-0a1b2c3d'], SecurityGroupIds: ['sg-0a1b2c3d'] },
  });
  const [allow, deny] = statementsOf(template).filter(({ Action }) => Action.includes('ec2:CreateNetworkInterface'));
  expect(allow).toMatchObject({ Effect: 'Allow', Resource: '*' });
  expect([allow?.Action].flat().filter((action) => !action?.startsWith('ec2:'))).toEqual([
    'secretsmanager:ListSecrets',
  ]);
  expect(deny).toMatchObject({
    Effect: 'Deny',
    Action: [allow?.Action].flat().filter((action) => action?.startsWith('ec2:')),
    Condition: { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } },
  });
});

test('a secret of another stack is scheduled there, after this stack, and nothing is exported', () => {
  const app = new App({ context: { ...cdkContext(), 'aws:cdk:bundling-stacks': [] } });
  const env = { account: '444455556666', region: 'eu-west-1' };
  const platform = new Stack(app, 'Platform', { env });
  const application = new Stack(app, 'Application', { env });
  rotationIn(platform).addSchedule(databaseSecret(application), { strategy: 'single-user', schedule });
  const assembly = app.synth();
  expect(assembly.getStackArtifact(application.artifactId).dependencies.map(({ id }) => id)).toContain(
    platform.artifactId,
  );
  for (const stack of [platform, application]) {
    const text = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(text).not.toMatch(/"Export"|Fn::ImportValue|Fn::GetStackOutput/);
  }
});

test.each<{ name: string; secret: (stack: Stack) => ManagedSecret; message: string }>([
  {
    name: 'of another environment',
    secret: (stack) => databaseSecret(stack, { environment: 'dev' }),
    message: 'dev/payments/orders-db is of environment dev, this function rotates prod',
  },
  {
    name: 'that has no database',
    secret: (stack) => databaseSecret(stack, { class: 'api-key', database: null }),
    message: "prod/payments/orders-db is not a secret of postgres: give it class: 'database'",
  },
  {
    name: 'of another region',
    secret: (stack) =>
      databaseSecret(new Stack(stack, 'Far', { env: { account: '444455556666', region: 'us-east-1' } })),
    message: 'prod/payments/orders-db is in 444455556666/us-east-1, this function in 444455556666/eu-west-1',
  },
])('refuses to rotate a secret $name', ({ secret, message }) => {
  const stack = constructStack();
  const rotation = rotationIn(stack);
  expect(() => {
    rotation.addSchedule(secret(stack), { strategy: 'single-user', schedule });
  }).toThrow(message);
});
