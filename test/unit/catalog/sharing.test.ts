import { describe, expect, it } from 'vitest';

import { loadCatalog } from '../../../lib/catalog/index.ts';
import {
  catalogFolder,
  ordersDb,
  organisationYaml,
  paymentsHead,
  problemsOf,
  today,
} from '../../_helpers/catalog-folder.ts';

const shared = (
  lines = '    sharedWith: { billing: [api] }\n',
): string => `${paymentsHead}${ordersDb}${lines}    rotation: { admin: { managedBy: rds } }
`;

const billing = (uses: string, more = ''): string => `application: billing
owner: team-billing
contact: oncall
${more}consumers:
  api: { runsOn: lambda }
  worker: { runsOn: ecs }
secrets:
  invoice: { class: generic, readers: [api] }
${uses}`;

const uses = `uses:
  orders: { application: payments, secret: orders-db, readers: [api] }
`;

const files = (payments: string, other: string) => ({
  'organisation.yaml': organisationYaml,
  'payments.yaml': payments,
  'billing.yaml': other,
});

describe('a secret that two applications share', () => {
  it('is in both of them, in each environment', () => {
    const catalog = loadCatalog(catalogFolder(files(shared(), billing(uses))), { today });
    for (const environment of catalog.environments) {
      const [other, payments] = environment.applications;
      expect(payments!.secrets[0]!.sharedWith).toEqual([{ application: 'billing', readers: ['api'] }]);
      expect(other!.uses).toEqual([
        { name: 'orders', application: 'payments', secret: payments!.secrets[0], readers: ['api'] },
      ]);
    }
  });

  it.each([
    [
      'that the reader does not use',
      shared(),
      billing(''),
      'payments.yaml:15:29 secrets.orders-db.sharedWith.billing[0] must be agreed by the owner of billing (got api): billing.yaml:1:1 has no use of the secret in dev and prod; ' +
        'write orders-db: { application: payments, secret: orders-db, readers: [api] } under uses there',
    ],
    [
      'that the reader uses with another consumer',
      shared('    sharedWith: { billing: [api, worker] }\n'),
      billing(uses),
      'payments.yaml:15:34 secrets.orders-db.sharedWith.billing[1] must be agreed by the owner of billing (got worker): billing.yaml:10:3 does not name it in dev and prod; ' +
        'write readers: [api, worker] there',
    ],
    [
      'that its owner does not share',
      shared(''),
      billing(uses),
      'billing.yaml:10:65 uses.orders.readers[0] must be agreed by the owner of payments (got api): payments.yaml:8:3 does not share orders-db with it in dev and prod; ' +
        'write billing: [api] under sharedWith there',
    ],
    [
      'that its owner shares with another consumer',
      shared('    sharedWith: { billing: [worker] }\n'),
      billing(uses.replace('[api]', '[api, worker]')),
      'billing.yaml:10:65 uses.orders.readers[0] must be agreed by the owner of payments (got api): payments.yaml:8:3 does not share orders-db with it in dev and prod; ' +
        'write billing: [worker, api] under sharedWith there',
    ],
  ])('%s is refused, with both places', (_what, payments, other, problem) => {
    expect(problemsOf(files(payments, other))).toEqual([problem]);
  });

  it('in one environment alone is refused where the other application uses it in all', () => {
    const payments = `${shared('')}overrides:
  prod: { secrets: { orders-db: { sharedWith: { billing: [api] } } } }
`;
    expect(problemsOf(files(payments, billing(uses)))).toEqual([
      expect.stringContaining('does not share orders-db with it in dev; write billing: [api]') as string,
    ]);
    const override = billing(`overrides:
  prod: { uses: { orders: { application: payments, secret: orders-db, readers: [api] } } }
`);
    const [dev, prod] = loadCatalog(catalogFolder(files(payments, override)), { today }).environments;
    expect(dev!.applications[0]!.uses).toBeUndefined();
    expect(prod!.applications[0]!.uses).toHaveLength(1);
  });

  it.each([
    ['an application', shared('    sharedWith: { biling: [api] }\n'), '(got biling); did you mean billing?'],
    ['a consumer', shared('    sharedWith: { billing: [aip] }\n'), 'at billing.yaml:4:1 (got aip); did you mean api?'],
  ])('by an unknown name of %s gets the nearest one', (_what, payments, problem) => {
    expect(problemsOf(files(payments, billing('')))).toEqual([expect.stringContaining(problem) as string]);
  });

  it.each([
    ['application: payments', 'application: payment', '(got payment); did you mean payments?'],
    ['secret: orders-db', 'secret: order-db', 'at payments.yaml:7:1 (got order-db); did you mean orders-db?'],
    ['readers: [api]', 'readers: [aip]', 'must be a consumer of this file (got aip); did you mean api?'],
  ])('is used with %s written as %s and gets the nearest name', (right, wrong, problem) => {
    expect(problemsOf(files(shared(''), billing(uses.replace(right, wrong))))).toEqual([
      expect.stringContaining(problem) as string,
    ]);
  });

  it('within one application is refused on both sides', () => {
    const own = `${shared('    sharedWith: { payments: [report] }\n')}uses:
  own: { application: payments, secret: orders-db, readers: [report] }
`;
    expect(problemsOf(files(own, billing('')))).toEqual([
      'payments.yaml:15:19 secrets.orders-db.sharedWith.payments must be another application (got payments); write its consumers under readers of secrets.orders-db',
      'payments.yaml:18:23 uses.own.application must be another application (got payments); write the consumers under readers of secrets.orders-db',
    ]);
  });

  it('with an application that is not in the environment is refused', () => {
    expect(problemsOf(files(shared(), billing(uses, 'environments: [prod]\n')))).toEqual([
      'payments.yaml:15:19 secrets.orders-db.sharedWith.billing must be in dev too (got billing, which is in prod alone): ' +
        'a secret is shared within an environment; write this under overrides, for the environments in which both are',
    ]);
  });

  it('with a role of another account is refused', () => {
    const organisation = organisationYaml.replaceAll(
      '    breakGlass:',
      '    fences: { organization: o-a1b2c3d4e5 }\n    breakGlass:',
    );
    const partner = billing(uses).replace('api: { runsOn: lambda }', "api: { role: partner, account: '777788889999' }");
    expect(problemsOf({ ...files(shared(), partner), 'organisation.yaml': organisation })).toEqual([
      'billing.yaml:10:65 uses.orders.readers[0] must not be of another account (got api, of account 777788889999): ' +
        'a secret is shared within an account; write a consumer with a role of the environment’s own account',
    ]);
  });

  it('is refused where the name of the use is taken, and where two uses are of one secret', () => {
    const twice = `uses:
  invoice: { application: payments, secret: orders-db, readers: [api] }
  orders: { application: payments, secret: orders-db, readers: [worker] }
`;
    expect(problemsOf(files(shared(), billing(twice)))).toEqual([
      'billing.yaml:10:3 uses.invoice must not be the name of a secret of this file (got invoice); write another name',
      'billing.yaml:11:3 uses.orders is the same secret as uses.invoice (got orders-db of payments); write its readers there',
    ]);
  });

  it('is not a database with access: iam', () => {
    const iam = `${paymentsHead}  orders-db:
    class: database
    engine: postgres
    host: orders.c1a2b3.eu-west-1.rds.amazonaws.com
    resourceId: db-ABCDEFGHIJKL01234
    access: iam
    dbname: orders
    username: payments_app
    readers: [api]
    sharedWith: { billing: [api] }
`;
    expect(problemsOf(files(iam, billing(uses)))).toEqual([
      expect.stringContaining(
        'uses.orders.secret must not be a database with access: iam (got orders-db, at payments.yaml:8:3)',
      ) as string,
      expect.stringContaining('secrets.orders-db.sharedWith must be left out with access: iam') as string,
    ]);
  });

  it('says nothing of agreement where the other file can not be read', () => {
    const problems = problemsOf(files(shared(), 'application: [billing\n'));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain('billing.yaml');
  });
});
