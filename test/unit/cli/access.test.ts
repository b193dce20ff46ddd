import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import type { AccessRow } from '../../../lib/access/index.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';

const secrets = `${ordersDb}    rotation: { admin: { managedBy: rds } }
  ledger-db:
    class: database
    engine: postgres
    host: ledger.acme.example
    dbname: ledger
    username: ledger_app
    readers: [report]
    sensitivity: high
    rotation: { admin: ledger-admin }
  ledger-admin:
    class: database
    engine: postgres
    host: ledger.acme.example
    dbname: ledger
    username: postgres
    value: supplied
    readers: []
    rotation: manual
    exception: { reason: the vendor owns it, approvedBy: security, until: 2027-01-31 }
overrides: { prod: { consumers: { report: { role: reporting } } } }
`;

const rowsOf = (...args: string[]): Promise<AccessRow[]> => rowsWith(paymentsHead, ...args);

const rowsWith = async (head: string, ...args: string[]): Promise<AccessRow[]> => {
  const folder = catalogFolder({ 'organisation.yaml': organisationYaml, 'payments.yaml': head + secrets });
  const { exitCode, stdout } = await strongroom(['access', '--catalog', folder, '--json', ...args]);
  expect(exitCode).toBe(0);
  return (JSON.parse(stdout) as { access: AccessRow[] }).access;
};

const brief = ({ secret, who, may, role }: AccessRow): string =>
  `${secret} | ${who} | ${may.join('+')} | ${role.replace(/^arn:aws:iam::/, '')}`;

describe('strongroom access', () => {
  it('names who may do what with every secret of an environment', async () => {
    expect((await rowsOf('--environment', 'dev')).map(brief)).toEqual([
      'dev/payments/orders-db | consumer api | read | 111122223333:role/dev-payments-api',
      'dev/payments/orders-db | rotation function | read+write | 111122223333:role/strongroom-dev-rotation-postgres',
      'rds!db-* of orders | rotation function | read | 111122223333:role/strongroom-dev-rotation-postgres',
      'dev/payments/ledger-db | consumer report | read | 111122223333:role/dev-payments-report',
      'dev/payments/ledger-db | rotation function | read+write | 111122223333:role/strongroom-dev-rotation-postgres',
      'dev/payments/ledger-admin | rotation function | read | 111122223333:role/strongroom-dev-rotation-postgres',
      'dev/payments/ledger-admin | operator | write | 111122223333:role/operator',
      'dev/strongroom/siem | audit forwarder | read | 111122223333:role/strongroom-dev-audit-siem',
      'dev/strongroom/siem | operator | write | 111122223333:role/operator',
      'dev/* | first rotation | rotate | 111122223333:role/strongroom-dev-first-rotation',
      'dev/* | operator | rotate | 111122223333:role/operator',
      'dev/* | break-glass | read+write+rotate+delete | 111122223333:role/strongroom-dev-break-glass',
    ]);
  });

  it('names each replica with its region, and its readers alone', async () => {
    const folder = catalogFolder({
      'organisation.yaml': organisationYaml,
      'payments.yaml': `${paymentsHead}${ordersDb}    replicas: [eu-central-1]\n    rotation: { admin: { managedBy: rds } }\n`,
    });
    const args = ['access', '--catalog', folder, '--environment', 'prod'];
    const { stdout } = await strongroom([...args, '--json']);
    const { access } = JSON.parse(stdout) as { access: AccessRow[] };
    const replicas = access.filter(({ region }) => region !== undefined);
    expect(replicas.map((row) => [brief(row), row.region])).toEqual([
      [
        'prod/payments/orders-db in eu-central-1 | consumer api | read | 444455556666:role/prod-payments-api',
        'eu-central-1',
      ],
    ]);
    expect((await strongroom(args)).stdout).toMatch(/prod\/payments\/orders-db in eu-central-1/);
  });

  it('says through which fences', async () => {
    const rows = await rowsOf('-e', 'dev');
    const through = (secret: string, who: string): string | undefined =>
      rows.find((row) => row.secret === secret && row.who === who)?.through;
    expect(through('dev/payments/orders-db', 'consumer api')).toBe(
      'policies of role, secret and alias/strongroom/dev/standard',
    );
    expect(through('dev/payments/ledger-db', 'consumer report')).toBe(
      'policies of role, secret and alias/strongroom/dev/high',
    );
    expect(through('dev/payments/ledger-admin', 'rotation function')).toBe(
      'policies of role, secret and alias/strongroom/dev/standard, as admin of dev/payments/ledger-db',
    );
    expect(through('dev/*', 'break-glass')).toBe('assumed by arn:aws:iam::111122223333:role/break-glass');
  });

  it('says which consumer reads by version', async () => {
    const head = paymentsHead.replace('{ runsOn: ecs }', '{ runsOn: ecs, reads: by-version }');
    const readers = (await rowsWith(head, '-e', 'dev')).filter(({ who }) => who.startsWith('consumer '));
    expect(readers.map(({ who, through }) => [who, through])).toEqual([
      ['consumer api', 'policies of role, secret and alias/strongroom/dev/standard, each version whose id it knows'],
      ['consumer report', 'policies of role, secret and alias/strongroom/dev/high'],
    ]);
  });

  it('knows the roles that differ by environment', async () => {
    const reports = (await rowsOf()).filter(({ who }) => who === 'consumer report');
    expect(reports.map(({ environment, role }) => [environment, role])).toEqual([
      ['dev', 'arn:aws:iam::111122223333:role/dev-payments-report'],
      ['prod', 'arn:aws:iam::444455556666:role/reporting'],
    ]);
  });

  it('leaves out other applications, but never who may read them all', async () => {
    const { stdout } = await strongroom(['access', '-e', 'prod', '-a', 'storefront', '--json']);
    const { access } = JSON.parse(stdout) as { access: AccessRow[] };
    expect([...new Set(access.map(({ application }) => application))]).toEqual(['storefront', '*']);
    expect(access.some(({ who }) => who === 'break-glass')).toBe(true);
  });

  it('tells which master credentials a rotation function reads, and which it sets', async () => {
    const folder = fileURLToPath(new URL('../../_fixtures/every-engine', import.meta.url));
    const { stdout } = await strongroom(['access', '-c', folder, '--json']);
    const { access } = JSON.parse(stdout) as { access: AccessRow[] };
    const masters = access.filter(({ secret }) => /^(rds!|master)/.test(secret));
    expect(masters.map(({ secret, may, through }) => [secret, may.join(), through])).toEqual([
      ['master password of orders', 'write', 'policy of the role, rds:ModifyDBInstance'],
      ['rds!cluster-* of shop', 'read', 'policy of the role, as admin of prod/data/aurora-app'],
      ['master password of legacy', 'write', 'policy of the role, rds:ModifyDBCluster'],
      ['rds!cluster-* of documents', 'read', 'policy of the role, as admin of prod/data/documents'],
    ]);
  });

  it('prints a table an environment', async () => {
    const { exitCode, stdout } = await strongroom(['access', '-a', 'storefront']);
    expect(exitCode).toBe(0);
    const lines = stdout.split('\n');
    expect(lines.filter((line) => /^(dev|prod) /.test(line))).toEqual([
      'dev (account 111122223333, eu-west-1)',
      'prod (account 444455556666, eu-west-1)',
    ]);
    expect(lines[1]).toMatch(/^SECRET +CLASS +WHO +MAY +ROLE +THROUGH$/);
    expect(lines[2]).toMatch(
      /^dev\/storefront\/session-key +encryption-key +consumer web \(ecs\) +read +dev-storefront-web +role, secret, key dev\/high$/,
    );
    expect(stdout).toContain('The policy of a secret denies every principal that is not listed');
  });

  it('shows ARNs of other accounts whole, and those of its own by their names', async () => {
    const fences = '    fences: { organization: o-a1b2c3d4e5 }\n';
    const folder = catalogFolder({
      'organisation.yaml': organisationYaml.replaceAll('    region: eu-west-1\n', `    region: eu-west-1\n${fences}`),
      'payments.yaml':
        paymentsHead.replace(
          'consumers:\n',
          `consumers:\n  partner: { account: '999988887777', role: their-reader }\n  support: { permissionSet: Support }\n`,
        ) + secrets.replace('readers: [report]', 'readers: [report, partner, support]'),
    });
    const { stdout } = await strongroom(['access', '-c', folder, '-e', 'prod']);
    expect(stdout).toMatch(/consumer partner \(other account\) +read +arn:aws:iam::999988887777:role\/their-reader /);
    expect(stdout).toMatch(/consumer support \(permission set\) +read +AWSReservedSSO_Support_\* /);
    expect(stdout).toMatch(/consumer report \(existing role\) +read +reporting /);
    expect(stdout).toMatch(/assumed by role\/break-glass$/m);
  });

  it('says of each row where it runs, and how sensitive the secret is', async () => {
    const rows = await rowsOf('-e', 'dev');
    const told = rows.map(({ who, kind, sensitivity }) => `${who}: ${kind}, ${sensitivity ?? '-'}`);
    expect([...new Set(told)]).toEqual([
      'consumer api: ecs, standard',
      'rotation function: platform, standard',
      'rotation function: platform, -',
      'consumer report: lambda, high',
      'rotation function: platform, high',
      'operator: people, standard',
      'audit forwarder: platform, high',
      'operator: people, high',
      'first rotation: platform, -',
      'operator: people, -',
      'break-glass: people, -',
    ]);
  });

  it('says which passwords would not be needed with IAM, in the foot of the table', async () => {
    const { stdout } = await strongroom(['access', '-e', 'prod']);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      'With access: iam these need no password: prod/payments/orders-db, prod/storefront/orders-view (docs/catalog.md).',
    );
  });

  it('names some of them where they are many', async () => {
    const databases = Array.from({ length: 7 }, (_, index) =>
      ordersDb.replace('orders-db', `db-${index}`).replace('payments_app', `app_${index}`),
    ).map((text) => `${text}    rotation: { admin: { managedBy: rds } }\n`);
    const folder = catalogFolder({
      'organisation.yaml': organisationYaml,
      'payments.yaml': paymentsHead + databases.join(''),
    });
    const { stdout } = await strongroom(['access', '-c', folder, '-e', 'dev']);
    expect(stdout.trimEnd().split('\n').at(-1)).toBe(
      'With access: iam these need no password: dev/payments/db-0, dev/payments/db-1, dev/payments/db-2, ' +
        'dev/payments/db-3 and 3 more, which --json lists (docs/catalog.md).',
    );
  });

  it.each([
    [['--environment', 'dve'], '--environment dve: the catalog has no such environment; did you mean dev?'],
    [
      ['--application', 'billing'],
      '--application billing: the catalog has no such application; write one of payments, storefront, strongroom',
    ],
  ])('refuses %j', async (args, message) => {
    expect(await strongroom(['access', ...args])).toEqual({ exitCode: 2, stdout: '', stderr: `error: ${message}\n` });
    const { exitCode, stdout } = await strongroom(['access', ...args, '--json']);
    expect([exitCode, JSON.parse(stdout)]).toEqual([2, { error: { code: 'usage-invalid', message } }]);
  });
});
