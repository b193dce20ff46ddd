import { describe, expect, it } from 'vitest';

import { loadCatalog } from '../../../lib/catalog/index.ts';
import { classFacts, secretClasses } from '../../../lib/contract/index.ts';
import { type Secret } from '../../../lib/model/index.ts';
import { generatedValue } from '../../../lib/constructs/managed-secret/generated-value.ts';
import { catalogFolder, ordersDb, organisationYaml, paymentsHead, today } from '../../_helpers/catalog-folder.ts';
import { splunk } from '../../_fixtures/catalog-model.ts';
import { everyDestination, everyDestinationYaml } from '../../_fixtures/every-destination.ts';

const load = (secrets: string, organisation = organisationYaml, head = paymentsHead) =>
  loadCatalog(catalogFolder({ 'organisation.yaml': organisation, 'payments.yaml': head + secrets }), { today });

const secretIn = (environment: string, secrets: string, organisation = organisationYaml): Secret =>
  load(secrets, organisation).environments.find(({ name }) => name === environment)!.applications[0]!.secrets[0]!;

const rotating = `${ordersDb}    rotation: { admin: { managedBy: rds }, provision: { grants: { public: read-write } } }\n`;

describe('the class defaults', () => {
  it('call those classes generated whose value the constructs can generate', () => {
    const generated = secretClasses.filter((name) => classFacts[name].canBeGenerated);
    expect(generated.sort()).toEqual(Object.keys(generatedValue).sort());
    expect(secretClasses.filter((name) => classFacts[name].value === 'generated' && !generated.includes(name))).toEqual(
      [],
    );
  });
});

describe('the model of a catalog', () => {
  it('has every default applied and every name composed', () => {
    expect(secretIn('prod', rotating)).toEqual({
      name: 'orders-db',
      fullName: 'prod/payments/orders-db',
      class: 'database',
      sensitivity: 'standard',
      value: 'generated',
      readers: ['api'],
      database: { engine: 'postgres', host: { rds: 'orders' }, dbname: 'orders', username: 'payments_app' },
      rotation: {
        kind: 'automatic',
        strategy: 'single-user',
        everyHours: 30 * 24,
        schedule: { expression: 'rate(30 days)' },
        admin: { managedBy: 'rds' },
        provision: { grants: { public: 'read-write' } },
      },
    });
  });

  it('has the admin secret of the same environment, and the port of a host name', () => {
    const secret = secretIn(
      'dev',
      `${ordersDb.replace('{ rds: orders }', 'db.acme.example\n    port: 6432')}    rotation: { admin: admin, every: 7d, window: Sun 02:00-04:00 UTC }
  admin:
    class: database
    engine: postgres
    host: db.acme.example
    port: 6432
    dbname: postgres
    username: postgres
    value: supplied
    readers: []
    rotation: { every: 12h }
`,
    );
    expect(secret.database).toMatchObject({ host: { name: 'db.acme.example' }, port: 6432 });
    expect(secret.rotation).toMatchObject({
      everyHours: 168,
      schedule: { expression: 'cron(0 3 ? * SUN *)', duration: '1h' },
      admin: { secret: 'admin', fullName: 'dev/payments/admin' },
    });
  });

  it.each(secretClasses.filter((name) => name !== 'database'))('gives class %s its defaults', (name) => {
    const { every, value, sensitivity } = classFacts[name];
    const exception =
      '    rotation: manual\n    exception: { reason: no API, approvedBy: security, until: 2027-01-31 }\n';
    const secret = secretIn(
      'dev',
      `  one:\n    class: ${name}\n    readers: [api]\n${every === undefined ? '' : exception}`,
    );
    expect(secret).toMatchObject({ value, sensitivity, rotation: { kind: 'manual' } });
  });

  it('has an organisation’s own defaults in place of those of Strongroom', () => {
    const organisation = `${organisationYaml}classes:
  database: { sensitivity: high, rotation: { every: 14d, window: 02:00-03:00 UTC } }
  api-key: { rotation: manual }
`;
    expect(secretIn('dev', rotating, organisation)).toMatchObject({
      sensitivity: 'high',
      rotation: { everyHours: 336, schedule: { expression: 'cron(0 2 * * ? *)', duration: '1h' } },
    });
    expect(secretIn('dev', '  stripe: { class: api-key, readers: [api] }\n', organisation).rotation).toEqual({
      kind: 'manual',
    });
  });

  it('leaves the window of a class where the secret asks for any', () => {
    const organisation = `${organisationYaml}classes: { database: { rotation: { every: 14d, window: 02:00-03:00 UTC } } }\n`;
    const secret = secretIn(
      'dev',
      rotating.replace('rotation: {', 'rotation: { every: 4h, window: any,'),
      organisation,
    );
    expect(secret.rotation).toMatchObject({ schedule: { expression: 'rate(4 hours)' } });
  });

  it('has roles by name in the account of each environment, and by ARN as they are', () => {
    const head = paymentsHead
      .replace('{ runsOn: ecs }', '{ role: service/api }')
      .replace('{ runsOn: lambda }', '{ role: arn:aws:iam::111122223333:role/report }')
      .replace('secrets:', 'environments: [dev]\nsecrets:');
    const [dev, prod] = load(rotating, organisationYaml, head).environments;
    expect(dev!.applications[0]!.consumers).toEqual([
      { name: 'api', roleArn: 'arn:aws:iam::111122223333:role/service/api' },
      { name: 'report', roleArn: 'arn:aws:iam::111122223333:role/report' },
    ]);
    expect(prod!.applications).toEqual([]);
  });

  it('has ARNs of the partition that the region is in', () => {
    const organisation = organisationYaml.replace('eu-west-1', 'cn-north-1');
    const head = paymentsHead.replace('{ runsOn: ecs }', '{ role: api }');
    expect(load(rotating, organisation, head).environments[0]!.applications[0]!.consumers[0]).toEqual({
      name: 'api',
      roleArn: 'arn:aws-cn:iam::111122223333:role/api',
    });
  });

  it('has what the platform needs of each environment', () => {
    const organisation = organisationYaml.replace(
      '    region: eu-west-1\n',
      '    region: eu-west-1\n    trail: existing\n    network: { vpc: vpc-01234567, subnets: [subnet-01234567], securityGroups: [sg-01234567] }\n',
    );
    const [dev, prod] = load(rotating, organisation).environments;
    expect(dev).toMatchObject({
      name: 'dev',
      account: '111122223333',
      trail: 'existing',
      network: { vpc: 'vpc-01234567', subnets: ['subnet-01234567'], securityGroups: ['sg-01234567'] },
      contact: { name: 'oncall', email: 'oncall@acme.example' },
      destinations: [splunk],
    });
    expect(prod).toMatchObject({ trail: 'create' });
    expect(prod).not.toHaveProperty('network');
  });
});

describe('destinations of audit events', () => {
  const destinationsOf = (organisation: string) =>
    load(rotating, organisation).environments.map(({ destinations }) => destinations);
  const withSiem = (siem: string): string => organisationYaml.replace(/siem: .*\n/, siem);

  it('of an environment replace those of the organisation', () => {
    const own = "    siem: { type: splunk-hec, url: 'https://10.0.0.7', index: dev, sourceType: 'aws:strongroom' }\n";
    expect(destinationsOf(organisationYaml.replace('    account', `${own}    account`))).toEqual([
      [{ ...splunk, url: 'https://10.0.0.7', index: 'dev', sourceType: 'aws:strongroom' }],
      [splunk],
    ]);
    expect(destinationsOf(organisationYaml.replace('    account', '    siem: none\n    account'))).toEqual([
      [],
      [splunk],
    ]);
  });

  it.each(['', 'siem: none\n'])('are none without siem (%j)', (siem) => {
    expect(destinationsOf(withSiem(siem))).toEqual([[], []]);
  });

  it('a list has each by its name, with every default', () => {
    expect(destinationsOf(withSiem(everyDestinationYaml))[0]).toEqual(everyDestination);
  });
});

describe('overrides of an environment', () => {
  const overrides = `overrides:
  prod:
    consumers:
      api: { role: existing-api }
      probe: { runsOn: lambda }
    secrets:
      orders-db:
        sensitivity: high
        host: orders-prod.acme.example
        readers: [probe]
        rotation: { every: 1d, admin: admin, provision: { grants: { audit: read-only } } }
      admin:
        class: database
        engine: postgres
        host: orders-prod.acme.example
        dbname: postgres
        username: postgres
        value: supplied
        readers: []
`;

  it('merge mappings and replace words, lists, consumers, host and admin, in that environment only', () => {
    const [dev, prod] = load(rotating + overrides).environments.map(({ applications }) => applications[0]!);
    expect(dev!.secrets).toHaveLength(1);
    expect(dev!.consumers.map(({ name }) => name)).toEqual(['api', 'report']);
    expect(dev!.secrets[0]).toMatchObject({
      sensitivity: 'standard',
      readers: ['api'],
      database: { host: { rds: 'orders' } },
    });
    expect(prod!.consumers).toEqual([
      { name: 'api', roleArn: 'arn:aws:iam::444455556666:role/existing-api' },
      { name: 'report', runsOn: 'lambda', roleName: 'prod-payments-report' },
      { name: 'probe', runsOn: 'lambda', roleName: 'prod-payments-probe' },
    ]);
    expect(prod!.secrets.map(({ name }) => name)).toEqual(['orders-db', 'admin']);
    expect(prod!.secrets[0]).toMatchObject({
      sensitivity: 'high',
      readers: ['probe'],
      database: { dbname: 'orders', host: { name: 'orders-prod.acme.example' }, port: 5432 },
      rotation: {
        everyHours: 24,
        admin: { secret: 'admin', fullName: 'prod/payments/admin' },
        provision: { grants: { public: 'read-write', audit: 'read-only' } },
      },
    });
  });
});
