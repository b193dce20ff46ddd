import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { describe, expect, it, onTestFinished } from 'vitest';

import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';
import { compile } from '../../_helpers/compile.ts';

const root = path.resolve(import.meta.dirname, '../../..');

/** Classes, two consumers, a database with IAM, an adopted secret, and what differs between the environments. */
const payments = `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }
  ledger-db:
    class: database
    access: iam
    description: What was booked */ it's final
    engine: postgres
    host: ledger.c1a2b3.eu-west-1.rds.amazonaws.com
    resourceId: db-ABCDEFGHIJKL01234
    dbname: ledger
    username: payments_ledger
    readers: [api]
  signing-key:
    class: signing-key
    readers: [api, report]
  mail-oauth:
    class: oauth-client
    adopt: { arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy/mail-AbCdEf' }
    rotation: manual
    exception: { reason: no API, approvedBy: security, until: 2027-01-31 }
    readers: [report]
  debug-key:
    class: generic
    value: supplied
    readers: []
overrides:
  dev:
    secrets: { debug-key: { readers: [api] } }
  prod:
    consumers: { report: { account: '999988887777', role: report } }
    secrets:
      ledger-db: { host: ledger.cluster-z9y8x7.eu-west-1.rds.amazonaws.com, port: 6432, resourceId: cluster-ABCDEFGHIJ }
      mail-oauth: { adopt: { arn: 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:legacy/mail-GhIjKl', key: 'arn:aws:kms:eu-west-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab' } }
`;
const organisation = organisationYaml.replace('contacts:', '    fences: { organization: o-a1b2c3d4e5 }\ncontacts:');
const shop = payments
  .replace('application: payments', 'application: shop')
  .replace(/\n {2}mail-oauth:[^]*?(?=\n {2}debug-key)/, '')
  .replace(/\n {6}mail-oauth:.*/, '')
  .replaceAll('payments_', 'shop_');

const catalogOf = (files: Readonly<Record<string, string>> = {}) =>
  catalogFolder({ 'organisation.yaml': organisation, 'payments.yaml': payments, 'shop.yaml': shop, ...files });

const outFolder = () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'strongroom-out-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
};

const generate = (catalog: string, out: string, ...more: readonly string[]) =>
  strongroom(['generate', '--catalog', catalog, '--out', out, ...more]);

const generated = async (file = 'payments.ts', ...more: readonly string[]) => {
  const out = outFolder();
  const { stderr, exitCode } = await generate(catalogOf(), out, ...more);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return readFileSync(path.join(out, file), 'utf8');
};

describe('strongroom generate', () => {
  it('writes a file for each application, and says what it left out', async () => {
    const out = path.join(outFolder(), 'src/strongroom');
    const { stdout } = await generate(catalogOf(), out);
    expect(stdout.replaceAll(out, 'out').split('\n')).toEqual([
      'written out/payments.ts',
      '  left out for api: debug-key, which it reads in dev only',
      'written out/shop.ts',
      '  left out for api: debug-key, which it reads in dev only',
      '',
    ]);
    expect(readdirSync(out)).toEqual(['payments.ts', 'shop.ts']);
  });

  it('writes what a consumer reads: classes, names that can not be derived, and databases with IAM', async () => {
    expect(await generated())
      .toBe(`// Made by strongroom generate from application payments of the catalog: change it there, and run the command again.
import type { SecretsDeclaration, SecretsOf } from '@strongroom/client';

/**
 * What consumer api of payments may read: \`createSecrets(paymentsApi)\`.
 *
 * Not in all environments, and so not here: debug-key (only in dev).
 */
export const paymentsApi = {
  application: 'payments',
  consumer: 'api',
  secrets: {
    'orders-db': 'database',
    'signing-key': 'signing-key',
  },
  environments: {
    dev: {
      iamDatabases: {
        /** What was booked *\\/ it's final */
        'ledger-db': {
          host: 'ledger.c1a2b3.eu-west-1.rds.amazonaws.com',
          port: 5432,
          dbname: 'ledger',
          username: 'payments_ledger',
          region: 'eu-west-1',
        },
      },
    },
    prod: {
      iamDatabases: {
        /** What was booked *\\/ it's final */
        'ledger-db': {
          host: 'ledger.cluster-z9y8x7.eu-west-1.rds.amazonaws.com',
          port: 6432,
          dbname: 'ledger',
          username: 'payments_ledger',
          region: 'eu-west-1',
        },
      },
    },
  },
} as const satisfies SecretsDeclaration;

/** The client of consumer api. */
export type PaymentsApiSecrets = SecretsOf<typeof paymentsApi>;

/** What consumer report of payments may read: \`createSecrets(paymentsReport)\`. */
export const paymentsReport = {
  application: 'payments',
  consumer: 'report',
  secrets: {
    'mail-oauth': 'oauth-client',
    'signing-key': 'signing-key',
  },
  environments: {
    dev: {
      secretIds: {
        'mail-oauth': 'legacy/mail',
      },
    },
    prod: {
      secretIds: {
        'mail-oauth': 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:legacy/mail-GhIjKl',
        'signing-key': 'arn:aws:secretsmanager:eu-west-1:444455556666:secret:prod/payments/signing-key',
      },
    },
  },
} as const satisfies SecretsDeclaration;

/** The client of consumer report. */
export type PaymentsReportSecrets = SecretsOf<typeof paymentsReport>;
`);
  });

  it('writes text that Prettier leaves alone', async () => {
    const text = await generated();
    const config = await resolveConfig(path.join(root, 'client/index.ts'));
    expect(await format(text, { ...config, parser: 'typescript' })).toBe(text);
  });

  it('writes the same text from the same catalog in another order', async () => {
    const [out, other] = [outFolder(), outFolder()];
    await generate(catalogOf(), out);
    const swapped = payments.replace(/( {2}signing-key:[^]*?)( {2}mail-oauth:[^]*?)(?= {2}debug-key)/, '$2$1');
    expect(swapped).not.toBe(payments);
    await generate(catalogOf({ 'payments.yaml': swapped }), other);
    expect(readFileSync(path.join(other, 'payments.ts'))).toEqual(readFileSync(path.join(out, 'payments.ts')));
  });

  it('writes one application alone, for one environment', async () => {
    const out = outFolder();
    await generate(catalogOf(), out, '--application', 'payments', '--environment', 'dev');
    expect(readdirSync(out)).toEqual(['payments.ts']);
    const text = readFileSync(path.join(out, 'payments.ts'), 'utf8');
    expect(text).toContain("'debug-key': 'generic',");
    expect(text).not.toMatch(/\bprod\b|Not in all/);
  });

  it('keeps the file of an application that is in another environment only', async () => {
    const [catalog, out] = [catalogOf(), outFolder()];
    await generate(catalog, out);
    const devOnly = shop.replace('consumers:', 'environments: [dev]\nconsumers:').replace(/ {2}prod:[^]*$/, '');
    writeFileSync(path.join(catalog, 'shop.yaml'), devOnly);
    await generate(catalog, out, '--environment', 'prod');
    expect(readdirSync(out)).toEqual(['payments.ts', 'shop.ts']);
  });

  it('writes a module that exports nothing where nobody reads', async () => {
    const out = outFolder();
    const idle = `application: idle
owner: team-idle
contact: oncall
consumers: {}
secrets: { key: { class: signing-key, readers: [] } }
`;
    await generate(catalogOf({ 'idle.yaml': idle }), out);
    expect(readFileSync(path.join(out, 'idle.ts'), 'utf8').split('\n').slice(1)).toEqual(['export {};', '']);
  });

  it('leaves a file alone that is as it should be, and removes one whose application is gone', async () => {
    const [catalog, out] = [catalogOf(), outFolder()];
    await generate(catalog, out);
    writeFileSync(path.join(out, 'own.ts'), 'export {};\n');
    rmSync(path.join(catalog, 'shop.yaml'));
    const { stdout } = await generate(catalog, out, '--json');
    expect(JSON.parse(stdout)).toEqual({
      files: [
        {
          path: path.join(out, 'payments.ts'),
          result: 'unchanged',
          leftOut: [{ consumer: 'api', name: 'debug-key', environments: ['dev'] }],
        },
        { path: path.join(out, 'shop.ts'), result: 'removed', leftOut: [] },
      ],
    });
    expect(readdirSync(out)).toEqual(['own.ts', 'payments.ts']);
  });
});

describe('strongroom generate --check', () => {
  it('is content with what was generated', async () => {
    const [catalog, out] = [catalogOf(), outFolder()];
    await generate(catalog, out);
    const { exitCode, stdout } = await generate(catalog, out, '--check');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('2 files as the catalog says');
  });

  it('ends with 2 where a file is missing, differs or has no application, and writes nothing', async () => {
    const [catalog, out] = [catalogOf(), outFolder()];
    await generate(catalog, out);
    writeFileSync(path.join(catalog, 'payments.yaml'), payments.replace('readers: [api, report]', 'readers: [api]'));
    writeFileSync(path.join(out, 'gone.ts'), readFileSync(path.join(out, 'shop.ts')));
    rmSync(path.join(out, 'shop.ts'));
    const before = readFileSync(path.join(out, 'payments.ts'), 'utf8');
    const { exitCode, stdout, stderr } = await generate(catalog, out, '--check');
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr.replaceAll(out, 'out')).toBe(
      'error: 3 files in out are not as the catalog says: out/payments.ts (differs), out/shop.ts (missing), ' +
        'out/gone.ts (of no application of the catalog); run strongroom generate without --check\n',
    );
    expect(readFileSync(path.join(out, 'payments.ts'), 'utf8')).toBe(before);
    expect(readdirSync(out)).toEqual(['gone.ts', 'payments.ts']);
    const asJson = await generate(catalog, out, '--check', '--json');
    expect(JSON.parse(asJson.stdout)).toMatchObject({ error: { code: 'generated-stale' } });
  });

  it('makes no folder', async () => {
    const out = path.join(outFolder(), 'none');
    expect((await generate(catalogOf(), out, '--check')).exitCode).toBe(2);
    expect(existsSync(out)).toBe(false);
  });
});

describe('strongroom generate refuses', () => {
  it.each([
    [
      ['--application', 'paymnts'],
      '--application paymnts: the catalog has no such application; did you mean payments?',
    ],
    [
      ['--environment', 'staging'],
      '--environment staging: the catalog has no such environment; write one of dev, prod',
    ],
  ])('%j', async (args, message) => {
    const out = outFolder();
    const { exitCode, stderr } = await generate(catalogOf(), out, ...args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: `error: ${message}\n` });
    expect(readdirSync(out)).toEqual([]);
  });

  it('an application that the environment does not have', async () => {
    const catalog = catalogOf({
      'shop.yaml': shop.replace('consumers:', 'environments: [dev]\nconsumers:').replace(/ {2}prod:[^]*$/, ''),
    });
    const { exitCode, stderr } = await generate(catalog, outFolder(), '-e', 'prod', '-a', 'shop');
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'error: --application shop: the catalog has no such application in prod; write payments\n',
    });
  });

  it('a catalog that is not valid', async () => {
    const out = outFolder();
    const catalog = catalogOf({ 'shop.yaml': shop.replace('[api]', '[apii]') });
    const { exitCode, stderr } = await generate(catalog, out);
    expect(exitCode).toBe(2);
    expect(stderr).toContain('shop.yaml:14:15 secrets.orders-db.readers[0] must be a consumer of this file (got apii)');
    expect(readdirSync(out)).toEqual([]);
  });

  it('a folder that is a file', async () => {
    const file = path.join(outFolder(), 'file');
    writeFileSync(file, 'mine');
    for (const more of [[], ['--application', 'shop'], ['--check']]) {
      const { exitCode, stderr } = await generate(catalogOf(), file, ...more);
      expect(exitCode).toBe(2);
      expect(stderr).toContain(`error: --out ${file} must be a folder that can be read and written (`);
    }
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('to overwrite what it did not make, and writes no other file', async () => {
    const out = outFolder();
    writeFileSync(path.join(out, 'shop.ts'), 'export const mine = 1;\n');
    const { exitCode, stderr } = await generate(catalogOf(), out);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: `error: ${path.join(out, 'shop.ts')} was not made by this command: move it away, or write to another folder with --out\n`,
    });
    expect(readdirSync(out)).toEqual(['shop.ts']);
  });
});

describe('what was generated', () => {
  const client = `import { createSecrets } from '@strongroom/client';
import { paymentsApi, paymentsReport, type PaymentsApiSecrets } from './payments.ts';
const api: PaymentsApiSecrets = createSecrets(paymentsApi);
const report = createSecrets(paymentsReport, { environment: 'prod', ttlMs: 1000 });
`;
  const right: Readonly<Record<string, string>> = {
    database: `const db = await api.get('orders-db');
export const login: { host: string; port: number; username: string; password: string } = db;`,
    'signing-key': `export const key: string = (await report.get('signing-key')).text;`,
    'oauth-client': `export const id: unknown = (await report.refresh('mail-oauth')).fields['clientId'];`,
    use: `export const rows: number = await api.use('orders-db', async ({ username }) => username.length);`,
    'IAM login': `export const token: string = (await api.iamLogin('ledger-db')).password;
export const pool: () => Promise<string> = api.iamConnection('ledger-db').password;`,
  };
  const wrong: Readonly<Record<string, readonly [code: string, message: string]>> = {
    'a secret of another consumer': [
      `await api.get('mail-oauth');`,
      `Argument of type '"mail-oauth"' is not assignable to parameter of type '"orders-db" | "signing-key"'.`,
    ],
    'a secret of another consumer, used': [
      `await report.use('orders-db', async () => 1);`,
      `Argument of type '"orders-db"' is not assignable to parameter of type '"mail-oauth" | "signing-key"'.`,
    ],
    'a secret of one environment only': [
      `await api.get('debug-key');`,
      `Argument of type '"debug-key"' is not assignable to parameter of type '"orders-db" | "signing-key"'.`,
    ],
    'an unknown name': [
      `await api.get('orders');`,
      `Argument of type '"orders"' is not assignable to parameter of type '"orders-db" | "signing-key"'.`,
    ],
    'a database with IAM, read as a secret': [
      `await api.get('ledger-db');`,
      `Argument of type '"ledger-db"' is not assignable to parameter of type '"orders-db" | "signing-key"'.`,
    ],
    'a field that the class has not': [
      `(await api.get('signing-key')).password;`,
      `Property 'password' does not exist on type 'TextSecret'.`,
    ],
    'a database of another consumer': [
      `await report.iamLogin('ledger-db');`,
      `Argument of type 'string' is not assignable to parameter of type 'IamDatabase'.`,
    ],
    'the client of another consumer': [
      `const given: PaymentsApiSecrets = report; void given;`,
      `is not assignable to type 'PaymentsApiSecrets'.`,
    ],
  };

  it('compiles, types what a consumer reads, and refuses the rest', async () => {
    const at = (file: string) => path.join(root, 'test/unit/cli', `${file}.ts`);
    const code = (body: string) => `${client}void report; void api;\n${body}`;
    const messages = compile(
      new Map([
        [at('payments'), await generated()],
        ...Object.entries(right).map(([name, body]) => [at(name), code(body)] as const),
        ...Object.entries(wrong).map(([name, [body]]) => [at(name), code(body)] as const),
      ]),
    );
    // In which order the compiler names the members of a union depends on what else it compiles.
    const sortUnion = (text: string) =>
      text.replace(/"[\w-]+"(?: \| "[\w-]+")+/, (union) => union.split(' | ').sort().join(' | '));
    const first = (name: string) => messages.get(at(name))?.map((message) => sortUnion(message.split('\n')[0]!));
    expect(first('payments')).toEqual([]);
    for (const name of Object.keys(right)) expect([name, first(name)]).toEqual([name, []]);
    for (const [name, [, message]] of Object.entries(wrong)) {
      expect([name, first(name)]).toEqual([name, [expect.stringContaining(message)]]);
    }
  });
});

describe('a secret that another application shares', () => {
  it('is declared for its readers, by the name of the use, with its name in Secrets Manager', async () => {
    const owner = `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n    sharedWith: { billing: [api] }\n`;
    const billing = `application: billing
owner: team-billing
contact: oncall
consumers:
  api: { runsOn: lambda }
  worker: { runsOn: ecs }
secrets:
  invoice: { class: generic, readers: [api, worker] }
uses:
  orders: { application: payments, secret: orders-db, readers: [api] }
`;
    const folder = catalogFolder({
      'organisation.yaml': organisationYaml,
      'payments.yaml': owner,
      'billing.yaml': billing,
    });
    const out = mkdtempSync(path.join(tmpdir(), 'strongroom-generated-'));
    onTestFinished(() => {
      rmSync(out, { recursive: true, force: true });
    });
    expect(await strongroom(['generate', '--catalog', folder, '--out', out])).toMatchObject({ exitCode: 0 });
    const text = readFileSync(path.join(out, 'billing.ts'), 'utf8');
    const [api, worker] = text.split('export const billingWorker');
    expect(api).toContain("orders: 'database',");
    expect(api).toContain("orders: 'prod/payments/orders-db',");
    expect(worker).not.toContain('orders');
  });
});
