/** A CDK app of databases, their secrets and readers, in one stack and in several. What to make is in LAYOUTS. */
import { App, Stack } from 'aws-cdk-lib';
import { CfnDBInstance } from 'aws-cdk-lib/aws-rds';
import { Consumer, DatabaseRotation, EncryptionKey, ManagedSecret } from '../../../lib/index.ts';

/** Names of stacks, the same for what is together. */
export interface Layout {
  readonly database: string;
  readonly key: string;
  readonly rotation: string;
  readonly secret: string;
  readonly reader: string;
}

export interface LayoutsRequest {
  readonly account: string;
  readonly region: string;
  /** By the name of the environment. */
  readonly layouts: Readonly<Record<string, Layout>>;
}

const { account, region, layouts } = JSON.parse(process.env['LAYOUTS'] ?? '') as LayoutsRequest;
const app = new App();

const stackNamed = (environment: string, part: string): Stack => {
  const id = `${environment}-${part}`;
  const known = app.node.tryFindChild(id);
  return known instanceof Stack ? known : new Stack(app, id, { env: { account, region } });
};

for (const [environment, layout] of Object.entries(layouts)) {
  const stackOf = (part: keyof Layout): Stack => stackNamed(environment, layout[part]);
  const database = new CfnDBInstance(stackOf('database'), 'Orders', {
    dbInstanceIdentifier: `orders-${environment}`,
    dbInstanceClass: 'db.t4g.micro',
    engine: 'postgres',
    allocatedStorage: '20',
    masterUsername: 'postgres',
    manageMasterUserPassword: true,
  });
  const { key } = new EncryptionKey(stackOf('key'), 'Key', { environment });
  const rotation = new DatabaseRotation(stackOf('rotation'), 'Rotation', {
    environment,
    engine: 'postgres',
    encryptionKeys: [key],
  });
  const secret = new ManagedSecret(stackOf('secret'), 'OrdersDb', {
    environment,
    application: 'payments',
    name: 'orders-db',
    class: 'database',
    owner: 'team-payments',
    contact: 'payments-oncall',
    encryptionKey: key,
    database: { engine: 'postgres', host: { rds: database.ref }, dbname: 'orders', username: `app_${environment}` },
  });
  rotation.addSchedule(secret, {
    strategy: 'single-user',
    schedule: { expression: 'rate(30 days)' },
    admin: { managedBy: 'rds' },
    provision: { grants: { public: 'read-write' } },
  });
  secret.grantRead(
    new Consumer(stackOf('reader'), 'Api', { environment, application: 'payments', name: 'api', runsOn: 'ecs' }),
  );
}
