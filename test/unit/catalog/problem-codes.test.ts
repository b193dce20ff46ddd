import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { exampleValues } from '../../../cli/catalog/example-values.ts';
import { CatalogError, type CatalogProblem, type CatalogProblemCode, loadCatalog } from '../../../lib/catalog/index.ts';
import { missingFromIam, namedInIam } from '../../../lib/catalog/named-in-iam.ts';
import { locateProblems } from '../../../lib/catalog/source/late-problems.ts';
import { loadPlacement } from '../../../lib/placement/load-placement.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead, today } from '../../_helpers/catalog-folder.ts';

const managed = '    rotation: { admin: { managedBy: rds } }\n';
const payments = `${paymentsHead}${ordersDb}${managed}`;
const onlyDev = (text: string): string => text.replace('contact: oncall', 'contact: oncall\nenvironments: [dev]');
const inDev = onlyDev(payments);
const excused = '    exception: { reason: no API, approvedBy: security, until: 2027-01-31 }\n';
const lambda = 'arn:aws:lambda:eu-west-1:111122223333:function:rotate-stripe';
const rotator = 'arn:aws:iam::111122223333:role/rotate-stripe';
const adopted = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy/stripe-AbCdEf';

/** The catalog with other texts of its files. */
const files = (payments: string, organisation = organisationYaml, more: Record<string, string> = {}) => ({
  'organisation.yaml': organisation,
  'payments.yaml': payments,
  ...more,
});

const loading = (texts: Record<string, string | Uint8Array>, links: Record<string, string> = {}) => {
  const folder = catalogFolder(texts, links);
  return problemsOf(() => loadCatalog(folder, { today }));
};

const problemsOf = (act: () => unknown): readonly CatalogProblem[] => {
  try {
    act();
    return [];
  } catch (error) {
    if (error instanceof CatalogError) return error.problems;
    throw error;
  }
};

/** `payments.yaml` with another text in one place. */
const changed = (from: string | RegExp, to: string) => loading(files(replaced(payments, from, to)));
const inOrganisation = (from: string | RegExp, to: string, text = payments) =>
  loading(files(text, replaced(organisationYaml, from, to)));
const suppressedUntil = (until: string) =>
  inOrganisation(
    '    region: eu-west-1\n',
    `    region: eu-west-1\n    detections: { suppress: [{ rule: first-read, owner: team-payments, reason: a test, until: ${until} }] }\n`,
  );
/** With one more secret. */
const withSecret = (secret: string, head = payments) => loading(files(`${head}  one: ${secret}\n`));
const withRotation = (rotation: string, more = '') => loading(files(`${paymentsHead}${ordersDb}${rotation}${more}`));

const replaced = (text: string, from: string | RegExp, to: string): string => {
  const result = text.replace(from, to);
  if (result === text) throw new Error(`nothing to replace: ${String(from)}`);
  return result;
};

const uses = (use: string, share = ''): readonly CatalogProblem[] =>
  loading(
    files(`${paymentsHead}${ordersDb}${managed}${share}`, organisationYaml, {
      'billing.yaml':
        'application: billing\nowner: team-billing\ncontact: oncall\nconsumers: { api: { runsOn: lambda } }\n' +
        `secrets: { invoice: { class: generic, readers: [api] } }\nuses: { orders: ${use} }\n`,
    }),
  );

const manyContacts = (): readonly CatalogProblem[] => {
  const names = Array.from({ length: 150 }, (_, index) => `team-${index}`);
  const contacts = names.map((name) => `  ${name}: { email: ${name}@acme.example }\n`).join('');
  return loading({
    'organisation.yaml': organisationYaml.replace('contacts:\n', `contacts:\n${contacts}`),
    ...Object.fromEntries(
      names.map((name) => [
        `${name}.yaml`,
        `application: ${name}\nowner: ${name}\ncontact: ${name}\nenvironments: [dev]\n` +
          'consumers: { api: { runsOn: ecs } }\nsecrets: { key: { class: signing-key, readers: [api] } }\n',
      ]),
    ),
  });
};

const manySecrets = (count: number): string =>
  `${onlyDev(paymentsHead).replace('{ runsOn: ecs }', '{ role: legacy }')}${Array.from(
    { length: count },
    (_, index) => `  a-secret-with-a-rather-long-name-${index}: { class: signing-key, readers: [api] }\n`,
  ).join('')}`;

const chat = (): string =>
  organisationYaml.replace(
    'contact: oncall\n',
    '  chat: { slack: { workspace: T0123ABCD, channel: C0123ABCD } }\n  same: { slack: { workspace: T0123ABCD, channel: C0123ABCD } }\ncontact: chat\n',
  );

/** A wrong catalog for each code. */
const wrong: Readonly<Record<CatalogProblemCode, () => readonly CatalogProblem[]>> = {
  'folder-unreadable': () => problemsOf(() => loadCatalog('/no/such/folder')),
  'folder-empty': () => loading({}),
  'file-unreadable': () => {
    const folder = catalogFolder(files(payments));
    mkdirSync(join(folder, 'shop.yaml'));
    return problemsOf(() => loadCatalog(folder, { today }));
  },
  'file-outside': () => loading(files(payments), { 'shop.yaml': '/etc/hosts' }),
  'file-too-large': () => loading({ ...files(payments), 'shop.yaml': new Uint8Array(1024 * 1024 + 1).fill(35) }),
  'file-empty': () => loading(files('')),
  'file-misnamed': () => loading({ ...files(payments), 'organization.yaml': organisationYaml }),
  'organisation-missing': () => loading({ 'payments.yaml': payments }),
  'wrong-yaml': () => changed('readers: [api]', 'readers: [api'),
  'yaml-unclear': () => changed('readers: [api]', 'readers: *api'),
  'repeated-key': () => changed('owner: team-payments', 'owner: team-payments\nowner: team-payments'),
  'unknown-key': () => changed('owner:', 'ownr: team-payments\nowner:'),
  'key-not-possible': () => withSecret('{ class: generic, readers: [api], engine: postgres }'),
  'missing-key': () => changed('owner: team-payments\n', ''),
  'wrong-name': () => changed('orders-db:', 'Orders_db:'),
  'wrong-type': () => changed('readers: [api]', 'readers: { api: true }'),
  'wrong-value': () => changed('{ admin: { managedBy: rds } }', '{ every: 2h, admin: { managedBy: rds } }'),
  'value-not-possible': () => withSecret('{ class: tls-certificate, readers: [api], value: generated }'),
  'secret-in-catalog': () => changed('username: payments_app', 'username: payments_app\n    password: x'),
  'too-long': () => changed('username: payments_app', `username: ${'u'.repeat(64)}`),
  'unknown-application': () => uses('{ application: ledger, secret: orders-db, readers: [api] }'),
  'unknown-consumer': () => changed('readers: [api]', 'readers: [aip]'),
  'unknown-contact': () => changed('contact: oncall', 'contact: noc'),
  'unknown-environment': () => changed('contact: oncall', 'contact: oncall\nenvironments: [staging]'),
  'unknown-network': () => withRotation('    rotation: { network: shop, admin: { managedBy: rds } }\n'),
  'unknown-secret': () => withRotation('    rotation: { admin: orders-admin }\n'),
  'wrong-location': () => changed('{ runsOn: lambda }', '{ role: arn:aws:iam::999988887777:role/report }'),
  'wrong-file-name': () => changed('application: payments', 'application: shop'),
  'name-reserved': () =>
    loading({ 'organisation.yaml': organisationYaml, 'audit.yaml': payments.replace('payments', 'audit') }),
  'name-taken': () => loading(files(payments, organisationYaml, { 'shop.yaml': payments })),
  'name-ends-like-arn': () => changed('orders-db:', 'jwt-secret:'),
  'names-overlap': () =>
    inOrganisation(/ {2}prod:\n {4}account: '444455556666'/, "  dev-rotation-a:\n    account: '111122223333'"),
  'network-twice': () =>
    inOrganisation(
      'eu-west-1\n',
      'eu-west-1\n    network: { vpc: vpc-0a1b2c3d, subnets: [subnet-0a1b2c3d] }\n    networks: { default: none }\n',
    ),
  'nothing-declared': () => loading(files(paymentsHead.replace('secrets:', 'secrets: {}'))),
  'consumer-twice': () => changed('{ runsOn: lambda }', '{ role: one }\n  other: { role: one }'),
  'account-of-environment': () => changed('{ runsOn: lambda }', "{ account: '444455556666', role: report }"),
  'organization-missing': () => changed('{ runsOn: lambda }', "{ account: '999988887777', role: report }"),
  'role-taken': () => changed('{ runsOn: lambda }', '{ role: dev-payments-api }'),
  'reads-too-much': () => loading(files(manySecrets(260))),
  'reader-of-other-account': () =>
    loading(
      files(
        replaced(inDev, '{ runsOn: lambda }', "{ account: '999988887777', role: report }") +
          `  one: { class: generic, adopt: { arn: '${adopted}' }, readers: [report] }\n`,
        organisationYaml.replace('eu-west-1\n', 'eu-west-1\n    fences: { organization: o-a1b2c3d4e5 }\n'),
      ),
    ),
  'wrong-host': () => changed('engine: postgres', 'engine: mongo'),
  'wrong-resource-id': () =>
    withSecret(
      '{ class: database, access: iam, engine: postgres, host: orders.acme.example, dbname: o, username: o, resourceId: prx-0123456789abcdef, readers: [api] }',
    ),
  'wrong-username': () => changed('username: payments_app', 'username: pg_payments'),
  'user-taken': () => loading(files(`${payments}${ordersDb.replace('orders-db', 'orders-again')}${managed}`)),
  'tls-needed': () =>
    withSecret(
      '{ class: database, engine: elasticache, host: cache.acme.example, username: app, userId: app, readers: [api], tls: disable }',
    ),
  'admin-missing': () => withRotation('    rotation: { every: 7d }\n'),
  'admin-not-needed': () => withRotation('    rotation: { strategy: admin, admin: { managedBy: rds } }\n'),
  'admin-not-managed': () => changed('{ rds: orders }', 'orders.acme.example'),
  'wrong-admin': () => withRotation('    rotation: { admin: orders-db }\n'),
  'master-credential-taken': () =>
    loading(
      files(
        `${payments}${ordersDb.replace('orders-db', 'master').replace('payments_app', 'master')}    rotation: { strategy: admin }\n`,
      ),
    ),
  'provision-not-possible': () =>
    withRotation('    value: supplied\n    rotation: { provision: { grants: { public: read-only } } }\n'),
  'value-not-supplied': () => withSecretOfAdmin(),
  'value-not-generated': () =>
    withSecret('{ class: generic, value: supplied, readers: [api], generate: { length: 40 } }'),
  'text-too-weak': () => withSecret('{ class: generic, value: generated, readers: [api], generate: { length: 8 } }'),
  'not-with-adopt': () =>
    loading(files(`${inDev}  one: { class: generic, adopt: { arn: '${adopted}' }, name: two, readers: [api] }\n`)),
  'rotation-not-possible': () => withSecret('{ class: api-key, readers: [api], rotation: { every: 30d } }'),
  'strategy-not-possible': () => withRotation('    rotation: { strategy: dual-password, admin: { managedBy: rds } }\n'),
  'interval-not-possible': () =>
    withRotation('    rotation: { every: 1d, window: Sun 02:00-04:00 UTC, admin: { managedBy: rds } }\n'),
  'function-of-strongroom': () =>
    withFunction(
      `{ every: 30d, function: '${lambda.replace('rotate-stripe', 'strongroom-dev-rotation-postgres')}', role: '${rotator}' }`,
    ),
  'role-differs': () =>
    loading(
      files(
        `${inDev}${[rotator, `${rotator}-two`]
          .map(
            (role, index) =>
              `  key-${index}: { class: api-key, readers: [], rotation: { every: 30d, function: '${lambda}', role: '${role}' } }\n`,
          )
          .join('')}`,
      ),
    ),
  'weaker-than-class': () => withRotation('    rotation: manual\n    value: supplied\n'),
  'exception-ended': () => withRotation(managed, excused.replace('2027', '2026')),
  'suppression-ended': () => suppressedUntil('2026-11-20'),
  'suppression-too-long': () => suppressedUntil('2027-11-22'),
  'wrong-replica': () => withRotation(managed, '    replicas: [eu-west-1]\n'),
  'not-agreed': () => uses('{ application: payments, secret: orders-db, readers: [api] }'),
  'not-shareable': () =>
    uses(
      '{ application: payments, secret: one, readers: [api] }',
      '  one: { class: database, access: iam, engine: postgres, host: orders.acme.example, dbname: o, username: o, resourceId: db-ABCDEFGHIJKL, readers: [api] }\n',
    ),
  'own-application': () => uses('{ application: billing, secret: invoice, readers: [api] }'),
  'application-elsewhere': () =>
    loading(
      files(inDev, organisationYaml, {
        'billing.yaml':
          'application: billing\nowner: team-billing\ncontact: oncall\nenvironments: [prod]\nconsumers: { api: { runsOn: lambda } }\n' +
          'secrets: { invoice: { class: generic, readers: [api] } }\nuses: { orders: { application: payments, secret: orders-db, readers: [api] } }\n',
      }),
    ),
  'secret-twice': () =>
    uses(
      '{ application: payments, secret: orders-db, readers: [api] }, again: { application: payments, secret: orders-db, readers: [api] }',
      '    sharedWith: { billing: [api] }\n',
    ),
  'wrong-authorities': () => inOrganisation('eu-west-1\n', 'eu-west-1\n    certificateAuthorities: ca.pem\n'),
  'too-many-contacts': manyContacts,
  'chat-not-possible': () => loading(files(payments, chat().replaceAll('eu-west-1', 'us-gov-west-1'))),
  'channel-twice': () => loading(files(payments.replace('contact: oncall', 'contact: same'), chat())),
  'not-placed': () => {
    const folder = catalogFolder(
      files(
        `${onlyDev(paymentsHead)}${Array.from({ length: 61 }, (_, index) => `  key-${index}x: { class: signing-key, readers: [api] }\n`).join('')}`,
      ),
    );
    return problemsOf(() => loadPlacement(folder, loadCatalog(folder, { today })));
  },
  'not-in-iam': () => {
    const folder = catalogFolder(files(payments));
    const [dev] = loadCatalog(folder, { today }).environments;
    return missingFromIam(
      folder,
      dev!,
      namedInIam(dev!).map((named) => ({ named })),
    );
  },
  'example-value': () => {
    const folder = catalogFolder(files(payments));
    return locateProblems(folder, exampleValues(loadCatalog(folder, { today })));
  },
};

const withFunction = (rotation: string): readonly CatalogProblem[] =>
  loading(files(`${inDev}  key: { class: api-key, readers: [], rotation: ${rotation} }\n`));

const withSecretOfAdmin = (): readonly CatalogProblem[] =>
  loading(
    files(
      `${paymentsHead}${ordersDb.replace('{ rds: orders }', 'orders.acme.example')}    rotation: { strategy: admin }\n`,
    ),
  );

const page = readFileSync(new URL('../../../docs/catalog-problems.md', import.meta.url), 'utf8');
const documented = [...page.matchAll(/^\| `([a-z-]+)` +\| (.+?) +\|$/gm)].map(([, code]) => code);

describe('the codes of catalog problems', () => {
  it.each(Object.entries(wrong))('%s is what a wrong catalog gives', (code, problems) => {
    expect(problems().map((problem) => problem.code)).toContain(code);
  });

  it('are each documented once, and no others are', () => {
    expect(documented.toSorted()).toEqual(Object.keys(wrong).toSorted());
  });
});
