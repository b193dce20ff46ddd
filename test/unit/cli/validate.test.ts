import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { strongroom } from '../../_helpers/captured-host.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';

const secrets = `${ordersDb}    rotation: { admin: { managedBy: rds }, every: 7d, window: Sun 02:00-04:00 UTC }
  stripe-key:
    class: api-key
    readers: []
    rotation: manual
    exception: { reason: no API, approvedBy: security, until: 2027-01-31 }
overrides: { prod: { secrets: { orders-db: { rotation: { every: 1d, window: any } } } } }
`;
const valid = { 'organisation.yaml': organisationYaml, 'payments.yaml': paymentsHead + secrets };
const invalid = {
  'organisation.yaml': organisationYaml.replace('eu-west-1', 'Ireland'),
  'payments.yaml': paymentsHead + secrets.replace('[api]', '[aip, web]'),
};

const everyEngine = fileURLToPath(new URL('../../_fixtures/every-engine', import.meta.url));

const escape = String.fromCharCode(27);

describe('strongroom validate', () => {
  it('says what a valid catalog gives, with each rotation in words', async () => {
    const folder = catalogFolder(valid);
    const { exitCode, stdout, stderr } = await strongroom(['validate', '--catalog', folder]);
    expect(stdout.split('\n')).toEqual([
      `valid ${folder}: acme, 2 environments, 1 application, 4 secrets`,
      '',
      'dev (account 111122223333, eu-west-1)',
      'SECRET                   CLASS     SENSITIVITY  VALUE      READERS  ROTATES',
      'dev/payments/orders-db   database  standard     generated  api      every Sunday, 03:00-04:00 UTC',
      'dev/payments/stripe-key  api-key   standard     supplied   -        by hand (exception until 2027-01-31, by security)',
      '',
      'prod (account 444455556666, eu-west-1)',
      'SECRET                    CLASS     SENSITIVITY  VALUE      READERS  ROTATES',
      'prod/payments/orders-db   database  standard     generated  api      every day',
      'prod/payments/stripe-key  api-key   standard     supplied   -        by hand (exception until 2027-01-31, by security)',
      '',
      'Replace before you deploy:',
      `  ${folder}/organisation.yaml:4:14 environments.dev.account is an example of AWS (111122223333); write the id of your account`,
      `  ${folder}/organisation.yaml:9:14 environments.prod.account is an example of AWS (444455556666); write the id of your account`,
      `  ${folder}/organisation.yaml:14:20 contacts.oncall.email is an example (oncall@acme.example); write an address that someone reads`,
      '',
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  });

  it('names no example where a catalog has values of its own', async () => {
    const own = organisationYaml
      .replaceAll('111122223333', '214365870912')
      .replaceAll('444455556666', '563412907856')
      .replace('acme.example', 'acme.io');
    const files = { ...valid, 'organisation.yaml': own };
    const { stdout } = await strongroom(['validate', '--catalog', catalogFolder(files), '--json']);
    expect(JSON.parse(stdout)).not.toHaveProperty('examples');
  });

  it('says the same as JSON', async () => {
    const { exitCode, stdout } = await strongroom(['validate', '--catalog', catalogFolder(valid), '--json']);
    expect(exitCode).toBe(0);
    const { environments, examples, ...rest } = JSON.parse(stdout) as {
      examples: unknown[];
      environments: { applications: { secrets: unknown[] }[] }[];
    };
    expect(rest).toEqual({ valid: true, organisation: 'acme' });
    expect(examples).toHaveLength(3);
    expect(examples[0]).toMatchObject({ line: 4, column: 14 });
    expect(environments[0]!.applications[0]!.secrets[0]).toEqual({
      name: 'dev/payments/orders-db',
      class: 'database',
      sensitivity: 'standard',
      value: 'generated',
      readers: ['api'],
      rotation: {
        kind: 'automatic',
        strategy: 'single-user',
        everyHours: 168,
        schedule: { expression: 'cron(0 3 ? * SUN *)', duration: '1h' },
        admin: { managedBy: 'rds' },
        inWords: 'every Sunday, 03:00-04:00 UTC',
      },
    });
  });

  it('names a strategy that is not the usual one, with its grace time', async () => {
    const { stdout } = await strongroom(['validate', '-c', everyEngine]);
    expect(stdout).toMatch(/prod\/data\/postgres-app .* every 30 days, alternating-users, grace 24h$/m);
    expect(stdout).toMatch(/prod\/data\/aurora-app .* every 30 days, dual-password, grace 12h$/m);
    expect(stdout).toMatch(/prod\/data\/mariadb-app .* every 30 days$/m);
  });

  it('prints every problem of every file, and ends with 2', async () => {
    const folder = catalogFolder(invalid);
    const { exitCode, stdout, stderr } = await strongroom(['validate', '-c', folder]);
    expect(stderr.replaceAll(folder, 'catalog').split('\n')).toEqual([
      'catalog/organisation.yaml:5:13 environments.dev.region must be an AWS region (got Ireland); write a region such as eu-west-1 [wrong-value]',
      'catalog/payments.yaml:14:15 secrets.orders-db.readers[0] must be a consumer of this file (got aip); did you mean api? [unknown-consumer]',
      'catalog/payments.yaml:14:20 secrets.orders-db.readers[1] must be a consumer of this file (got web); write one of api, report [unknown-consumer]',
      '3 problems in 2 files',
      '',
    ]);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  });

  it('prints problems as JSON to standard output, for a program that reads them', async () => {
    const folder = catalogFolder(invalid);
    const { exitCode, stdout, stderr } = await strongroom(['validate', '--catalog', folder, '--json']);
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      error: {
        code: 'catalog-invalid',
        message: '3 problems in 2 files',
        problems: [
          {
            code: 'wrong-value',
            file: `${folder}/organisation.yaml`,
            line: 5,
            column: 13,
            message: 'environments.dev.region must be an AWS region (got Ireland); write a region such as eu-west-1',
          },
          expect.objectContaining({ code: 'unknown-consumer', line: 14, column: 15 }),
          expect.objectContaining({ line: 14, column: 20 }),
        ],
      },
    });
  });

  it('looks at ./catalog where no folder is named', async () => {
    const { exitCode, stdout } = await strongroom(['validate']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /^valid catalog: northwind-retail, 2 environments, 2 applications, 12 secrets, 2 databases without one\n/,
    );
  });
});

describe('a database without a secret', () => {
  it('is listed with who logs in to it', async () => {
    const { stdout } = await strongroom(['validate']);
    expect(stdout).toMatch(/^database ledger-db +database +- +none +settlement +never: readers log in with IAM$/m);
    const { stdout: json } = await strongroom(['validate', '--json']);
    const { environments } = JSON.parse(json) as { environments: { applications: { iamDatabases?: object[] }[] }[] };
    expect(environments[1]?.applications[0]?.iamDatabases).toEqual([
      expect.objectContaining({ name: 'ledger-db', username: 'settlement', readers: ['settlement'] }),
    ]);
  });
});

describe('colours', () => {
  const folder = () => catalogFolder(invalid);

  it('are for a terminal', async () => {
    expect((await strongroom(['validate', '-c', folder()], { isTTY: true })).stderr).toContain(escape);
  });

  it.each([
    ['a pipe', [], {}],
    ['NO_COLOR', [], { isTTY: true, env: { NO_COLOR: '1' } }],
    ['--no-color', ['--no-color'], { isTTY: true }],
    ['NO_COLOR though FORCE_COLOR is set', [], { env: { NO_COLOR: '1', FORCE_COLOR: '1' } }],
  ])('are not for %s', async (_title, args, surroundings) => {
    const { stdout, stderr } = await strongroom(['validate', '-c', folder(), ...args], surroundings);
    expect(stdout + stderr).not.toContain(escape);
  });

  it('are there in a pipe that asks for them', async () => {
    expect((await strongroom(['validate', '-c', folder()], { env: { FORCE_COLOR: '1' } })).stderr).toContain(escape);
  });

  it('are never in JSON', async () => {
    expect((await strongroom(['validate', '-c', folder(), '--json'], { isTTY: true })).stdout).not.toContain(escape);
  });
});
