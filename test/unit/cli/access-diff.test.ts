import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it, onTestFinished, vi } from 'vitest';

import type { AccessChange } from '../../../lib/access/index.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';

const rotation = '    rotation: { admin: { managedBy: rds } }\n';
const payments = `${paymentsHead}${ordersDb}${rotation}`;

/** A repository whose one commit has the catalog in a folder, and the folder. */
const repository = (files: Readonly<Record<string, string>> = {}) => {
  const root = catalogFolder({});
  const folder = join(root, 'secrets');
  mkdirSync(folder);
  write(folder, { 'organisation.yaml': organisationYaml, 'payments.yaml': payments, ...files });
  git(root, 'init', '--quiet', '--initial-branch=main');
  commit(root);
  return { root, folder };
};

/** The day of the commits is the day before that of the tests. */
const git = (root: string, ...args: string[]): void => {
  const settings = ['user.name=a', 'user.email=a@example.com', 'commit.gpgsign=false'].flatMap((one) => ['-c', one]);
  execFileSync('git', ['-C', root, ...settings, ...args], {
    env: { ...process.env, GIT_COMMITTER_DATE: '2026-11-20T12:00:00Z' },
    stdio: 'pipe',
  });
};

const commit = (root: string): void => {
  git(root, 'add', '.');
  git(root, 'commit', '--quiet', '--message=catalog');
};

const write = (folder: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
};

const diff = async (folder: string, ...args: string[]) => {
  const { exitCode, stdout } = await strongroom(['access', '--catalog', folder, '--diff', 'main', '--json', ...args]);
  const { changes, widensGuarded } = JSON.parse(stdout) as { changes: AccessChange[]; widensGuarded: string[] };
  return { exitCode, texts: changes.map(({ text }) => text), widensGuarded };
};

describe('strongroom access --diff', () => {
  it('says that nothing changed where nothing did', async () => {
    const { folder } = repository();
    expect(await strongroom(['access', '-c', folder, '--diff', 'main'])).toEqual({
      exitCode: 0,
      stdout: 'No access changes since main.\n',
      stderr: '',
    });
  });

  it('says in words who may read more, and ends with 3 where prod is widened', async () => {
    const { folder } = repository();
    write(folder, { 'payments.yaml': payments.replace('readers: [api]', 'readers: [api, report]') });
    expect(await diff(folder)).toEqual({
      exitCode: 3,
      texts: [
        'dev: consumer report of payments may now read dev/payments/orders-db',
        'prod: consumer report of payments may now read prod/payments/orders-db',
      ],
      widensGuarded: ['prod'],
    });
  });

  it('ends with 0 where access is taken away', async () => {
    const { folder } = repository();
    write(folder, { 'payments.yaml': payments.replace('readers: [api]', 'readers: []') });
    const { exitCode, texts } = await diff(folder, '--environment', 'prod');
    expect([exitCode, texts]).toEqual([
      0,
      ['prod: consumer api of payments may no longer read prod/payments/orders-db'],
    ]);
  });

  it('ends with 0 where another environment is widened than is guarded', async () => {
    const { folder } = repository();
    const override = 'overrides: { dev: { secrets: { orders-db: { readers: [api, report] } } } }\n';
    write(folder, { 'payments.yaml': payments + override });
    expect((await diff(folder)).exitCode).toBe(0);
    expect((await diff(folder, '--guard', 'dev')).exitCode).toBe(3);
  });

  it.each<[string, { payments?: (text: string) => string; organisation?: (text: string) => string }, string[]]>([
    [
      'a new secret',
      { payments: (text) => `${text}  token: { class: generic, value: supplied, readers: [report] }\n` },
      [
        'prod: consumer report of payments may now read prod/payments/token',
        'prod: an operator may now write prod/payments/token',
      ],
    ],
    [
      'a role in place of another',
      { payments: (text) => text.replace('api: { runsOn: ecs }', 'api: { role: legacy-api }') },
      [
        'prod: consumer api of payments may now read prod/payments/orders-db, as arn:aws:iam::444455556666:role/legacy-api',
        'prod: consumer api of payments may no longer read prod/payments/orders-db, as arn:aws:iam::444455556666:role/prod-payments-api',
        'prod: consumer api of payments may no longer be assumed by ecs in account 444455556666, as arn:aws:iam::444455556666:role/prod-payments-api',
      ],
    ],
    [
      'what runs a consumer',
      { payments: (text) => text.replace('report: { runsOn: lambda }', 'report: { runsOn: ecs }') },
      [
        'prod: consumer report of payments may now be assumed by ecs in account 444455556666',
        'prod: consumer report of payments may no longer be assumed by lambda in account 444455556666',
      ],
    ],
    [
      'somebody more who breaks the glass',
      {
        organisation: (text) =>
          text.replace(
            /(444455556666:role\/break-glass)\]/,
            '$1, arn:aws:iam::444455556666:role/eve, { permissionSet: Eve }]',
          ),
      },
      [
        'prod: the break-glass role may now be assumed by arn:aws:iam::444455556666:role/eve',
        'prod: the break-glass role may now be assumed by arn:aws:iam::444455556666:role/aws-reserved/sso.amazonaws.com*/AWSReservedSSO_Eve_????????????????',
      ],
    ],
    [
      'a grace time',
      { payments: (text) => text.replace('admin: { managedBy', 'strategy: alternating-users, admin: { managedBy') },
      ['prod: consumer api of payments may now read prod/payments/orders-db, the previous value too'],
    ],
    [
      'a consumer that reads by version',
      { payments: (text) => text.replace('api: { runsOn: ecs }', 'api: { runsOn: ecs, reads: by-version }') },
      ['prod: consumer api of payments may now read prod/payments/orders-db, each version whose id it knows too'],
    ],
    [
      'another server that is shown a credential',
      { payments: (text) => text.replace('host: { rds: orders }', 'host: { rds: elsewhere }') },
      [
        'prod: the rotation function may now read rds!db-* of elsewhere',
        'prod: anyone who reads prod/payments/orders-db may now log in to RDS instance elsewhere, database orders, as payments_app',
        'prod: the rotation function may no longer read rds!db-* of orders',
        'prod: anyone who reads prod/payments/orders-db may no longer log in to RDS instance orders, database orders, as payments_app',
      ],
    ],
    [
      'another user whose password it becomes',
      { payments: (text) => text.replace('username: payments_app', 'username: orders_owner') },
      [
        'prod: anyone who reads prod/payments/orders-db may now log in to RDS instance orders, database orders, as orders_owner',
        'prod: anyone who reads prod/payments/orders-db may no longer log in to RDS instance orders, database orders, as payments_app',
      ],
    ],
    [
      'more that the first rotation grants',
      {
        payments: (text) =>
          text.replace('managedBy: rds }', 'managedBy: rds }, provision: { grants: { app: read-only } }'),
      },
      ['prod: the database user of prod/payments/orders-db may now be granted reading in schema app'],
    ],
    [
      'a replica',
      { payments: (text) => text.replace('    rotation:', '    replicas: [eu-central-1]\n    rotation:') },
      ['prod: consumer api of payments may now read prod/payments/orders-db in eu-central-1'],
    ],
    [
      'another Region',
      { organisation: (text) => text.replaceAll('region: eu-west-1', 'region: eu-north-1') },
      [
        'prod: every reader may now read its secrets in eu-north-1',
        'prod: every reader may no longer read its secrets in eu-west-1',
      ],
    ],
    [
      'a trail that goes',
      { organisation: (text) => text.replace('  prod:\n', '  prod:\n    trail: existing\n') },
      ['prod: everyone may now act without the trail that Strongroom creates'],
    ],
  ])('tells of %s', async (_what, change, expected) => {
    const { folder } = repository();
    write(folder, {
      ...(change.payments && { 'payments.yaml': change.payments(payments) }),
      ...(change.organisation && { 'organisation.yaml': change.organisation(organisationYaml) }),
    });
    expect((await diff(folder, '--environment', 'prod')).texts).toEqual(expected);
  });

  it('tells a fence that falls as a widening, once for each reader', async () => {
    const fenced = organisationYaml.replace('  prod:\n', '  prod:\n    fences: { vpcs: [vpc-0a1b2c3d4e5f60718] }\n');
    const { folder } = repository({ 'organisation.yaml': fenced });
    write(folder, { 'organisation.yaml': organisationYaml });
    const { exitCode, texts } = await diff(folder);
    expect([exitCode, texts]).toEqual([
      3,
      ['prod: consumer api of payments may now read prod/payments/orders-db from any network'],
    ]);
  });

  const fenced = (fences: string): string =>
    organisationYaml.replace('  prod:\n', `  prod:\n    fences: { ${fences} }\n`);

  it.each([
    [
      'an endpoint beside another',
      'vpcEndpoints: [vpce-0a1b2c3d4e5f60718]',
      'vpcEndpoints: [vpce-0a1b2c3d4e5f60718, vpce-0eeeeeeeeeeeeeee1]',
      ['prod: a reader in a VPC may now read its secrets through vpce-0eeeeeeeeeeeeeee1'],
    ],
    [
      'a VPC in place of another',
      'vpcs: [vpc-0a1b2c3d4e5f60718]',
      'vpcs: [vpc-0eeeeeeeeeeeeeee1]',
      [
        'prod: a reader in a VPC may now read its secrets from vpc-0eeeeeeeeeeeeeee1',
        'prod: a reader in a VPC may no longer read its secrets from vpc-0a1b2c3d4e5f60718',
      ],
    ],
    [
      'another organisation',
      'organization: o-a1b2c3d4e5',
      'organization: o-e5d4c3b2a1',
      [
        'prod: a principal of o-e5d4c3b2a1 may now use the secrets that name it',
        'prod: a principal of o-a1b2c3d4e5 may no longer use the secrets that name it',
      ],
    ],
    [
      'another permissions boundary',
      'permissionsBoundary: workload',
      'permissionsBoundary: everything',
      [
        'prod: every role that Strongroom creates may now act beyond the boundary workload',
        'prod: every role that Strongroom creates may no longer act beyond the boundary everything',
      ],
    ],
    [
      'a permissions boundary that falls',
      'permissionsBoundary: workload',
      'byTag: auto',
      ['prod: every role that Strongroom creates may now act beyond the boundary workload'],
    ],
  ])('tells of %s as a widening', async (_what, before, after, expected) => {
    const { folder } = repository({ 'organisation.yaml': fenced(before) });
    write(folder, { 'organisation.yaml': fenced(after) });
    const { exitCode, texts } = await diff(folder);
    expect([exitCode, texts]).toEqual([3, expected]);
  });

  it('tells of a secret that comes under the key of the lower sensitivity, and takes the way back for no widening', async () => {
    const under = (sensitivity: string): string => `${payments}    sensitivity: ${sensitivity}\n`;
    const { folder } = repository({ 'payments.yaml': under('high') });
    write(folder, { 'payments.yaml': under('standard') });
    expect(await diff(folder, '--environment', 'prod')).toMatchObject({
      exitCode: 3,
      texts: ['prod: the key alias/strongroom/prod/standard may now be used for prod/payments/orders-db'],
    });
    const lower = repository({ 'payments.yaml': under('standard') });
    write(lower.folder, { 'payments.yaml': under('high') });
    expect((await diff(lower.folder)).exitCode).toBe(0);
  });

  it('takes nothing from operators where a secret is adopted', async () => {
    const { folder } = repository();
    const arn = 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:legacy/token-AbCdEf';
    const adopted = paymentsHead
      .replace('payments', 'legacy')
      .replace('consumers:', 'environments: [prod]\nconsumers:');
    write(folder, {
      'legacy.yaml': `${adopted}  token: { class: generic, readers: [], value: supplied, adopt: { arn: '${arn}' } }\n`,
    });
    expect((await diff(folder)).texts.filter((text) => text.includes('no longer'))).toEqual([]);
  });

  it('takes a fence that is new for no widening', async () => {
    const { folder } = repository();
    write(folder, {
      'organisation.yaml': fenced(
        'organization: o-a1b2c3d4e5, vpcs: [vpc-0a1b2c3d4e5f60718], permissionsBoundary: workload',
      ),
    });
    const { exitCode, texts } = await diff(folder);
    expect([exitCode, texts.filter((text) => text.includes('may now'))]).toEqual([0, []]);
  });

  it('tells of a longer grace time as a widening, and of a shorter one as none', async () => {
    const within = (grace: string): string =>
      payments.replace('admin: {', `strategy: alternating-users, grace: ${grace}, admin: {`);
    const { folder } = repository({ 'payments.yaml': within('12h') });
    write(folder, { 'payments.yaml': within('20h') });
    expect(await diff(folder, '--environment', 'prod')).toEqual({
      exitCode: 3,
      texts: [
        'prod: anyone who reads prod/payments/orders-db may now read the value before the current one for 20 hours',
      ],
      widensGuarded: ['prod'],
    });
    write(folder, { 'payments.yaml': within('6h') });
    expect((await diff(folder)).exitCode).toBe(0);
  });

  it('tells of an authority that is new as a widening: it vouches for servers that are shown credentials', async () => {
    const organisation = organisationYaml.replace('  prod:\n', '  prod:\n    certificateAuthorities: own.pem\n');
    const [own = '', other = ''] = rootCertificates;
    const { folder } = repository({ 'organisation.yaml': organisation, 'own.pem': own });
    expect(await diff(folder)).toEqual({ exitCode: 0, texts: [], widensGuarded: [] });
    write(folder, { 'own.pem': `${own}\n${other}\n` });
    expect(await diff(folder)).toEqual({
      exitCode: 3,
      texts: [
        expect.stringMatching(
          /^prod: a server with a certificate of .*CN=.* \(SHA-256 [0-9A-F:]{23}…\) may now be taken for a database or the SIEM$/,
        ),
      ],
      widensGuarded: ['prod'],
    });
  });

  it('ends with 3 where a guarded environment is gone, or has another name', async () => {
    const { folder } = repository();
    write(folder, { 'organisation.yaml': organisationYaml.replace('  prod:\n', '  live:\n') });
    expect(await diff(folder)).toMatchObject({ exitCode: 3, widensGuarded: ['live', 'prod'] });
    const { stdout } = await strongroom(['access', '-c', folder, '--diff', 'main']);
    expect(stdout).toContain('The catalog has no environment prod any more');
    expect((await diff(folder, '--environment', 'dev')).exitCode).toBe(0);
  });

  it.each([
    ['production', 'dev', 0],
    ['production', 'production', 3],
    ['live', 'dev', 3],
  ])(
    'guards what begins with prod, or everything: with %s, %s widened ends with %i',
    async (name, widened, expected) => {
      const { folder } = repository({ 'organisation.yaml': organisationYaml.replace('  prod:\n', `  ${name}:\n`) });
      const override = `overrides: { ${widened}: { secrets: { orders-db: { readers: [api, report] } } } }\n`;
      write(folder, { 'payments.yaml': payments + override });
      expect((await diff(folder)).exitCode).toBe(expected);
    },
  );

  const inProdAccount = (text: string): string => text.replaceAll('111122223333', '444455556666');

  it.each([
    ['an environment that is new', organisationYaml.replace('  dev:\n', '  shadow:\n'), organisationYaml],
    ['an environment that moves', organisationYaml, organisationYaml],
  ])(
    'takes %s in the account of prod for a widening: what it names there may be prod’s',
    async (_what, after, before) => {
      const { folder } = repository({ 'organisation.yaml': before });
      write(folder, { 'organisation.yaml': inProdAccount(after) });
      expect((await diff(folder)).exitCode).toBe(3);
    },
  );

  it.each([
    ['a database that it administrates', payments.replace('{ rds: orders }', '{ rds: other }'), 3],
    ['a reader of its own secret', payments.replace('readers: [api]', 'readers: [api, report]'), 0],
    ['a role that other code assumes', payments.replace('report: { runsOn: lambda }', 'report: { runsOn: ecs }'), 0],
  ])('of an environment that shares the account of prod, for %s', async (_what, after, expected) => {
    const shared = inProdAccount(organisationYaml);
    const inDev = (text: string): string => text.replace('consumers:', 'environments: [dev]\nconsumers:');
    const { folder } = repository({ 'organisation.yaml': shared, 'payments.yaml': inDev(payments) });
    write(folder, { 'payments.yaml': inDev(after) });
    expect((await diff(folder)).exitCode).toBe(expected);
  });

  it('prints what is widened before what is narrowed, and what a reviewer has to approve', async () => {
    const { folder } = repository();
    write(folder, { 'payments.yaml': payments.replace('readers: [api]', 'readers: [report]') });
    const { exitCode, stdout } = await strongroom(['access', '-c', folder, '--diff', 'main', '-e', 'prod']);
    expect(exitCode).toBe(3);
    expect(stdout).toBe(
      [
        'Widens, since main',
        '  + prod: consumer report of payments may now read prod/payments/orders-db',
        '',
        'Narrows, since main',
        '  - prod: consumer api of payments may no longer read prod/payments/orders-db',
        '',
        '1 change of prod to approve: exit code 3.',
        '',
      ].join('\n'),
    );
  });

  it('compares with a commit whose exceptions have ended since', async () => {
    const key = '  token:\n    class: api-key\n    value: supplied\n    readers: [api]\n    rotation: manual\n';
    const ends = (day: string) => `${key}    exception: { reason: none yet, approvedBy: security, until: ${day} }\n`;
    const { folder } = repository({ 'payments.yaml': payments + ends('2026-11-20') });
    write(folder, { 'payments.yaml': payments + ends('2027-03-31') });
    expect((await diff(folder)).texts).toEqual([]);
  });

  it('leaves the repository and its index as they are, and no folder behind', async () => {
    const { root, folder } = repository();
    write(folder, { 'payments.yaml': payments.replace('readers: [api]', 'readers: []') });
    const status = () => execFileSync('git', ['-C', root, 'status', '--porcelain'], { encoding: 'utf8' });
    const before = status();
    await diff(folder);
    expect(status()).toBe(before);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith('strongroom-diff-'))).toEqual([]);
  });

  it('reads files of a commit as git stores them: no filter, fsmonitor or hook of the repository runs', async () => {
    const { root, folder } = repository({
      '.gitattributes': '*.yaml filter=evil ident\n',
    });
    const marker = join(root, 'marker');
    for (const name of ['filter.evil.smudge', 'filter.evil.clean', 'core.fsmonitor']) {
      git(root, 'config', name, `touch ${marker}; cat`);
    }
    write(folder, { 'payments.yaml': payments.replace('readers: [api]', 'readers: [api, report]') });
    rmSync(marker, { force: true });
    expect((await diff(folder)).exitCode).toBe(3);
    expect(existsSync(marker)).toBe(false);
  });

  it('refuses a commit whose catalog has a link out of its folder, and follows one within', async () => {
    const { root, folder } = repository();
    const linkTo = (target: string): void => {
      rmSync(join(folder, 'payments.yaml'));
      symlinkSync(target, join(folder, 'payments.yaml'));
      commit(root);
      rmSync(join(folder, 'payments.yaml'));
      write(folder, { 'payments.yaml': payments });
    };
    write(folder, { 'payments.text': payments });
    linkTo('payments.text');
    expect((await diff(folder)).texts).toEqual([]);
    linkTo(join(folder, 'payments.text'));
    const { exitCode, stderr } = await strongroom(['access', '-c', folder, '--diff', 'main']);
    expect([exitCode, stderr]).toEqual([
      2,
      expect.stringMatching(/payments\.yaml is a symbolic link that leads out of the folder/),
    ]);
  });

  it('compares a catalog at the top of its repository', async () => {
    const root = catalogFolder({ 'organisation.yaml': organisationYaml, 'payments.yaml': payments });
    git(root, 'init', '--quiet', '--initial-branch=main');
    commit(root);
    write(root, { 'payments.yaml': payments.replace('readers: [api]', 'readers: [api, report]') });
    expect((await diff(root)).exitCode).toBe(3);
  });

  it('compares in the repository of the folder, whatever repository a hook that runs it is of', async () => {
    const { folder } = repository();
    const other = repository();
    vi.stubEnv('GIT_DIR', join(other.root, '.git'));
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    write(folder, { 'payments.yaml': payments.replace('readers: [api]', 'readers: [api, report]') });
    expect((await diff(folder)).exitCode).toBe(3);
  });

  it('refuses a folder that is in no repository', async () => {
    const folder = catalogFolder({ 'organisation.yaml': organisationYaml, 'payments.yaml': payments });
    const { exitCode, stderr } = await strongroom(['access', '-c', folder, '--diff', 'main']);
    expect([exitCode, stderr]).toEqual([
      2,
      `error: --diff main: ${folder} is in no git repository; name a catalog folder of a clone\n`,
    ]);
  });

  it.each([
    [
      ['--diff', 'nowhere'],
      /^error: --diff nowhere: the repository has no such commit; name a branch, a tag or a commit/,
    ],
    [['--diff', '--output=x'], /^error: --diff --output=x: the repository has no such commit/],
    [
      ['--diff', 'main', '--guard', 'prd'],
      /^error: --guard prd: the catalog has no such environment; did you mean prod\?/,
    ],
  ])('refuses %j', async (args, message) => {
    const { folder } = repository();
    const { exitCode, stderr } = await strongroom(['access', '-c', folder, ...args]);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });

  it.each([
    ['no such folder', 'other', {}, /that commit has no folder other\/; name a commit that contains the catalog/],
    [
      'a catalog that is not valid',
      'secrets',
      { 'payments.yaml': payments.replace('ecs', 'mainframe') },
      /the catalog of that commit can't be loaded, so there is nothing to compare with: .*payments\.yaml:\d+:\d+ /,
    ],
  ])('refuses a commit with %s', async (_what, name, files, message) => {
    const { root } = repository(files);
    const folder = join(root, name);
    mkdirSync(folder, { recursive: true });
    write(folder, { 'organisation.yaml': organisationYaml, 'payments.yaml': payments });
    const { exitCode, stderr } = await strongroom(['access', '-c', folder, '--diff', 'main']);
    expect([exitCode, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
