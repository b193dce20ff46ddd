import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { loadCatalog } from '../../../lib/catalog/index.ts';
import { today } from '../../_helpers/catalog-folder.ts';

const catalog = loadCatalog(fileURLToPath(new URL('../../../catalog', import.meta.url)), { today });

describe('the example catalog', () => {
  it('has two environments with two applications each', () => {
    expect(
      catalog.environments.map(({ name, account, region, applications }) => [
        name,
        account,
        region,
        applications.map((application) => application.name),
      ]),
    ).toEqual([
      ['dev', '111122223333', 'eu-west-1', ['payments', 'storefront']],
      ['prod', '444455556666', 'eu-west-1', ['payments', 'storefront']],
    ]);
  });

  it('deploys without changes: Strongroom creates every role', () => {
    const consumers = catalog.environments.flatMap(({ applications }) => applications.flatMap((one) => one.consumers));
    expect(consumers.length).toBeGreaterThan(0);
    expect(consumers.filter((consumer) => 'roleArn' in consumer)).toEqual([]);
  });

  it('has a consumer of each kind that most organisations have, and people in prod alone', () => {
    const kinds = catalog.environments.map(({ name, applications }) => [
      name,
      applications.flatMap(({ consumers }) =>
        consumers.map((consumer) => ('runsOn' in consumer ? consumer.runsOn : Object.keys(consumer).join())).sort(),
      ),
    ]);
    expect(kinds).toEqual([
      ['dev', ['ecs', 'lambda', 'ecs', 'eks-irsa', 'github']],
      ['prod', ['ecs', 'lambda', 'name,permissionSet', 'ecs', 'eks-irsa', 'github']],
    ]);
  });

  it('trusts another environment of GitHub and another cluster in each environment', () => {
    const [dev, prod] = catalog.environments.map(({ applications }) =>
      applications[1]!.consumers.flatMap((one) =>
        'federation' in one ? [`${one.federation.issuer} ${one.federation.subject}`] : [],
      ),
    ) as [string[], string[]];
    expect([dev.length, prod.length]).toEqual([2, 2]);
    expect(dev.filter((word) => prod.includes(word))).toEqual([]);
  });

  it('keeps a copy of one secret in another region, in prod alone', () => {
    const replicas = catalog.environments.map(({ applications }) =>
      applications.flatMap(({ secrets }) =>
        secrets.flatMap(({ fullName, replicas: regions }) => (regions ? [[fullName, ...regions]] : [])),
      ),
    );
    expect(replicas).toEqual([[], [['prod/payments/stripe-key', 'eu-central-1']]]);
  });

  it('has a database without a secret, another server in each environment', () => {
    const databases = catalog.environments.map(({ applications }) => applications[0]!.iamDatabases ?? []);
    expect(databases.map((here) => here.map(({ name }) => name))).toEqual([['ledger-db'], ['ledger-db']]);
    expect(databases[0]![0]!.resourceId).not.toBe(databases[1]![0]!.resourceId);
  });

  it('has a second user of the same database, whose passwords never change while they are in use', () => {
    for (const { applications } of catalog.environments) {
      expect(applications[1]!.secrets.at(-1)).toMatchObject({
        name: 'orders-view',
        database: { engine: 'postgres', host: { rds: 'orders' }, username: 'storefront_app' },
        rotation: { strategy: 'alternating-users', graceHours: 24, admin: { managedBy: 'rds' } },
      });
    }
  });

  it('has a database whose user the first rotation makes, with a password that nobody types', () => {
    for (const { applications } of catalog.environments) {
      expect(applications[0]!.secrets[0]).toMatchObject({
        name: 'orders-db',
        value: 'generated',
        readers: ['api', 'settlement'],
        database: { engine: 'postgres', host: { rds: 'orders' }, dbname: 'orders', username: 'payments_app' },
        rotation: {
          kind: 'automatic',
          strategy: 'single-user',
          admin: { managedBy: 'rds' },
          provision: { grants: { public: 'read-write' } },
        },
      });
    }
  });
});
