/** A stack of its own for the test of one construct, and the keys and secrets that most of them need. */
import { App, Stack } from 'aws-cdk-lib';
import { Alias, type IAlias } from 'aws-cdk-lib/aws-kms';
import { ManagedSecret, type DatabaseTarget, type ManagedSecretProps } from '../../lib/index.ts';
import { cdkContext } from './example-app.ts';

export const account = '444455556666';
export const region = 'eu-west-1';

/** @param env - leave out for a stack that fits any account and region. */
export const constructStack = (env: { account?: string; region?: string } = { account, region }): Stack =>
  new Stack(new App({ context: { ...cdkContext(), 'aws:cdk:bundling-stacks': [] } }), 'Test', { env });

/** A key that another stack owns; the same one each time. */
export const aliasKey = (stack: Stack, sensitivity = 'standard'): IAlias => {
  const keys = keysOf.get(stack) ?? new Map<string, IAlias>();
  keysOf.set(stack, keys);
  const key =
    keys.get(sensitivity) ?? Alias.fromAliasName(stack, `Key-${sensitivity}`, `alias/strongroom/prod/${sensitivity}`);
  keys.set(sensitivity, key);
  return key;
};

const keysOf = new WeakMap<Stack, Map<string, IAlias>>();

const ordersDatabase: DatabaseTarget = {
  engine: 'postgres',
  host: { rds: 'orders' },
  dbname: 'orders',
  username: 'payments_orders',
};

/** @property database - `null` leaves it out. */
export type SecretChange = Partial<Omit<ManagedSecretProps, 'database'>> & { database?: DatabaseTarget | null };

/** A database secret of the application `payments` in `prod`. */
export const databaseSecret = (stack: Stack, { database, ...change }: SecretChange = {}): ManagedSecret =>
  new ManagedSecret(stack, `Secret-${change.name ?? 'orders-db'}`, {
    environment: 'prod',
    application: 'payments',
    name: 'orders-db',
    class: 'database',
    owner: 'team-payments',
    contact: 'payments-oncall',
    encryptionKey: change.encryptionKey ?? aliasKey(stack),
    ...(database !== null && { database: database ?? ordersDatabase }),
    ...change,
  });
