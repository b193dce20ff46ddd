/** A database, its secret and a reader that one app deploys: in one stack, and in several. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type App, Stack, type StackProps } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { type IVpc, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  AuroraPostgresEngineVersion,
  ClusterInstance,
  DatabaseCluster,
  DatabaseClusterEngine,
  DatabaseInstance,
  DatabaseInstanceEngine,
  PostgresEngineVersion,
} from 'aws-cdk-lib/aws-rds';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { Consumer, DatabaseRotation, type DatabaseTarget, EncryptionKey, ManagedSecret } from '../../../lib/index.ts';
import { appWithoutBundling } from '../../_helpers/example-app.ts';

const env: StackProps['env'] = { account: '444455556666', region: 'eu-west-1' };
const environment = 'prod';
const schedule = { expression: 'cron(0 2 ? * SUN *)', duration: '2h' };

// The checks of templates have tests of their own.
beforeAll(() => vi.stubEnv('CDK_VALIDATION', 'false'));
afterAll(() => vi.unstubAllEnvs());

let folder: string;
let app: App;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strongroom-synth-'));
  app = appWithoutBundling(folder);
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Names of stacks, the same for what is together. */
interface Layout {
  readonly database: string;
  readonly key: string;
  readonly rotation: string;
  readonly secret: string;
  readonly reader: string;
}

const layouts: Record<string, Layout> = {
  'one stack': { database: 'One', key: 'One', rotation: 'One', secret: 'One', reader: 'One' },
  'three stacks': { database: 'Data', key: 'Secrets', rotation: 'Secrets', secret: 'Secrets', reader: 'Service' },
  'a stack for each': { database: 'Data', key: 'Keys', rotation: 'Rotation', secret: 'Secrets', reader: 'Service' },
  'the database with its secret': {
    database: 'Data',
    key: 'Base',
    rotation: 'Base',
    secret: 'Data',
    reader: 'Service',
  },
  'the database with its reader': {
    database: 'Service',
    key: 'Base',
    rotation: 'Base',
    secret: 'Secrets',
    reader: 'Service',
  },
  'the rotation with the database': {
    database: 'Data',
    key: 'Data',
    rotation: 'Data',
    secret: 'Secrets',
    reader: 'Service',
  },
};

const stackNamed = (name: string): Stack => {
  const known = app.node.tryFindChild(name);
  return known instanceof Stack ? known : new Stack(app, name, { env });
};

type Database = DatabaseInstance | DatabaseCluster;
type Target = Pick<DatabaseTarget, 'host' | 'port'>;

const kinds: Record<string, (stack: Stack, vpc: IVpc) => { readonly database: Database; readonly target: Target }> = {
  'an instance by its identifier': (stack, vpc) => {
    const database = instanceIn(stack, vpc);
    return { database, target: { host: { rds: database.instanceIdentifier } } };
  },
  'an instance by its endpoint': (stack, vpc) => {
    const database = instanceIn(stack, vpc);
    const { hostname, port } = database.instanceEndpoint;
    return { database, target: { host: { name: hostname }, port } };
  },
  'a cluster by its identifier': (stack, vpc) => {
    const database = clusterIn(stack, vpc);
    return { database, target: { host: { rdsCluster: database.clusterIdentifier } } };
  },
};

const instanceIn = (stack: Stack, vpc: IVpc): DatabaseInstance =>
  new DatabaseInstance(stack, 'Orders', {
    engine: DatabaseInstanceEngine.postgres({ version: PostgresEngineVersion.VER_16 }),
    vpc,
    databaseName: 'orders',
  });

const clusterIn = (stack: Stack, vpc: IVpc): DatabaseCluster =>
  new DatabaseCluster(stack, 'Orders', {
    engine: DatabaseClusterEngine.auroraPostgres({ version: AuroraPostgresEngineVersion.VER_16_6 }),
    vpc,
    writer: ClusterInstance.serverlessV2('writer'),
  });

const readers: Record<string, (stack: Stack) => { readonly runsOn: 'ecs' } | { readonly role: Role }> = {
  'whose role Strongroom makes': () => ({ runsOn: 'ecs' }),
  'with a role that has a name': (stack) => ({ role: roleIn(stack, 'orders-api') }),
  'with a role that CloudFormation names': (stack) => ({ role: roleIn(stack) }),
};

const roleIn = (stack: Stack, roleName?: string): Role =>
  new Role(stack, 'TaskRole', {
    assumedBy: new ServicePrincipal('ecs-tasks.amazonaws.com'),
    ...(roleName !== undefined && { roleName, path: '/services/' }),
  });

/** Everything of an application, and what it is synthesised to. */
const synthesise = (layout: Layout, kind: keyof typeof kinds, reader: keyof typeof readers) => {
  const data = stackNamed(layout.database);
  const vpc = new Vpc(data, 'Vpc', { natGateways: 1 }) as IVpc;
  const { target, database } = kinds[kind]!(data, vpc);
  const { key } = new EncryptionKey(stackNamed(layout.key), 'Key', { environment });
  const rotationStack = stackNamed(layout.rotation);
  // The rotation would wait for the network of a stack that waits for the rotation.
  const inVpc = layout.rotation === layout.database || layout.secret !== layout.database;
  const rotation = new DatabaseRotation(rotationStack, 'Rotation', {
    environment,
    engine: 'postgres',
    encryptionKeys: [key],
    ...(inVpc && { vpc }),
  });
  const secret = new ManagedSecret(stackNamed(layout.secret), 'OrdersDb', {
    environment,
    application: 'payments',
    name: 'orders-db',
    class: 'database',
    owner: 'team-payments',
    contact: 'payments-oncall',
    encryptionKey: key,
    database: { engine: 'postgres', dbname: 'orders', username: 'payments_orders', ...target },
  });
  if (inVpc) rotation.connections.allowToDefaultPort(database);
  rotation.addSchedule(secret, { strategy: 'single-user', schedule, admin: { managedBy: 'rds' } });
  const service = stackNamed(layout.reader);
  const api = new Consumer(service, 'Api', {
    environment,
    application: 'payments',
    name: 'api',
    ...readers[reader]!(service),
  });
  secret.grantRead(api);
  const assembly = app.synth();
  const stackOf = (name: string) => {
    const artifact = assembly.getStackArtifact(name);
    const { dependencies } = artifact;
    return { template: Template.fromJSON(artifact.template as object), after: dependencies.map(({ id }) => id) };
  };
  return { stackOf, layout };
};

const all = Object.keys(layouts).flatMap((layout) =>
  Object.keys(kinds).flatMap((kind) => Object.keys(readers).map((reader) => [layout, kind, reader] as const)),
);

test.each(all)('%s, %s, a reader %s: synthesises, and the schedule waits for the database', (name, kind, reader) => {
  const layout = layouts[name]!;
  const { stackOf } = synthesise(layout, kind, reader);
  const { template, after } = stackOf(layout.secret);
  const [schedule] = Object.values(template.findResources('AWS::SecretsManager::RotationSchedule'));
  if (layout.secret === layout.database) {
    const instances = Object.keys(template.findResources('AWS::RDS::DBInstance'));
    expect(schedule?.['DependsOn']).toEqual(expect.arrayContaining(instances));
  } else {
    expect(after).toContain(layout.database);
  }
});

test.each(Object.keys(layouts))('%s: the connection facts of the secret come from the database', (name) => {
  const layout = layouts[name]!;
  const { template } = synthesise(layout, 'an instance by its endpoint', 'whose role Strongroom makes').stackOf(
    layout.secret,
  );
  const [secret] = Object.values(template.findResources('AWS::SecretsManager::Secret', hasOurName));
  const tags = (secret?.['Properties'] as { Tags: { Key: string; Value: unknown }[] }).Tags;
  const value = (key: string) => tags.find((tag) => tag.Key === key)?.Value;
  const from = (attribute: string) =>
    layout.secret === layout.database
      ? { 'Fn::GetAtt': [expect.stringMatching(/^Orders/), attribute] }
      : { 'Fn::GetStackOutput': expect.objectContaining({ StackName: layout.database }) as unknown };
  expect(value('strongroom:host')).toEqual(from('Endpoint.Address'));
  expect(value('strongroom:port')).toEqual(from('Endpoint.Port'));
  expect(value('strongroom:dbname')).toBe('orders');
});

const hasOurName = { Properties: { Name: 'prod/payments/orders-db' } };

test('a reader of another stack is named in the policy of the secret, and names the secret, without an export', () => {
  const { stackOf } = synthesise(
    layouts['three stacks']!,
    'an instance by its identifier',
    'with a role that has a name',
  );
  const secrets = stackOf('Secrets');
  const service = stackOf('Service');
  const [policy] = Object.values(secrets.template.findResources('AWS::SecretsManager::ResourcePolicy'));
  expect(JSON.stringify(policy)).toContain('arn:aws:iam::444455556666:role/services/orders-api');
  const [reading] = Object.values(service.template.findResources('AWS::IAM::ManagedPolicy'));
  expect(
    (reading?.['Properties'] as { PolicyDocument: { Statement: unknown[] } }).PolicyDocument.Statement[0],
  ).toMatchObject({
    Resource: 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:prod/payments/orders-db-??????',
  });
  expect(JSON.stringify(service.template.toJSON())).not.toContain('Fn::ImportValue');
});

test('the function may ask of the server that is deployed with the secret, by a policy in that stack', () => {
  const { stackOf } = synthesise(
    layouts['the database with its secret']!,
    'a cluster by its identifier',
    'whose role Strongroom makes',
  );
  const { template } = stackOf('Data');
  template.hasResourceProperties('AWS::IAM::ManagedPolicy', {
    Roles: ['strongroom-prod-rotation-postgres'],
    PolicyDocument: {
      Statement: Match.arrayWith([Match.objectLike({ Action: 'rds:DescribeDBClusters' })]),
    },
  });
  expect(stackOf('Base').after).not.toContain('Data');
});

test('a tag is checked as far as it is known', () => {
  const stack = stackNamed('One');
  const database = instanceIn(stack, new Vpc(stack, 'Vpc') as IVpc);
  const create = (id: string, name: string) => () =>
    new ManagedSecret(stack, id, {
      environment,
      application: 'payments',
      name: 'orders-db',
      class: 'database',
      owner: 'team-payments',
      contact: 'payments-oncall',
      encryptionKey: new EncryptionKey(stack, `Key${id}`, { environment }).key,
      database: { engine: 'postgres', host: { name }, dbname: 'orders', username: 'payments_orders' },
    });
  expect(create('Good', `proxy.${database.instanceEndpoint.hostname}`)).not.toThrow();
  expect(create('Bad', `proxy!${database.instanceEndpoint.hostname}`)).toThrow("The tag strongroom:host can't be");
});
