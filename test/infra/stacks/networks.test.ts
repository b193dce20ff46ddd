/** Several networks in an environment: a function for each engine and network, and no more than it needs for each. */
import { App, Stack } from 'aws-cdk-lib';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Alias } from 'aws-cdk-lib/aws-kms';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { DatabaseRotation, ManagedSecret } from '../../../lib/index.ts';
import { catalogFolder, organisationYaml, today } from '../../_helpers/catalog-folder.ts';
import {
  type ExampleStack,
  resourcesOfType,
  stackIn,
  synthesise,
  synthesisedStack,
} from '../../_helpers/example-app.ts';

// The checks of templates have tests of their own.
beforeAll(() => vi.stubEnv('CDK_VALIDATION', 'false'));
afterAll(() => vi.unstubAllEnvs());

const idOf = (prefix: string, digit: string): string => `${prefix}-${digit.repeat(17)}`;
const network = (digit: string): string =>
  `{ vpc: ${idOf('vpc', digit)}, subnets: [${idOf('subnet', digit)}], securityGroups: [${idOf('sg', 'c')}] }`;
const inProd = (lines: string): string =>
  organisationYaml.replace('  prod:\n', `  prod:\n    fences: { vpcs: [${idOf('vpc', 'f')}] }\n${lines}`);
const one = inProd(`    network: ${network('a')}\n`);
const two = inProd(`    network: ${network('a')}\n    networks: { data: ${network('b')} }\n`);

const database = (username: string, rotation: object) => ({
  class: 'database',
  engine: 'postgres',
  host: 'db.acme.example',
  dbname: 'orders',
  username,
  readers: ['api'],
  rotation,
});
const payments = (place: object = {}) => ({
  application: 'payments',
  owner: 'team-payments',
  contact: 'oncall',
  environments: ['prod'],
  consumers: { api: { runsOn: 'ecs' } },
  secrets: {
    'orders-db': database('orders_app', { admin: 'orders-admin', ...place }),
    'orders-admin': { ...database('orders_admin', place), value: 'supplied', readers: [] },
  },
});

const stacksOf = (organisation: string, application: object = payments()): ReadonlyMap<string, ExampleStack> =>
  synthesise(
    loadCatalog(catalogFolder({ 'organisation.yaml': organisation, 'payments.yaml': stringify(application) }), {
      today,
    }),
  );
const functionsOf = (stacks: ReadonlyMap<string, ExampleStack>) =>
  resourcesOfType(rotationOf(stacks), 'AWS::Lambda::Function').filter(({ properties }) =>
    String(properties['FunctionName']).includes('-rotation-postgres'),
  );
const rotationOf = (stacks: ReadonlyMap<string, ExampleStack>) => stackIn(stacks, 'strongroom-prod-rotation');
const secretsOf = (stacks: ReadonlyMap<string, ExampleStack>) => stackIn(stacks, 'strongroom-prod-payments');

test('a function for each network has its own name, role and place', () => {
  const functions = functionsOf(stacksOf(two));
  expect(
    functions.map(({ properties: { FunctionName, Role, VpcConfig, Environment } }) => ({
      FunctionName,
      Role: JSON.stringify(Role),
      VpcConfig,
      network: (Environment as { Variables: Record<string, string> }).Variables['STRONGROOM_NETWORK'],
    })),
  ).toEqual([
    {
      FunctionName: 'strongroom-prod-rotation-postgres',
      Role: expect.stringContaining('Rotationpostgres') as string,
      VpcConfig: { SubnetIds: [idOf('subnet', 'a')], SecurityGroupIds: [idOf('sg', 'c')] },
      network: undefined,
    },
    {
      FunctionName: 'strongroom-prod-rotation-postgres-data',
      Role: expect.stringContaining('Rotationpostgresdata') as string,
      VpcConfig: { SubnetIds: [idOf('subnet', 'b')], SecurityGroupIds: [idOf('sg', 'c')] },
      network: 'data',
    },
  ]);
  const roles = resourcesOfType(rotationOf(stacksOf(two)), 'AWS::IAM::Role').map((role) => role.properties['RoleName']);
  expect(roles).toEqual(
    expect.arrayContaining(['strongroom-prod-rotation-postgres', 'strongroom-prod-rotation-postgres-data']),
  );
});

test('a network that is new changes no resource that is there', () => {
  const [before, after] = [stacksOf(one), stacksOf(two)];
  expect(secretsOf(after).template).toEqual(secretsOf(before).template);
  expect(rotationOf(after).template.Resources).toMatchObject(rotationOf(before).template.Resources);
  for (const [id, resource] of Object.entries(rotationOf(before).template.Resources)) {
    expect(rotationOf(after).template.Resources[id]).toEqual(resource);
  }
});

test('a secret and its admin name the function of their network, and are its alone', () => {
  const stack = secretsOf(stacksOf(two, payments({ network: 'data' })));
  const schedules = resourcesOfType(stack, 'AWS::SecretsManager::RotationSchedule');
  expect(schedules).toHaveLength(2);
  for (const { properties } of schedules) {
    expect(JSON.stringify(properties['RotationLambdaARN'])).toContain(
      ':function:strongroom-prod-rotation-postgres-data"',
    );
    expect(properties['RotateImmediatelyOnUpdate']).toBe(false);
  }
  const secrets = resourcesOfType(stack, 'AWS::SecretsManager::Secret');
  const tagsOf = (tags: unknown, key: string) =>
    (tags as { Key: string; Value: string }[]).filter(({ Key }) => Key === key).map(({ Value }) => Value);
  expect(secrets.flatMap(({ properties }) => tagsOf(properties['Tags'], 'strongroom:network'))).toEqual([
    'data',
    'data',
  ]);
  expect(secrets.flatMap(({ properties }) => tagsOf(properties['Tags'], 'strongroom:admin-for'))).toEqual([
    'postgres-data',
  ]);
  for (const { properties } of resourcesOfType(stack, 'AWS::SecretsManager::ResourcePolicy')) {
    const text = JSON.stringify(properties['ResourcePolicy']);
    expect(text).toContain('role/strongroom-prod-rotation-postgres-data"');
    expect(text).not.toContain('role/strongroom-prod-rotation-postgres"');
  }
});

test('the fences of consumers say nothing of where the functions are', () => {
  const stacks = stacksOf(two, payments({ network: 'data' }));
  const policies = resourcesOfType(secretsOf(stacks), 'AWS::SecretsManager::ResourcePolicy');
  const fenced = policies.map(({ properties }) => JSON.stringify(properties['ResourcePolicy']));
  expect(fenced.some((text) => text.includes(idOf('vpc', 'f')))).toBe(true);
  for (const text of fenced) expect(text).not.toMatch(new RegExp(`${idOf('vpc', 'a')}|${idOf('vpc', 'b')}`));
});

test('a move changes the function, the policy and a tag, and no id', () => {
  const [before, after] = [stacksOf(two), stacksOf(two, payments({ network: 'data' }))];
  expect(rotationOf(after).template).toEqual(rotationOf(before).template);
  expect(Object.keys(secretsOf(after).template.Resources)).toEqual(Object.keys(secretsOf(before).template.Resources));
});

test('an environment whose secrets all name a network may have no default one', () => {
  const stacks = stacksOf(inProd(`    networks: { data: ${network('b')} }\n`), payments({ network: 'data' }));
  const functions = functionsOf(stacks);
  expect(functions.map(({ properties }) => properties['FunctionName'])).toEqual([
    'strongroom-prod-rotation-postgres-data',
  ]);
});

test('the alarm of a function counts the sweeps of that function', () => {
  const alarms = resourcesOfType(rotationOf(stacksOf(two)), 'AWS::CloudWatch::Alarm').filter(({ properties }) =>
    String(properties['AlarmName']).endsWith('-sweep'),
  );
  const dimensions = [
    { Name: 'engine', Value: 'postgres' },
    { Name: 'environment', Value: 'prod' },
  ];
  expect(
    Object.fromEntries(alarms.map(({ properties }) => [properties['AlarmName'], properties['Dimensions']])),
  ).toEqual({
    'strongroom-prod-rotation-postgres-sweep': dimensions,
    'strongroom-prod-rotation-postgres-data-sweep': [...dimensions, { Name: 'network', Value: 'data' }],
  });
});

const appWithoutBundling = (): App => new App({ context: { 'aws:cdk:bundling-stacks': [] } });
const env = { account: '444455556666', region: 'eu-west-1' };
const rotationIn = (stack: Stack, id: string, props: Partial<ConstructorParameters<typeof DatabaseRotation>[2]> = {}) =>
  new DatabaseRotation(stack, id, {
    environment: 'prod',
    engine: 'postgres',
    encryptionKeys: [Alias.fromAliasName(stack, `${id}Key`, 'alias/strongroom/prod/standard')],
    ...props,
  });

test('a construct takes a VPC for each network, and serves every secret of its own', () => {
  const stack = new Stack(appWithoutBundling(), 'Stack', { env });
  const vpcs = ['a', 'b'].map((digit) =>
    Vpc.fromVpcAttributes(stack, `Vpc${digit}`, {
      vpcId: idOf('vpc', digit),
      availabilityZones: ['eu-west-1a'],
      privateSubnetIds: [idOf('subnet', digit)],
    }),
  );
  const own = rotationIn(stack, 'Own', { vpc: vpcs[0]! });
  const data = rotationIn(stack, 'Data', { network: 'data', vpc: vpcs[1]! });
  for (const [name, rotation] of [
    ['orders-db', own],
    ['stock-db', own],
    ['warehouse-db', data],
  ] as const) {
    const secret = new ManagedSecret(stack, name, {
      environment: 'prod',
      application: 'payments',
      name,
      class: 'database',
      owner: 'team',
      contact: 'oncall',
      encryptionKey: Alias.fromAliasName(stack, `${name}Key`, 'alias/strongroom/prod/standard'),
      database: { engine: 'postgres', host: { name: `${name}.acme.example` }, dbname: 'app', username: 'app' },
    });
    rotation.addSchedule(secret, {
      strategy: 'single-user',
      schedule: { expression: 'rate(7 days)' },
      admin: { managedBy: 'rds' },
    });
  }
  const template = synthesisedStack(stack);
  const functions = resourcesOfType(template, 'AWS::Lambda::Function').filter(({ properties }) =>
    String(properties['FunctionName']).includes('-rotation-'),
  );
  expect(functions.map(({ properties }) => properties['FunctionName'])).toEqual(
    expect.arrayContaining(['strongroom-prod-rotation-postgres', 'strongroom-prod-rotation-postgres-data']),
  );
  const named = resourcesOfType(template, 'AWS::SecretsManager::RotationSchedule').map(
    ({ properties }) => /rotation-postgres[a-z-]*/.exec(JSON.stringify(properties['RotationLambdaARN']))![0],
  );
  expect(named.sort()).toEqual(['rotation-postgres', 'rotation-postgres', 'rotation-postgres-data']);
});

test.each([
  [
    'of the same network twice',
    { network: 'data' },
    'makes the function strongroom-prod-rotation-postgres-data, which is that of Stack/Data too',
  ],
  ['with a name that AWS does not take', { network: 'Data' }, 'network can\'t be "Data"'],
  ['with a name that is too long', { network: 'n'.repeat(32) }, 'of 66 characters, and AWS takes 64'],
])('a construct is refused %s', (_what, props, message) => {
  const stack = new Stack(appWithoutBundling(), 'Stack', { env });
  rotationIn(stack, 'Own');
  rotationIn(stack, 'Data', { network: 'data' });
  expect(() => rotationIn(stack, 'Again', props)).toThrow(message);
  expect(() => rotationIn(stack, 'Default', { network: 'default' })).toThrow('which is that of Stack/Own too');
});

test('a construct is refused in a VPC of another account', () => {
  const app = appWithoutBundling();
  const stack = new Stack(app, 'Stack', { env });
  const other = new Stack(app, 'Other', { env: { ...env, account: '111122223333' } });
  const vpc: IVpc = new Vpc(other, 'Vpc') as IVpc;
  expect(() => rotationIn(stack, 'Rotation', { vpc })).toThrow(
    'vpc is in 111122223333/eu-west-1, and the function in 444455556666/eu-west-1',
  );
});
