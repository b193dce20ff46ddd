/** A small organisation in which every fence stands, and what the matrix says of it: for sources that were made wrong. */
import type { Application, Catalog, Secret } from '../../../../lib/model/catalog.ts';
import { consumerRoleName } from '../../../../lib/contract/index.ts';
import { foreignAccount } from './cells.ts';
import { compare } from './compare.ts';
import { customRotation, environmentWith, plainSecret } from './organisations.ts';
import { compareRegions } from './regions.ts';
import { synthesisePolicies } from './synthesise.ts';
import { compareTrust } from './trust.ts';

/** Sentences on what differs; none where all is as the catalog says. */
export const probe = (): readonly string[] => {
  const stacks = synthesisePolicies(catalog, placement);
  const others = [...compareTrust(catalog, stacks).differences, ...compareRegions(catalog, stacks)];
  if (others.length > 0) return others;
  const { differences } = compare(catalog, stacks, { seed: 1, bound: Infinity, untilWidened: true });
  return differences;
};

const account = '111122223333';

const ordersDb = (environment: string): Secret => ({
  ...plainSecret(environment, 'payments', 'orders-db'),
  class: 'database',
  readers: ['api', 'partner', 'ci', 'cache'],
  pendingReaders: ['api'],
  // One environment is enough, and half of the cells.
  ...(environment === 'prod' && {
    replicas: ['eu-central-1'],
    sharedWith: [{ application: 'shop', readers: ['batch'] }],
  }),
  database: { engine: 'postgres', host: { name: 'db.example.com' }, port: 5432, dbname: 'orders', username: 'orders' },
  rotation: {
    kind: 'automatic',
    // Its function is beside that of the default network.
    ...(environment === 'prod' && { network: 'data' }),
    strategy: 'alternating-users',
    everyHours: 168,
    schedule: { expression: 'rate(7 days)' },
    graceHours: 24,
  },
});

/** Under a name that begins as none of the environment does. */
const namedApart: Secret = {
  ...ordersDb('prod'),
  name: 'broker',
  fullName: 'AmazonMSK_broker',
  readers: ['worker'],
  pendingReaders: [],
  sharedWith: [],
};

const payments = (environment: string): Application => {
  const made = (name: string) => ({ name, roleName: consumerRoleName(environment, 'payments', name) });
  return {
    name: 'payments',
    owner: 'team',
    contact: { name: 'oncall', email: 'oncall@example.com' },
    consumers: [
      { ...made('api'), runsOn: 'lambda' },
      { ...made('worker'), runsOn: 'ecs' },
      { ...made('cache'), runsOn: 'ecs', reads: 'by-version' },
      {
        ...made('ci'),
        runsOn: 'github',
        federation: {
          issuer: 'token.actions.githubusercontent.com',
          audience: 'sts.amazonaws.com',
          subject: 'repo:northwind/shop:environment:production',
        },
      },
      { name: 'partner', account: foreignAccount, roleArn: `arn:aws:iam::${foreignAccount}:role/partner` },
      { name: 'people', permissionSet: 'payments-support' },
    ],
    secrets: [
      ordersDb(environment),
      ...(environment === 'prod' ? [namedApart] : []),
      { ...plainSecret(environment, 'payments', 'stripe-key'), value: 'supplied', readers: ['worker', 'people'] },
    ],
    file: 'payments.yaml',
  };
};

/**
 * In two stacks, the second with a role that exists already and an adopted secret. `batch` and `bat` log in to so many
 * databases that they read by tags; `batch` reads a secret of payments, too.
 */
const shop = (environment: string): Application => {
  const of = (name: string, readers: readonly string[]): Secret => ({
    ...plainSecret(environment, 'shop', name),
    readers,
  });
  return {
    name: 'shop',
    owner: 'team',
    contact: { name: 'oncall', email: 'oncall@example.com' },
    consumers: [
      { name: 'batch', runsOn: 'lambda', roleName: consumerRoleName(environment, 'shop', 'batch') },
      { name: 'bat', runsOn: 'lambda', roleName: consumerRoleName(environment, 'shop', 'bat') },
      { name: 'report', roleArn: `arn:aws:iam::${account}:role/report` },
    ],
    secrets: [
      { ...of('cart', ['batch']), rotation: customRotation(account, 'rotate-keys') },
      of('session', ['bat', 'report']),
      {
        ...of('legacy', ['report']),
        fullName: 'legacy/shop/token',
        value: 'supplied',
        adopted: {
          arn: `arn:aws:secretsmanager:eu-west-1:${account}:secret:legacy/shop/token-GhIjKl`,
          keyArn: `arn:aws:kms:eu-west-1:${account}:key/11111111-2222-4333-8444-555555555555`,
        },
      },
    ],
    uses: [{ name: 'orders', application: 'payments', secret: ordersDb(environment), readers: ['batch'] }],
    iamDatabases: Array.from({ length: 80 }, (_, index) => ({
      name: `orders-${index}`,
      engine: 'postgres',
      host: `orders-${index}.example.com`,
      port: 5432,
      dbname: 'orders',
      username: 'shop',
      resourceId: `db-ABCDEFGHIJKLMNOPQRST${index}`,
      readers: ['batch', 'bat'],
    })),
    file: 'shop.yaml',
  };
};

const placement = { shop: { cart: 1, session: 2, legacy: 2 } };

/** Two environments in one account: nothing but the policies keeps them apart. */
const catalog: Catalog = {
  organisation: 'probe',
  environments: ['dev', 'prod'].map((name) => ({
    ...environmentWith(name, account, [payments(name), ...(name === 'prod' ? [shop(name)] : [])], {
      organizationId: 'o-a1b2c3d4e5',
      vpcEndpoints: ['vpce-0aaaaaaaaaaaaaaa1'],
      vpcs: ['vpc-0aaaaaaaaaaaaaaa1'],
      byTag: 'auto',
    }),
    ...(name === 'prod' && { networks: [{ name: 'data' }] }),
  })),
};
