/** A CDK app of a user: a catalog, and a stack that uses the constructs without it. The tests run it outside of the clone. */
import { App, Stack } from 'aws-cdk-lib';
import {
  AlertKey,
  AlertTopic,
  Consumer,
  DatabaseRotation,
  EncryptionKey,
  ManagedSecret,
  addEnvironments,
  loadCatalog,
  loadPlacement,
} from 'strongroom';

const app = new App();
const catalog = loadCatalog('catalog');
addEnvironments(app, catalog, loadPlacement('catalog', catalog));

const environment = 'lab';
const stack = new Stack(app, 'Lab', { env: { account: '444455556666', region: 'eu-west-1' } });
const { key } = new EncryptionKey(stack, 'Key', { environment });
const { topic } = new AlertTopic(stack, 'Oncall', {
  environment,
  contact: { name: 'lab-oncall', email: 'lab-oncall@example.com' },
  encryptionKey: new AlertKey(stack, 'AlertKey', { environment }).key,
});
const ordersDb = new ManagedSecret(stack, 'OrdersDb', {
  environment,
  application: 'lab',
  name: 'orders-db',
  class: 'database',
  owner: 'team-lab',
  contact: 'lab-oncall',
  encryptionKey: key,
  database: { engine: 'mysql', host: { rds: 'orders' }, dbname: 'orders', username: 'lab_orders' },
});
ordersDb.grantRead(new Consumer(stack, 'Api', { environment, application: 'lab', name: 'api', runsOn: 'ecs' }));
const rotation = new DatabaseRotation(stack, 'Rotation', {
  environment,
  engine: 'mysql',
  encryptionKeys: [key],
  alertTopic: topic,
  certificateAuthorities: process.env['AUTHORITY'] ?? '',
});
rotation.addSchedule(ordersDb, {
  strategy: 'single-user',
  schedule: { expression: 'cron(0 2 ? * SUN *)', duration: '2h' },
  admin: { managedBy: 'rds' },
  alertTopic: topic,
});
app.synth();
