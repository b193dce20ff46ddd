import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';

import { handovers } from '../../../lib/reader-policies/handover.ts';
import { accessChanges, accessRows } from '../../../lib/access/index.ts';
import { type Catalog } from '../../../lib/model/index.ts';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { catalogFolder, organisationYaml, today } from '../../_helpers/catalog-folder.ts';

const catalogOf = (readers: readonly string[]): Catalog => {
  const payments = {
    application: 'payments',
    owner: 'team-payments',
    contact: 'oncall',
    environments: ['prod'],
    consumers: { api: { runsOn: 'ecs' } },
    secrets: {
      'orders-db': {
        class: 'database',
        engine: 'postgres',
        host: { rds: 'orders' },
        dbname: 'orders',
        username: 'payments_app',
        readers: ['api'],
        pendingReaders: ['api'],
        rotation: { admin: { managedBy: 'rds' } },
        ...(readers.length > 0 && { sharedWith: { billing: readers } }),
      },
    },
  };
  const billing = {
    application: 'billing',
    owner: 'team-billing',
    contact: 'oncall',
    environments: ['prod'],
    consumers: { api: { runsOn: 'lambda' }, batch: { runsOn: 'lambda' }, people: { permissionSet: 'Support' } },
    secrets: { invoice: { class: 'generic', readers: ['api'] } },
    ...(readers.length > 0 && { uses: { orders: { application: 'payments', secret: 'orders-db', readers } } }),
  };
  const files = { 'payments.yaml': stringify(payments), 'billing.yaml': stringify(billing) };
  return loadCatalog(catalogFolder({ 'organisation.yaml': organisationYaml, ...files }), { today });
};

describe('access to a shared secret', () => {
  it('has a row for each reader of another application, which may read it and nothing more', () => {
    const rows = accessRows(catalogOf(['api']), { environment: 'prod', application: 'payments' });
    expect(rows.filter(({ who }) => who.endsWith(' of billing'))).toEqual([
      expect.objectContaining({
        application: 'payments',
        secret: 'prod/payments/orders-db',
        who: 'consumer api of billing',
        may: ['read'],
        role: 'arn:aws:iam::444455556666:role/prod-billing-api',
        through: expect.stringMatching(/, shared by payments$/) as string,
      }),
    ]);
  });

  it('is shown for the application that reads, without what others may do with the secret', () => {
    const rows = accessRows(catalogOf(['api']), { environment: 'prod', application: 'billing' });
    expect(rows.filter(({ application }) => application === 'payments').map(({ who }) => who)).toEqual([
      'consumer api of billing',
    ]);
  });

  it('is told as wider where sharing is added, and as narrower where it is removed', () => {
    const added = accessChanges(catalogOf([]), catalogOf(['api']));
    expect(added.map(({ effect, text }) => [effect, text])).toEqual([
      ['widens', 'prod: consumer api of billing may now read prod/payments/orders-db'],
    ]);
    const removed = accessChanges(catalogOf(['api', 'batch']), catalogOf(['api']));
    expect(removed.map((change) => change.text)).toEqual([
      'prod: consumer batch of billing may no longer read prod/payments/orders-db',
    ]);
  });

  it('is handed over to people of the other application', () => {
    const [handover] = handovers(catalogOf(['people']));
    expect(handover!.readers).toEqual([expect.objectContaining({ secrets: ['prod/payments/orders-db'] })]);
    expect(JSON.stringify(handover!.policies)).toContain(
      'arn:aws:secretsmanager:eu-west-1:444455556666:secret:prod/payments/orders-db-??????',
    );
  });
});
