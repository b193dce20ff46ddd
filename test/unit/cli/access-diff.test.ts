import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

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
      stdout: 'Nobody may do more or less than at main.\n',
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
          text.replace(/(444455556666:user\/break-glass)\]/, '$1, arn:aws:iam::444455556666:user/eve]'),
      },
      ['prod: the break-glass role may now be assumed by arn:aws:iam::444455556666:user/eve'],
    ],
    [
      'a grace time',
      { payments: (text) => text.replace('admin: { managedBy', 'strategy: alternating-users, admin: { managedBy') },
      ['prod: consumer api of payments may now read prod/payments/orders-db, the value before the current one too'],
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
    ['no such folder', 'other', {}, /that commit has no folder other\/; name one in which the catalog is there/],
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
