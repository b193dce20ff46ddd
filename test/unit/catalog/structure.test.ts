import { describe, expect, it } from 'vitest';

import { marked, ordersDb, organisationYaml, paymentsHead, problemsOf } from '../../_helpers/catalog-folder.ts';

const payments = `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`;

const cases: [title: string, text: string, message: string][] = [
  [
    'an unknown key, with the one that was meant',
    payments.replace('    dbname: orders\n', '    dbname: orders\n    ‸sensitivty: high\n'),
    'secrets.orders-db.sensitivty is not a known key; did you mean sensitivity?',
  ],
  [
    'an unknown key like no other, with all that its form has',
    payments.replace('{ runsOn: lambda }', '{ runsOn: lambda, ‸memory: 512 }'),
    'consumers.report.memory is not a known key; write one of runsOn, network, reads',
  ],
  [
    'an unknown key in a form of several',
    payments.replace('{ admin:', '{ ‸evry: 30d, admin:'),
    'secrets.orders-db.rotation.evry is not a known key; did you mean every?',
  ],
  [
    'a number where a duration belongs',
    payments.replace('{ admin:', '{ every: ‸30, admin:'),
    'secrets.orders-db.rotation.every must be a time in whole hours or days (got the number 30); write 4h to 1000d',
  ],
  [
    'a duration in words',
    payments.replace('{ admin:', '{ every: ‸30 days, admin:'),
    'secrets.orders-db.rotation.every must be a time in whole hours or days (got 30 days); write 4h to 1000d',
  ],
  [
    'a word of a list of words, with the one that was meant',
    payments.replace('class: database', 'class: ‸databse'),
    'secrets.orders-db.class must be database, api-key, oauth-client, tls-certificate, ssh-key, signing-key, encryption-key or generic (got databse); did you mean database?',
  ],
  [
    'a word of none of several forms',
    payments.replace('{ admin: { managedBy: rds } }', '‸auto'),
    'secrets.orders-db.rotation must be manual or a mapping of strategy, host, port, network, every, window, grace, admin and provision (got auto); write manual, or { every: 30d }',
  ],
  [
    'a list where a mapping belongs',
    payments.replace('{ runsOn: ecs }', '‸[ecs]'),
    'consumers.api must be a mapping of runsOn, role or permissionSet (got a list); write { runsOn: ecs }, { role: NAME } or { permissionSet: NAME }',
  ],
  [
    'a word where a list belongs, which it does not repeat',
    payments.replace('[api]', '‸api'),
    'secrets.orders-db.readers must be a list (got text); write a list such as [one, two], or []',
  ],
  [
    'a missing key, at what it is missing from',
    payments.replace('    readers: [api]\n', '').replace('  orders-db', '  ‸orders-db'),
    'secrets.orders-db.readers is missing; write a list such as [one, two], or []',
  ],
  [
    'a missing key of the file, at its start',
    `‸${payments.replace('owner: team-payments\n', '')}`,
    'owner is missing; write a word or two, such as team-payments',
  ],
  [
    'a key without a value',
    payments.replace('owner: team-payments', '‸owner:'),
    'owner is missing; write a word or two, such as team-payments',
  ],
  [
    'a key without one of its words',
    payments.replace('class: database', '‸class:'),
    'secrets.orders-db.class is missing; it must be database, api-key, oauth-client, tls-certificate, ssh-key, signing-key, encryption-key or generic',
  ],
  [
    'a name that AWS would not take as part of another',
    payments.replace('orders-db', '‸Orders_DB'),
    'secrets.Orders_DB must be a name of lower-case letters, digits and single hyphens that starts with a letter (got Orders_DB); write a name such as orders-db',
  ],
  [
    'an engine whose users no rotation changes',
    payments.replace('engine: postgres', 'engine: ‸redshift'),
    "secrets.orders-db.engine can't be redshift: no rotation of Strongroom changes users of Amazon Redshift, and AWS has a function that does; write class: generic, value: generated, generate: { template: { engine: redshift, host: HOST, port: 5439, dbname: NAME, username: USER }, key: password } and rotation: { function: ARN, role: ARN, every: 30d }, and none of the keys of a database next to them (docs/catalog.md, “Amazon Redshift”)",
  ],
  [
    'a port out of range',
    payments.replace('    dbname', '    port: ‸70000\n    dbname'),
    'secrets.orders-db.port must be a TCP port (got the number 70000); write a number from 1 to 65535',
  ],
  [
    'no secrets at all',
    `${paymentsHead.replace('secrets:\n', '')}secrets: ‸{}\n`,
    'secrets must have an entry, because there are no uses; write NAME: ... for each secret',
  ],
  [
    'an unknown environment key in an override',
    `${payments}overrides: { dev: { ‸secret: {} } }\n`,
    'overrides.dev.secret must not be here: a catalog holds no secret values. Take it out, put the value with `aws secretsmanager put-secret-value` after the deployment, and change it if it was ever committed',
  ],
  [
    'a list for a file',
    '‸- payments\n',
    'the file must be a mapping of application, owner, contact, tags, rotation, environments, consumers, secrets, uses, overrides (got a list); write application, owner, contact, tags, rotation, environments, consumers, secrets, uses, overrides under it, each as KEY: VALUE',
  ],
];

it('takes a credential of an engine that is not rotated as a supplied value of class generic', () => {
  const text = `${paymentsHead}  warehouse:\n    class: generic\n    value: supplied\n    rotation: manual\n    readers: [api]\n`;
  expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([]);
});

describe('a catalog file is refused', () => {
  it.each(cases)('for %s', (_title, source, message) => {
    const { text, place } = marked(source);
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      `payments.yaml:${place} ${message}`,
    ]);
  });
});

describe('one run', () => {
  it('reports every problem of every file, sorted by file and line', () => {
    // GIVEN an organisation, a file and a secret that each have faults of structure and of meaning
    const organisation = organisationYaml.replace('eu-west-1', 'Ireland').replace('contact: oncall', 'contact: nobody');
    const text = payments
      .replace('contact: oncall', 'contact: nobody')
      .replace('{ runsOn: ecs }', '{ runsOn: esc }')
      .replace('[api]', '[api, aip]')
      .replace('engine: postgres', 'engine: oracle\n    colour: red')
      .replace('username: payments_app', 'username: 2fast');
    const broken = 'application: shop\n  owner: x\n';
    // THEN
    expect(
      problemsOf({ 'organisation.yaml': organisation, 'payments.yaml': text, 'shop.yaml': broken }).map((line) =>
        line.replace(/( is | must ).*/, ''),
      ),
    ).toEqual([
      'organisation.yaml:5:13 environments.dev.region',
      'organisation.yaml:15:10 contact',
      'payments.yaml:3:10 contact',
      'payments.yaml:5:18 consumers.api.runsOn',
      'payments.yaml:10:13 secrets.orders-db.engine',
      'payments.yaml:11:5 secrets.orders-db.colour',
      'payments.yaml:14:15 secrets.orders-db.username',
      'payments.yaml:15:20 secrets.orders-db.readers[1]',
      expect.stringMatching(/^shop\.yaml:1:/),
    ]);
  });

  it('does not say the same of a reference to an entry that is wrong itself', () => {
    const text = payments.replace('{ runsOn: ecs }', '{ runsOn: esc }');
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      'payments.yaml:5:18 consumers.api.runsOn must be lambda, ecs, ecs-execution, ec2, eks, eks-irsa, github, oidc or roles-anywhere (got esc); did you mean ecs?',
    ]);
  });

  it('checks applications also where organisation.yaml is missing', () => {
    expect(problemsOf({ 'payments.yaml': payments.replace('[api]', '[web]') })).toEqual([
      'organisation.yaml is missing: it has environments, contacts and the SIEM; write it, see docs/catalog.md',
      'payments.yaml:14:15 secrets.orders-db.readers[0] must be a consumer of this file (got web); write one of api, report',
    ]);
  });
});
