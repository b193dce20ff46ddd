/** Names of secrets in AWS: a template for all of them, and a name of its own for one. */
import { describe, expect, it } from 'vitest';

import { type EnvironmentCatalog } from '../../../lib/model/index.ts';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { catalogFolder, organisationYaml, paymentsHead, problemsOf, today } from '../../_helpers/catalog-folder.ts';

const inOneAccount = organisationYaml.replaceAll('444455556666', '111122223333');
const named = (template: string, organisation = organisationYaml): string =>
  `${organisation}names: { secret: '${template}' }\n`;
const secret = (name: string, more = ''): string => `  ${name}:\n    class: generic\n    readers: [api]\n${more}`;
const payments = (...secrets: string[]): string => paymentsHead + secrets.join('');
const billing = (...secrets: string[]): string =>
  payments(...secrets).replace('application: payments', 'application: billing');

type Files = Readonly<Record<string, string>>;
const load = (files: Files): readonly EnvironmentCatalog[] => loadCatalog(catalogFolder(files), { today }).environments;
const namesIn = (files: Files): string[] =>
  load(files).flatMap(({ applications }) =>
    applications.flatMap(({ secrets }) => secrets.map(({ fullName }) => fullName)),
  );

describe('the names of secrets', () => {
  it.each([
    ['/{environment}/{application}/{secret}', ['/dev/payments/db', '/prod/payments/db']],
    ['{application}/{environment}/{secret}', ['payments/dev/db', 'payments/prod/db']],
    ['{application}/{secret}', ['payments/db', 'payments/db']],
    ['Acme_{environment}+{application}={secret}@v1', ['Acme_dev+payments=db@v1', 'Acme_prod+payments=db@v1']],
    ['{environment}-{application}-{secret}', ['dev-payments-db', 'prod-payments-db']],
  ])('are made by the template %s', (template, names) => {
    const files = { 'organisation.yaml': named(template), 'payments.yaml': payments(secret('db')) };
    expect(namesIn(files)).toEqual(names);
  });

  it('are the old ones without a template', () => {
    const files = { 'organisation.yaml': organisationYaml, 'payments.yaml': payments(secret('db')) };
    expect(namesIn(files)).toEqual(['dev/payments/db', 'prod/payments/db']);
    expect(load(files)[0]).not.toHaveProperty('nameTemplate');
  });

  it('are their own where a secret has one, also as the admin of another', () => {
    const database = (name: string, more: string): string =>
      `  ${name}:\n    class: database\n    engine: postgres\n    host: db.acme.example\n    dbname: orders\n` +
      `    username: ${name}_user\n    readers: []\n${more}`;
    const files = {
      'organisation.yaml': named('/{environment}/{application}/{secret}'),
      'payments.yaml': payments(
        secret('broker', '    name: AmazonMSK_payments-broker\n'),
        database('app', '    rotation: { admin: owner, provision: { grants: { public: read-only } } }\n'),
        database('owner', '    name: Legacy/Owner\n    value: supplied\n    rotation: { strategy: admin }\n'),
        'overrides:\n  dev: { secrets: { broker: { name: AmazonMSK_dev } } }\n',
      ),
    };
    const [dev, prod] = load(files);
    expect(dev?.applications[0]?.secrets.map(({ fullName }) => fullName)).toEqual([
      'AmazonMSK_dev',
      '/dev/payments/app',
      'Legacy/Owner',
    ]);
    expect(prod?.applications[0]?.secrets[0]?.fullName).toBe('AmazonMSK_payments-broker');
    expect(dev?.applications[0]?.secrets[1]?.rotation).toMatchObject({ admin: { fullName: 'Legacy/Owner' } });
  });
});

const refused = (organisation: string, ...texts: string[]): string[] =>
  problemsOf({
    'organisation.yaml': organisation,
    ...Object.fromEntries(texts.map((text) => [`${/^application: (.*)$/m.exec(text)?.[1] ?? ''}.yaml`, text] as const)),
  });

describe('a template is refused', () => {
  it.each([
    ['{environment}/{application}', 'must have {secret} once'],
    ['{secret}/{environment}/{secret}', 'must have {secret} once'],
    ['{environment}/{environment}/{secret}', 'must have no placeholder twice'],
    ['{secret}/{application}/{environment}', 'must have {environment} and {application} before {secret}'],
    ['{secret}', 'must have {environment} and {application} before {secret}'],
    ['{environment}{application}/{secret}', 'must have a character between two placeholders'],
    ['{env}/{application}/{secret}', 'must be a template of {environment}, {application} and {secret}'],
    ['{environment}:{secret}', 'must be a template of {environment}, {application} and {secret}'],
    ['', 'must be a template of {environment}, {application} and {secret}'],
  ])('that is %j', (template, problem) => {
    const [found, ...others] = refused(named(template), payments(secret('db')));
    expect(others).toEqual([]);
    expect(found).toMatch(/^organisation\.yaml:\d+:\d+ names\.secret /);
    expect(found).toContain(problem);
    if (template !== '') expect(found).toContain(`got ${template}`);
  });

  it('without the environment, where two environments are in one account', () => {
    const problems = refused(named('{application}/{secret}', inOneAccount), payments(secret('db')));
    expect(problems).toEqual([
      expect.stringContaining(
        'application must not have names in environment dev that begin as those of environment prod do, in the same account (got payments, whose names begin with payments/)',
      ),
      expect.stringContaining('in environment prod that begin as those of environment dev do'),
    ]);
  });

  it('without the application, where two applications are in one environment', () => {
    const problems = refused(named('{environment}/{secret}'), payments(secret('db')), billing(secret('other')));
    expect(problems.length).toBeGreaterThanOrEqual(4);
    expect(problems[0]).toContain('must not have names in environment dev that begin as those of');
  });

  it.each([
    ['{environment}-{application}/{secret}', ['dev', 'dev-eu'], 'payments', 'environment dev'],
    ['{application}-{environment}-{secret}', ['dev', 'dev-eu'], 'payments', 'environment dev'],
  ])('%s, where one environment begins as another: %s', (template, [one = '', other = ''], application, whose) => {
    const organisation = named(template, inOneAccount).replace('  prod:', `  ${other}:`);
    const problems = refused(organisation, payments(secret('db')));
    expect(problems.some((problem) => problem.includes(`as those of ${whose}`))).toBe(true);
    expect(one + application).not.toBe('');
  });

  it('where the names of one application begin as those of another', () => {
    const other = billing(secret('db')).replace('application: billing', 'application: payments-eu');
    const problems = refused(named('{environment}/{application}-{secret}'), payments(secret('db')), other);
    expect(problems[0]).toContain('payments-eu');
    expect(problems[0]).toContain('begin as those of application payments in dev do');
  });

  it('where it makes a name that ends as an ARN does', () => {
    const problems = refused(named('{environment}/{application}-{secret}'), payments(secret('apikey')));
    expect(problems[0]).toContain('must not end in a hyphen and six characters');
    expect(problems[0]).toContain('/payments-apikey');
  });
});

describe('a name of its own is refused', () => {
  const withName = (name: string): string => payments(secret('db', `    name: ${name}\n`));

  it.each([
    ['with a character that AWS does not take', 'Amazon:MSK', 'must be 1 to 512 letters, digits and / _ + = . @ -'],
    ['that a pattern would take for several', "'AmazonMSK_*'", 'must be 1 to 512 letters, digits and / _ + = . @ -'],
  ])('%s', (_what, name, problem) => {
    const problems = refused(organisationYaml, withName(name));
    expect(problems.length).toBeGreaterThan(0);
    for (const one of problems) expect(one).toContain(`secrets.db.name ${problem}`);
  });

  it('that ends as an ARN does, where another account reads by a part of the ARN', () => {
    const organisation = organisationYaml.replaceAll(
      '    region: eu-west-1\n',
      '    region: eu-west-1\n    fences: { organization: o-a1b2c3d4e5 }\n',
    );
    const foreign = withName('AmazonMSK_my-broker').replace(
      'api: { runsOn: ecs }',
      "api: { role: partner, account: '777788889999' }",
    );
    expect(refused(organisation, withName('AmazonMSK_my-broker'))).toEqual([]);
    expect(refused(organisation, foreign)).toEqual([
      expect.stringContaining('secrets.db.name must not end in a hyphen and six characters (got AmazonMSK_my-broker)'),
    ]);
  });

  it('in the namespace of another environment of the account', () => {
    const problems = refused(inOneAccount, payments(secret('db', '    name: prod/x/db\n')));
    expect(problems).toEqual([
      expect.stringContaining('must not begin as the names of environment prod do (got prod/x/db)'),
      expect.stringContaining('is that of secret db of'),
    ]);
  });

  it('in the namespace of another application, and of Strongroom itself', () => {
    const [one] = refused(organisationYaml, withName('dev/billing/db'), billing(secret('db')));
    expect(one).toContain('must not begin as the names of application billing in dev do (got dev/billing/db)');
    const [other] = refused(organisationYaml, withName('dev/strongroom/siem'));
    expect(other).toContain('must not begin as the names of Strongroom itself in dev do');
  });

  it('that another secret of the account and region has', () => {
    const name = '    name: AmazonMSK_x\n';
    expect(refused(organisationYaml, payments(secret('one', name), secret('two', name)))).toEqual([
      expect.stringContaining('secrets.two.name is that of secret one of'),
    ]);
    expect(refused(inOneAccount, payments(secret('one', name)))).toEqual([
      expect.stringContaining('in environment dev too, in the same account and region (got AmazonMSK_x)'),
    ]);
    expect(refused(organisationYaml, payments(secret('one', name)))).toEqual([]);
  });

  it('that a replica of another environment has there', () => {
    const elsewhere = inOneAccount.replace(/(prod:\n.*\n.*region: )eu-west-1/, '$1eu-central-1');
    const replicated = secret('one', '    name: AmazonMSK_x\n    replicas: [eu-central-1]\n');
    const dev = payments(replicated).replace('consumers:', 'environments: [dev]\nconsumers:');
    const prod = billing(secret('one', '    name: AmazonMSK_x\n')).replace(
      'consumers:',
      'environments: [prod]\nconsumers:',
    );
    expect(refused(elsewhere, dev, prod)).toEqual([expect.stringContaining('is that of secret one of')]);
  });

  it('next to adopt, and without a secret', () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy/token-AbCdEf';
    const dev = payments(secret('db', `    name: x\n    adopt: { arn: '${arn}' }\n`)).replace(
      'consumers:',
      'environments: [dev]\nconsumers:',
    );
    expect(refused(organisationYaml, dev)).toEqual([
      expect.stringContaining('name must be left out with adopt: the secret keeps the name that it has'),
    ]);
  });

  it.each([
    {
      class: 'database',
      more:
        '    engine: postgres\n    host: { rds: orders }\n    dbname: orders\n    username: app\n' +
        '    rotation: { every: 30d }\n',
    },
    {
      class: 'generic',
      more:
        "    rotation: { every: 30d, function: 'arn:aws:lambda:eu-west-1:111122223333:function:rotate', " +
        "role: 'arn:aws:iam::111122223333:role/rotate' }\n",
    },
  ])('too long for the alarm of its rotation: class $class', ({ class: name, more }) => {
    const rotated = `  db:\n    class: ${name}\n${more}    readers: []\n    name: ${'x'.repeat(240)}\n`;
    const problems = refused(organisationYaml, payments(rotated));
    expect(problems.some((one) => one.includes('makes an alarm of 267 characters'))).toBe(true);
  });
});

it('an adopted secret is refused under a name that the template gives to another environment', () => {
  const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:/prod/billing/token-AbCdEf';
  const dev = payments(secret('db', `    adopt: { arn: '${arn}' }\n`)).replace(
    'consumers:',
    'environments: [dev]\nconsumers:',
  );
  expect(refused(named('/{environment}/{application}/{secret}', inOneAccount), dev)).toEqual([
    expect.stringContaining('must not have the name of a secret of environment prod (got /prod/billing/token)'),
  ]);
});
