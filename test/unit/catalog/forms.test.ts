/** Each key against each form of a secret and of a consumer: the loader and the JSON Schema of editors say the same. */
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { stringify } from 'yaml';
import { describe, expect, it } from 'vitest';

import { catalogJsonSchemas } from '../../../lib/catalog/json-schema.ts';
import { type ConsumerService, secretClasses } from '../../../lib/contract/index.ts';
import { organisationYaml, problemsOf } from '../../_helpers/catalog-folder.ts';

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
addFormats.default(ajv);
const validate = ajv.compile(catalogJsonSchemas()['application.schema.json']!);

type Entry = Readonly<Record<string, unknown>>;

const organisation = organisationYaml.replaceAll(
  '    region: eu-west-1\n',
  '    region: eu-west-1\n    fences: { organization: o-a1b2c3d4e5 }\n',
);

const applicationOf = ({ secret, consumer, overrides }: Readonly<Record<string, unknown>>): object => ({
  application: 'payments',
  owner: 'team-payments',
  contact: 'oncall',
  environments: ['dev'],
  consumers: { api: { runsOn: 'ecs' }, ...(consumer !== undefined && { one: consumer }) },
  secrets: { other: { class: 'generic', readers: [] }, ...(secret !== undefined && { one: secret }) },
  ...(overrides !== undefined && { overrides: { dev: overrides } }),
});

/** What both say, and why the loader refuses. */
const verdictsOf = (application: object): { loader: boolean; editor: boolean; problems: string[] } => {
  const problems = problemsOf({ 'organisation.yaml': organisation, 'payments.yaml': stringify(application) });
  return { loader: problems.length === 0, editor: validate(application), problems };
};

const exception = { reason: 'Its owner rotates it.', approvedBy: 'ciso', until: '2027-09-30' };
const valueOfClass: Entry = { readers: ['api'], rotation: 'manual', exception };
const database: Entry = {
  class: 'database',
  engine: 'postgres',
  host: { rds: 'orders' },
  dbname: 'orders',
  username: 'orders_app',
  readers: ['api'],
  rotation: { admin: { managedBy: 'rds' } },
};
const iam: Entry = {
  class: 'database',
  access: 'iam',
  engine: 'postgres',
  host: 'orders.c1a2b3.eu-west-1.rds.amazonaws.com',
  dbname: 'orders',
  username: 'orders_app',
  resourceId: 'db-ABCDEFGHIJKLMN',
  readers: ['api'],
};

/** A complete secret of each form. */
const secrets: Readonly<Record<string, Entry>> = {
  ...Object.fromEntries(
    secretClasses.filter((name) => name !== 'database').map((name) => [name, { class: name, ...valueOfClass }]),
  ),
  database,
  'database by IAM': iam,
};

const functionArn = 'arn:aws:lambda:eu-west-1:111122223333:function:rotate';
const roleArn = 'arn:aws:iam::111122223333:role/rotate';

/** A value for each key that is right for the form that has it. */
const secretKeys: readonly (readonly [key: string, value: unknown])[] = [
  ['description', 'For orders'],
  ['sensitivity', 'high'],
  ['value', 'supplied'],
  ['value', 'generated'],
  ['generate', { length: 40 }],
  ['pendingReaders', ['api']],
  ['replicas', ['eu-central-1']],
  ['name', 'AmazonMSK_one'],
  ['adopt', { arn: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy/token-AbCdEf' }],
  ['exception', exception],
  ['engine', 'mysql'],
  ['host', 'orders.acme.example'],
  ['dbname', 'shop'],
  ['username', 'shop_app'],
  ['port', 5433],
  ['userId', 'orders-app'],
  ['tls', { serverName: 'orders.acme.example' }],
  ['readReplicas', ['replica.acme.example']],
  ['access', 'iam'],
  ['resourceId', 'db-ABCDEFGHIJKLMN'],
  ['rotation', 'manual'],
  ['rotation', { every: '7d' }],
  ['rotation', { every: '7d', admin: { managedBy: 'rds' } }],
  ['rotation', { function: functionArn, role: roleArn, every: '7d' }],
  ['rotation', { function: functionArn }],
  ['rotation', { role: roleArn }],
  ['rotation', { function: functionArn, role: roleArn, every: '7d', strategy: 'single-user' }],
  ['colour', 'red'],
];

/** Rules over several keys, which a JSON Schema of one key each can't have: what these say is not compared. */
const meaning =
  / (must be left out \(got|must be left out: RDS|must be left out with adopt|must be supplied with adopt|needs a generated value|is for engine elasticache only|must be that of host|is missing: the database learns|can be managed by RDS only|is missing: PostgreSQL needs it|is weaker than class)/;

const expectOneVerdict = (application: object): void => {
  const { loader, editor, problems } = verdictsOf(application);
  const isMeaning = problems.length > 0 && problems.every((one) => meaning.test(one));
  expect([editor, problems]).toEqual([loader || isMeaning, problems]);
};

describe.each(Object.entries(secrets))('a secret of form %s', (_form, complete) => {
  it('is accepted by both', () => {
    expect(verdictsOf(applicationOf({ secret: complete }))).toEqual({ loader: true, editor: true, problems: [] });
  });

  it.each(secretKeys)('with %s: %j is taken or refused by both', (key, value) => {
    expectOneVerdict(applicationOf({ secret: { ...complete, [key]: value } }));
  });

  it.each(Object.keys(complete))('without %s is taken or refused by both', (key) => {
    const { [key]: _taken, ...rest } = complete as Record<string, unknown>;
    // The interval of a class, which asks for an exception and a rotation, is that of organisation.yaml.
    if (key === 'exception' || key === 'rotation') return;
    expectOneVerdict(applicationOf({ secret: rest }));
  });

  it.each(Object.keys(complete).filter((key) => key !== 'class' && key !== 'readers'))(
    'may have %s in the overrides of each environment',
    (key) => {
      const { [key]: taken, ...rest } = complete as Record<string, unknown>;
      const overrides = { secrets: { one: { [key]: taken } } };
      // A resource id is a key of access: iam alone.
      const isTaken = key !== 'access';
      expect(verdictsOf(applicationOf({ secret: rest, overrides }))).toMatchObject({
        loader: isTaken,
        editor: isTaken,
      });
    },
  );
});

describe('an override', () => {
  it.each([
    [
      'of keys of no one class',
      { engine: 'postgres', generate: { length: 40 } },
      'generate is not a key of the class that has the other keys here; write keys of one class',
    ],
    [
      'of keys of another class than it says',
      { class: 'generic', engine: 'postgres' },
      'engine belongs to class database only (this is generic); leave it out, or write class: database',
    ],
    [
      'of keys of access: iam and of a password',
      { access: 'iam', tls: 'disable' },
      'tls must be left out with access: iam, because a token is taken over verified TLS only, by the one host that it is for',
    ],
    [
      'of a value that is not valid',
      { sensitivity: 'low' },
      'sensitivity must be standard or high (got low); write one of these',
    ],
    ['of keys that several classes have', { sensitivity: 'high', description: 'Prod' }, undefined],
    ['that says its class again', { class: 'generic', value: 'supplied' }, undefined],
    ['of another class, complete', { ...secrets['ssh-key'] }, undefined],
  ])('%s is taken or refused by both', (_title, override, problem) => {
    const application = applicationOf({
      secret: { class: 'generic', readers: ['api'] },
      overrides: { secrets: { one: override } },
    });
    const { editor, problems } = verdictsOf(application);
    expect(editor).toBe(problem === undefined);
    expect(problems).toEqual(
      problem === undefined
        ? []
        : expect.arrayContaining([expect.stringContaining(`overrides.dev.secrets.one.${problem}`)]),
    );
  });

  it('of a key that its class does not have is refused once it is merged', () => {
    const overrides = { secrets: { one: { engine: 'postgres' } } };
    const { problems } = verdictsOf(applicationOf({ secret: { class: 'generic', readers: ['api'] }, overrides }));
    expect(problems).toEqual([
      expect.stringMatching(
        /^payments\.yaml:\d+:\d+ overrides\.dev\.secrets\.one\.engine belongs to class database only \(this is generic\); leave it out, or write class: database$/,
      ),
    ]);
  });
});

const pods = { namespace: 'shop', serviceAccount: 'batch' };
const anchor = '1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d';
const services: Readonly<Record<ConsumerService, Entry>> = {
  lambda: {},
  ecs: {},
  'ecs-execution': {},
  ec2: {},
  eks: { cluster: 'shop', ...pods },
  'eks-irsa': { issuer: 'ci.acme.example', ...pods },
  github: { repository: 'acme/shop', branch: 'main' },
  oidc: { issuer: 'ci.acme.example', audience: 'ci', subject: 'project:shop' },
  'roles-anywhere': { trustAnchor: anchor, subject: { commonName: 'backup-1' } },
};

/** A complete consumer of each form. */
const consumers: Readonly<Record<string, Entry>> = {
  ...Object.fromEntries(Object.entries(services).map(([runsOn, rest]) => [runsOn, { runsOn, ...rest }])),
  role: { role: 'team/report' },
  'role of another account': { role: 'team/report', account: '999988887777' },
  permissionSet: { permissionSet: 'Support' },
};

const consumerKeys: readonly (readonly [key: string, value: unknown])[] = [
  ['runsOn', 'lambda'],
  ['runsOn', 'lambada'],
  ['cluster', 'shop'],
  ['namespace', 'shop'],
  ['serviceAccount', 'batch'],
  ['issuer', 'ci.acme.example'],
  ['audience', 'ci'],
  ['subject', 'project:shop'],
  ['subject', { commonName: 'backup-1' }],
  ['repository', 'acme/shop'],
  ['environment', 'production'],
  ['branch', 'main'],
  ['tag', 'v1'],
  ['trustAnchor', anchor],
  ['session', '2h'],
  ['permissionSet', 'Support'],
  ['role', 'team/other'],
  ['role', 'arn:aws:iam::111122223333:role/other'],
  ['account', '999988887777'],
  ['network', 'any'],
  ['reads', 'by-version'],
  ['memory', 512],
];

describe.each(Object.entries(consumers))('a consumer of form %s', (_form, complete) => {
  it('is accepted by both', () => {
    expect(verdictsOf(applicationOf({ consumer: complete }))).toEqual({ loader: true, editor: true, problems: [] });
  });

  it.each(consumerKeys)('with %s: %j is taken or refused by both', (key, value) => {
    expectOneVerdict(applicationOf({ consumer: { ...complete, [key]: value } }));
  });

  it.each(Object.keys(complete))('without %s is taken or refused by both', (key) => {
    const { [key]: _taken, ...rest } = complete as Record<string, unknown>;
    expectOneVerdict(applicationOf({ consumer: rest }));
  });
});
