import { describe, expect, it } from 'vitest';

import { marked, ordersDb, organisationYaml, paymentsHead, problemsOf } from '../../_helpers/catalog-folder.ts';

const payments = `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`;
const other = payments.replace('payments', 'shop').replace('payments_app', 'shop_app');

const long = (length: number): string => 'x'.repeat(length);

/** `payments.yaml`, with the place marked; the only problem is expected there. */
const files: [title: string, text: string, message: string][] = [
  [
    'whose name is not that of its file',
    payments.replace(': payments', ': ‸payment'),
    'application must be the name of its file (got payment, in payments.yaml); write payments, or rename the file to payment.yaml',
  ],
  [
    'that has the name of the platform',
    payments.replace(': payments', ': ‸strongroom'),
    'application must not be a name that the platform uses (got strongroom); choose another',
  ],
  [
    'that has the name of a stack of the platform',
    payments.replace(': payments', ': ‸rotation'),
    'application must not be a name that the platform uses (got rotation); choose another',
  ],
  [
    'whose contact nobody knows',
    payments.replace('oncall', '‸onccall'),
    'contact must be a contact of organisation.yaml (got onccall); did you mean oncall?',
  ],
  [
    'in an environment that does not exist',
    payments.replace('consumers:', 'environments: [dev, ‸stage]\nconsumers:'),
    'environments[1] must be an environment of organisation.yaml (got stage); write one of dev, prod',
  ],
  [
    'with overrides of an environment that it is not in',
    `${payments.replace('consumers:', 'environments: [dev]\nconsumers:')}overrides: { ‸prod: {} }\n`,
    'overrides.prod must be one of the environments of this file (got prod); write dev',
  ],
  [
    'with a consumer that has both runsOn and role',
    payments.replace('{ runsOn: lambda }', '‸{ runsOn: lambda, role: report }'),
    'consumers.report must have exactly one of runsOn, role and permissionSet (got a mapping); write { runsOn: ecs }, { role: NAME } or { permissionSet: NAME }',
  ],
  [
    'with a consumer whose composed role name is too long',
    payments.replace('  report', `  ‸${long(51)}`),
    `consumers.${long(51)} makes a role of 65 characters, and AWS allows 64 (got prod-payments-${long(51)}); write 1 fewer`,
  ],
  [
    'with a secret whose name is longer than a tag',
    `${paymentsHead}  ‸${long(257)}: { class: generic, readers: [api] }\n`,
    `secrets.${long(77)}... makes a tag value of 257 characters, and AWS allows 256 (got ${long(77)}...); write 1 fewer`,
  ],
  [
    'with a role of another account than the environment’s',
    payments
      .replace('consumers:', 'environments: [dev]\nconsumers:')
      .replace('{ runsOn: lambda }', '{ role: ‸arn:aws:iam::999988887777:role/team/report }'),
    "consumers.report.role must be in account 111122223333 of environment dev (got account 999988887777); write the name report alone, the ARN under overrides, or the name with account: '999988887777'",
  ],
  [
    'with two consumers of one role',
    payments.replace('{ runsOn: ecs }', '{ role: report }').replace('{ runsOn: lambda }', '{ role: ‸report }'),
    'consumers.report.role is the role of consumer api too (got report); name one consumer for it',
  ],
];

describe('an application file is refused', () => {
  it.each(files)('%s', (_title, source, message) => {
    const { text, place } = marked(source);
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      `payments.yaml:${place} ${message}`,
    ]);
  });

  it('that has the name of another, which it gets from a second file', () => {
    expect(
      problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': payments, 'payments.yml': payments }),
    ).toEqual([
      'payments.yml:1:14 application is taken by payments.yaml (got payments); choose another, or write both in one file',
    ]);
  });

  it('whose consumer makes the role of a consumer of another application', () => {
    const shop = other.replace(': shop', ': payments-api').replace('  api:', '  v2:').replace('[api]', '[v2]');
    const both = payments.replace('  report:', '  api-v2:');
    expect(
      problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': both, 'payments-api.yaml': shop }),
    ).toEqual([
      'payments.yaml:6:3 consumers.api-v2 makes the role dev-payments-api-v2, which is that of consumer v2 of payments-api.yaml too; choose another name',
      'payments.yaml:6:3 consumers.api-v2 makes the role prod-payments-api-v2, which is that of consumer v2 of payments-api.yaml too; choose another name',
    ]);
  });

  it.each(['eu', 'e'])(
    'whose names in one environment begin as another environment of its account does (%s)',
    (name) => {
      const oneAccount = organisationYaml
        .replaceAll('444455556666', '111122223333')
        .replace('  dev:\n', `  prod-${name}-west:\n`);
      const source = other.replace(': shop', `: ${name}\nenvironments: [prod]`);
      const files = { 'organisation.yaml': oneAccount, [`${name}.yaml`]: source };
      expect(problemsOf(files)).toEqual([
        `${name}.yaml:1:14 application must not make names in environment prod that begin as those of environment prod-${name}-west do, which organisation.yaml has in the same account (got ${name}); choose another name`,
      ]);
      expect(problemsOf({ ...files, 'organisation.yaml': oneAccount.replace('111122223333', '999988887777') })).toEqual(
        [],
      );
      const longer = {
        'organisation.yaml': oneAccount,
        [`${name}s.yaml`]: source.replace(`: ${name}\n`, `: ${name}s\n`),
      };
      expect(problemsOf(longer)).toEqual([]);
    },
  );

  it('whose stack would have the name of another, which deploying it would replace', () => {
    const oneAccount = organisationYaml.replaceAll('444455556666', '111122223333').replace('  dev:\n', '  prod-eu:\n');
    const within = (environment: string, name: string, consumer: string): string =>
      other
        .replace(': shop', `: ${name}\nenvironments: [${environment}]`)
        .replace('  api:', `  ${consumer}:`)
        .replace('  report:', `  ${consumer}-report:`)
        .replace('[api]', `[${consumer}]`)
        .replace('shop_app', `${consumer}_app`);
    const files = {
      'organisation.yaml': oneAccount,
      'eu-audit.yaml': within('prod', 'eu-audit', 'one'),
      'eu-pay.yaml': within('prod', 'eu-pay', 'two'),
      'pay.yaml': within('prod-eu', 'pay', 'three'),
    };
    expect(problemsOf(files)).toEqual([
      'eu-audit.yaml:1:14 application makes the stack strongroom-prod-eu-audit, which is that of Strongroom itself in environment prod-eu too (got eu-audit); choose another name',
      'pay.yaml:1:14 application makes the stack strongroom-prod-eu-pay, which is that of eu-pay.yaml in environment prod too (got pay); choose another name',
    ]);
    expect(problemsOf({ ...files, 'organisation.yaml': oneAccount.replace('111122223333', '999988887777') })).toEqual(
      [],
    );
  });

  it('whose secret has the database user of another application’s', () => {
    const shop = other.replace('shop_app', 'payments_app');
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': payments, 'shop.yaml': shop })).toEqual(
      [
        'shop.yaml:13:15 secrets.orders-db.username is the user of secret orders-db of payments.yaml too (got payments_app); write a user for this secret alone',
      ],
    );
  });

  it('whose consumer claims a role that Strongroom makes', () => {
    const shop = other.replace('{ runsOn: ecs }', '{ role: dev-payments-api }');
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': payments, 'shop.yaml': shop })).toEqual(
      [
        'shop.yaml:5:16 consumers.api.role is a role that Strongroom makes, for consumer api of payments.yaml (got dev-payments-api); write one that exists without it, or runsOn',
      ],
    );
  });

  it('whose consumer claims the rotation function’s role', () => {
    const text = payments.replace('{ runsOn: ecs }', '{ role: strongroom-dev-rotation-mongo }');
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      'payments.yaml:5:16 consumers.api.role is a role that Strongroom makes, for Strongroom itself (got strongroom-dev-rotation-mongo); write one that exists without it, or runsOn',
    ]);
  });

  it('whose secret is longer than Secrets Manager allows with its environment', () => {
    const environment = long(32);
    const organisation = organisationYaml.replace('  dev:', `  ${environment}:`);
    const text = payments
      .replace(': payments', `: ${long(241)}`)
      .replace('consumers:', `environments: [${environment}]\nconsumers:`)
      .replace('  api: { runsOn: ecs }\n  report: { runsOn: lambda }', '  api: { role: api }')
      .replace('orders-db', long(241));
    const problems = problemsOf({ 'organisation.yaml': organisation, [`${long(241)}.yaml`]: text });
    expect(problems).toEqual([
      expect.stringContaining('application makes a stack of 285 characters, and AWS allows 128'),
      expect.stringContaining('makes a secret of 516 characters, and AWS allows 512'),
      expect.stringContaining('makes an alarm of 543 characters, and AWS allows 255'),
    ]);
  });
});

const fenced = (fences: string): string =>
  organisationYaml.replace('    region: eu-west-1\n', `    region: eu-west-1\n    fences: ${fences}\n`);

/** `organisation.yaml`, with the place marked; the only problem is expected there. */
const organisations: [title: string, text: string, message: string][] = [
  [
    'an account that is a number',
    organisationYaml.replace(`'111122223333'`, '‸111122223333'),
    "environments.dev.account must be an AWS account, 12 digits in quotes (got the number 111122223333); write '111122223333'",
  ],
  [
    'an account of eleven digits',
    organisationYaml.replace(`'111122223333'`, `‸'11112222333'`),
    "environments.dev.account must be an AWS account, 12 digits in quotes (got 11112222333); write '111122223333'",
  ],
  [
    'a region that is none',
    organisationYaml.replace('eu-west-1', '‸Ireland'),
    'environments.dev.region must be an AWS region (got Ireland); write a region such as eu-west-1',
  ],
  [
    'an IAM user that is to break the glass',
    organisationYaml.replace('arn:aws:iam::111122223333:role/break-glass', '‸arn:aws:iam::111122223333:user/first'),
    'environments.dev.breakGlass[0] must be the ARN of a role or a permission set, never an IAM user (got arn:aws:iam::111122223333:user/first); write the ARN of a role that people assume with a second factor, or { permissionSet: NAME }, and see before you deploy that somebody can assume it',
  ],
  [
    'a permission set that is to break the glass, by a name that is none',
    organisationYaml.replace('arn:aws:iam::111122223333:role/break-glass', '{ permissionSet: ‸Break Glass }'),
    'environments.dev.breakGlass[0].permissionSet must be the name of a permission set: 1 to 32 letters, digits and _ + = , . @ - (got Break Glass); write a name such as SupportEngineer',
  ],
  [
    'a permission set that is to break the glass twice',
    organisationYaml.replace(
      'arn:aws:iam::111122223333:role/break-glass',
      '{ permissionSet: Admin }, ‸{ permissionSet: Admin }',
    ),
    'environments.dev.breakGlass[1] must not be named twice (got a mapping); write it once',
  ],
  [
    'an environment that nobody operates',
    organisationYaml.replace('[arn:aws:iam::111122223333:role/operator]', '‸[]'),
    'environments.dev.operators must have at least one entry (got a list); write a list such as [one, two]',
  ],
  [
    'an environment whose name makes a function name that is too long',
    organisationYaml.replace('  dev:', `  ‸${long(37)}:`),
    `environments.${long(37)} makes a function of 69 characters, and AWS allows 64 (got strongroom-${long(37)}-rotation-elasticache); write 5 fewer`,
  ],
  [
    'a platform contact that is none of the contacts',
    organisationYaml.replace('contact: oncall', 'contact: ‸on-call'),
    'contact must be one of contacts (got on-call); did you mean oncall?',
  ],
  [
    'an address that is none',
    organisationYaml.replace('oncall@acme.example', '‸oncall'),
    'contacts.oncall.email must be an e-mail address (got oncall); write an address such as oncall@example.com',
  ],
  [
    'a SIEM of another make',
    organisationYaml.replace('splunk-hec', '‸sumo-logic'),
    'siem.type must be splunk-hec, elasticsearch, opensearch, datadog, sentinel, otlp, https, syslog or security-lake (got sumo-logic); write one of these',
  ],
  ...['http://splunk.example.com', 'https://splunk.example.com/services/collector', 'splunk.example.com:8088'].map(
    (url): [string, string, string] => [
      `an address of a SIEM such as ${url}`,
      organisationYaml.replace("'https://splunk.example.com:8088'", `‸'${url}'`),
      `siem.url must be an https address of host and port alone: the path is added (got ${url}); write https://splunk.example.com:8088`,
    ],
  ),
  [
    'a port that there is not',
    organisationYaml.replace("'https://splunk.example.com:8088'", '‸https://splunk.example.com:70000'),
    'siem.url must have a port that there is (got https://splunk.example.com:70000); write https://splunk.example.com:8088',
  ],
  [
    'a SIEM without an address, as it was when the secret had it',
    organisationYaml.replace(
      "siem: { type: splunk-hec, url: 'https://splunk.example.com:8088', ",
      '‸siem: { type: splunk-hec, ',
    ),
    'siem.url is missing; write https://splunk.example.com:8088',
  ],
  [
    'a SIEM that is neither none nor one',
    organisationYaml.replace(/siem: .*/, 'siem: ‸off'),
    'siem must be none, a mapping of type and its keys, or a list of them (got off); write none, or { type: splunk-hec, url: https://splunk.example.com:8088, index: aws_secrets }',
  ],
  [
    'an index that Splunk would refuse',
    organisationYaml.replace('aws_secrets', '‸_AWS'),
    'siem.index must be a Splunk index: lower-case letters, digits, _ and -, a letter or digit first (got _AWS); write a name such as aws_secrets',
  ],
  [
    'an unknown class',
    `${organisationYaml}classes: { ‸databse: { rotation: manual } }\n`,
    'classes.databse is not a known key; did you mean database?',
  ],
  [
    'a class whose window is too rare for its interval',
    `${organisationYaml}classes: { database: { rotation: { every: ‸3d, window: Sun 02:00-04:00 UTC } } }\n`,
    'classes.database.rotation.every must be at least 7d for the window Sun 02:00-04:00 UTC (got 3d); write 7d or longer, or window: any',
  ],
  [
    'a window of a class without an interval',
    `${organisationYaml}classes: { generic: { ‸rotation: { window: 02:00-04:00 UTC } } }\n`,
    'classes.generic.rotation.every is missing: class generic has no interval by itself; write 4h to 1000d',
  ],
  [
    'a subnet that is none',
    organisationYaml.replace(
      '    region: eu-west-1\n',
      '    region: eu-west-1\n    network: { vpc: vpc-0123456789abcdef0, subnets: [‸private-a], securityGroups: [sg-0123456789abcdef0] }\n',
    ),
    'environments.dev.network.subnets[0] must be the id of a subnet (got private-a); write subnet-0123456789abcdef0',
  ],
  [
    'an environment whose functions the operators of another could invoke',
    organisationYaml.replaceAll('444455556666', '111122223333').replace('  prod:\n', '  ‸dev-rotation:\n'),
    'environments.dev-rotation makes functions whose names begin as the rotation functions of environment dev do, in the same account; choose another name',
  ],
  [
    'a fence of an organisation that AWS would not name so',
    fenced('{ organization: ‸acme }'),
    'environments.dev.fences.organization must be the id of an organisation in AWS Organizations (got acme); write o-a1b2c3d4e5',
  ],
  [
    'a fence of an endpoint that is none',
    fenced('{ vpcEndpoints: [‸vpc-0123456789abcdef0] }'),
    'environments.dev.fences.vpcEndpoints[0] must be the id of a VPC endpoint (got something that is not shown, because it may be a secret); write vpce-0123456789abcdef0',
  ],
  [
    'a fence without an endpoint',
    fenced('{ vpcEndpoints: ‸[] }'),
    'environments.dev.fences.vpcEndpoints must have at least one entry (got a list); write a list such as [one, two]',
  ],
  [
    'a fence of a VPC that is none',
    fenced("{ vpcs: [‸'vpc-*'] }"),
    'environments.dev.fences.vpcs[0] must be the id of a VPC (got vpc-*); write vpc-0123456789abcdef0',
  ],
  [
    'a permissions boundary by its ARN',
    fenced('{ permissionsBoundary: ‸arn:aws:iam::111122223333:policy/boundary }'),
    'environments.dev.fences.permissionsBoundary must be the name of a managed policy of the account (got arn:aws:iam::111122223333:policy/boundary); write a name such as workload-boundary, without arn:',
  ],
  [
    'tags that must always be set',
    fenced('{ byTag: ‸always }'),
    'environments.dev.fences.byTag must be auto or never (got always); write one of these',
  ],
  [
    'an unknown fence',
    fenced('{ ‸organisation: o-a1b2c3d4e5 }'),
    'environments.dev.fences.organisation is not a known key; did you mean organization?',
  ],
];

describe('organisation.yaml is refused', () => {
  it.each(organisations)('for %s', (_title, source, message) => {
    const { text, place } = marked(source);
    expect(problemsOf({ 'organisation.yaml': text })).toEqual([`organisation.yaml:${place} ${message}`]);
  });
});

describe('a window of a class', () => {
  it('is named as the class’s where a secret’s interval does not fit it', () => {
    const organisation = `${organisationYaml}classes: { database: { rotation: { every: 7d, window: Sun 02:00-04:00 UTC } } }\n`;
    const text = payments.replace('rotation: {', 'rotation: { every: 2d,');
    expect(problemsOf({ 'organisation.yaml': organisation, 'payments.yaml': text })).toEqual([
      'payments.yaml:15:24 secrets.orders-db.rotation.every must be at least 7d for the window Sun 02:00-04:00 UTC of class database (got 2d); write 7d or longer, or window: any',
    ]);
  });

  it('for no such name in an account of its own', () => {
    const apart = organisationYaml.replace('  prod:\n', '  dev-rotation:\n');
    expect(problemsOf({ 'organisation.yaml': apart, 'payments.yaml': payments })).toEqual([]);
  });
});

describe('the end of a name', () => {
  const shared = { 'organisation.yaml': organisationYaml };
  const named = (name: string, more = ''): string =>
    `${paymentsHead}  ${name}: { class: generic, readers: [api]${more} }\n`;
  const arn = (name: string): string => `arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy/${name}-AbCdEf`;

  it.each([
    ['jwt-secret', true],
    ['a-b-123456', true],
    ['x-client', true],
    ['api-v1beta1', false],
    ['orders-db', false],
    ['secret', false],
  ] as const)('of %s is refused where AWS would take it for the end of an ARN', (name, isLike) => {
    const problem = `payments.yaml:8:3 secrets.${name} must not end in a hyphen and six characters, which AWS takes for the end of an ARN (got ${name}); write another name, such as ${name}-value`;
    expect(problemsOf({ ...shared, 'payments.yaml': named(name) })).toEqual(isLike ? [problem] : []);
    expect(problemsOf({ ...shared, 'payments.yaml': named(`${name}-value`) })).toEqual([]);
  });

  it('is accepted if the secret keeps its own name, and is read by its whole ARN', () => {
    const adopted = named('jwt-secret', `, adopt: { arn: '${arn('jwt-secret')}' }`);
    expect(problemsOf({ ...shared, 'payments.yaml': `${adopted}environments: [dev]\n` })).toEqual([]);
  });

  it('is refused where an environment alone has the secret', () => {
    const source = `${named('token')}overrides:\n  prod:\n    secrets:\n      web-tokens: { class: generic, readers: [api] }\n`;
    expect(problemsOf({ ...shared, 'payments.yaml': source })).toEqual([
      expect.stringMatching(
        /^payments\.yaml:12:7 overrides\.prod\.secrets\.web-tokens must not end in a hyphen/,
      ) as string,
    ]);
  });
});

describe('another partition', () => {
  it.each([
    ['cn-north-1', 'aws-cn'],
    ['us-gov-west-1', 'aws-us-gov'],
    ['us-isob-east-1', 'aws-iso-b'],
    ['eusc-de-east-1', 'aws-eusc'],
  ])('of %s is taken, with roles and adopted secrets of it', (region, partition) => {
    const organisation = organisationYaml.replaceAll('eu-west-1', region).replaceAll('arn:aws:', `arn:${partition}:`);
    const arn = `arn:${partition}:secretsmanager:${region}:111122223333:secret:legacy/token-AbCdEf`;
    const secret = `  token: { class: generic, readers: [api], adopt: { arn: '${arn}' } }\nenvironments: [dev]\n`;
    expect(problemsOf({ 'organisation.yaml': organisation, 'payments.yaml': `${paymentsHead}${secret}` })).toEqual([]);
  });
});
