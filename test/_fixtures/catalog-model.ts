/** A catalog as `loadCatalog` would give it: two environments, two applications, every kind of secret that deploys. */
import type { Application, Catalog, EnvironmentCatalog } from '../../lib/model/catalog.ts';
import { consumerRoleName, type DestinationSettings, secretName } from '../../lib/contract/index.ts';

const paymentsOncall = { name: 'payments-oncall', email: 'payments-oncall@example.com' };
const platformOncall = { name: 'platform-oncall', email: 'platform-oncall@example.com' };

export const splunk: DestinationSettings = {
  name: 'siem',
  type: 'splunk-hec',
  url: 'https://splunk.example.com:8088',
  index: 'aws_secrets',
  sourceType: 'ocsf:api_activity',
  view: 'ocsf',
  raw: false,
};

export const opensearch: DestinationSettings = {
  name: 'search',
  type: 'opensearch',
  url: 'https://search.example.com:9200',
  index: 'audit',
  login: 'password',
  view: 'ecs',
  events: ['GetSecretValue', 'Rotation*'],
  minimumSeverity: 'low',
  raw: true,
};

export const syslog: DestinationSettings = {
  name: 'syslog',
  type: 'syslog',
  host: 'syslog.example.com',
  port: 6514,
  facility: 13,
  clientCertificate: false,
  view: 'ocsf',
  raw: false,
};

export const securityLake: DestinationSettings = {
  name: 'lake',
  type: 'security-lake',
  bucket: 'aws-security-data-lake-eu-west-1-example',
  region: 'eu-west-1',
  prefix: 'ext/strongroom/1.0',
  role: 'arn:aws:iam::999900001111:role/AmazonSecurityLake-Provider-strongroom-eu-west-1',
  externalId: 'strongroom',
  view: 'ocsf',
  raw: false,
};

const payments = (environment: string, account: string): Application => ({
  name: 'payments',
  owner: 'team-payments',
  contact: paymentsOncall,
  file: 'catalog/payments.yaml',
  consumers: [
    { name: 'api', runsOn: 'ecs', roleName: consumerRoleName(environment, 'payments', 'api') },
    { name: 'report', roleArn: `arn:aws:iam::${account}:role/report` },
  ],
  secrets: [
    {
      name: 'orders-db',
      fullName: secretName(environment, 'payments', 'orders-db'),
      description: 'User of the orders database',
      class: 'database',
      sensitivity: 'standard',
      value: 'generated',
      readers: ['api', 'report'],
      database: { engine: 'postgres', host: { rds: 'orders' }, dbname: 'orders', username: 'payments_orders' },
      rotation: {
        kind: 'automatic',
        strategy: 'single-user',
        everyHours: 720,
        schedule: { expression: 'cron(0 2 ? * SUN *)', duration: '2h' },
        admin: { managedBy: 'rds' },
        provision: { grants: { public: 'read-write' } },
      },
    },
    {
      name: 'stripe-key',
      fullName: secretName(environment, 'payments', 'stripe-key'),
      class: 'api-key',
      sensitivity: 'high',
      value: 'supplied',
      readers: ['api'],
      rotation: { kind: 'manual' },
      exception: { reason: 'Stripe has no API to rotate it', approvedBy: 'security', until: '2027-03-31' },
    },
  ],
});

const logistics = (environment: string): Application => ({
  name: 'logistics',
  owner: 'team-logistics',
  contact: platformOncall,
  file: 'catalog/logistics.yaml',
  consumers: [
    { name: 'planner', runsOn: 'lambda', roleName: consumerRoleName(environment, 'logistics', 'planner') },
    { name: 'migrator', runsOn: 'lambda', roleName: consumerRoleName(environment, 'logistics', 'migrator') },
  ],
  secrets: [
    {
      name: 'routes-admin',
      fullName: secretName(environment, 'logistics', 'routes-admin'),
      class: 'database',
      sensitivity: 'high',
      value: 'supplied',
      readers: [],
      database: {
        engine: 'postgres',
        host: { name: 'routes.db.example.com' },
        port: 5432,
        dbname: 'routes',
        username: 'postgres',
      },
      rotation: { kind: 'manual' },
      exception: { reason: 'The hoster changes it', approvedBy: 'security', until: '2027-03-31' },
    },
    {
      name: 'routes-db',
      fullName: secretName(environment, 'logistics', 'routes-db'),
      class: 'database',
      sensitivity: 'standard',
      value: 'generated',
      readers: ['planner'],
      database: {
        engine: 'postgres',
        host: { name: 'routes.db.example.com' },
        port: 5432,
        dbname: 'routes',
        username: 'logistics_routes',
      },
      rotation: {
        kind: 'automatic',
        strategy: 'single-user',
        everyHours: 168,
        schedule: { expression: 'rate(7 days)' },
        admin: { secret: 'routes-admin', fullName: secretName(environment, 'logistics', 'routes-admin') },
        provision: { grants: { public: 'read-write', audit: 'read-only' } },
      },
    },
    {
      name: 'label-signing',
      fullName: secretName(environment, 'logistics', 'label-signing'),
      class: 'signing-key',
      sensitivity: 'high',
      value: 'generated',
      readers: ['planner'],
      rotation: { kind: 'manual' },
    },
  ],
});

const environment = (name: string, account: string, network?: EnvironmentCatalog['network']): EnvironmentCatalog => ({
  name,
  account,
  region: 'eu-west-1',
  ...(network && { network }),
  breakGlass: [`arn:aws:iam::${account}:role/break-glass-1`, `arn:aws:iam::${account}:role/break-glass-2`],
  operators: [`arn:aws:iam::${account}:role/secrets-operator`],
  destinations: [splunk],
  contact: platformOncall,
  runbooks: 'https://git.example.com/strongroom/docs/runbooks',
  trail: 'create',
  applications: [payments(name, account), logistics(name)],
});

export const devAccount = '111122223333';
export const prodAccount = '444455556666';

export const exampleCatalog: Catalog = {
  organisation: 'example',
  environments: [
    environment('dev', devAccount),
    environment('prod', prodAccount, {
      vpc: 'vpc-0a1b2c3d4e5f60718',
      subnets: ['subnet-0a1b2c3d4e5f60718', 'subnet-0f1e2d3c4b5a69788'],
      securityGroups: ['sg-0a1b2c3d4e5f60718'],
    }),
  ],
};
