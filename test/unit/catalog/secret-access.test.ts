/** What a secret says of who reads what and where: pending values, replicas, adoption, and databases without a secret. */
import { describe, expect, it } from 'vitest';

import { type Application } from '../../../lib/model/index.ts';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import {
  catalogFolder,
  marked,
  ordersDb,
  organisationYaml,
  paymentsHead,
  problemsOf,
  today,
} from '../../_helpers/catalog-folder.ts';

const inDev = paymentsHead.replace('consumers:', 'environments: [dev]\nconsumers:');
const key = (lines: string, name = 'legacy'): string => `  ${name}:\n    class: generic\n    readers: [api]\n${lines}`;
const arn = 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy/token-AbCdEf';
const keyArn = 'arn:aws:kms:eu-west-1:999988887777:key/1a2b3c4d-5e6f-4a7b-8c9d-0e1f2a3b4c5d';
const adopting = (more = ''): string => key(`    adopt: { arn: '${arn}'${more} }\n`);

const host = 'orders.c1a2b3.eu-west-1.rds.amazonaws.com';
const byIam = `  orders:
    class: database
    access: iam
    engine: postgres
    host: ${host}
    dbname: orders
    username: payments_app
    resourceId: db-ABCDEFGHIJKLMN
    readers: [api]
`;

const dev = (secrets: string): Application =>
  loadCatalog(catalogFolder({ 'organisation.yaml': organisationYaml, 'payments.yaml': inDev + secrets }), { today })
    .environments[0]!.applications[0]!;

describe('the model', () => {
  it('has the readers of pending values, and the regions of replicas', () => {
    const [secret] = dev(
      key('    pendingReaders: [report]\n    replicas: [eu-central-1, us-east-1]\n').replace('[api]', '[api, report]'),
    ).secrets;
    expect(secret).toMatchObject({ pendingReaders: ['report'], replicas: ['eu-central-1', 'us-east-1'] });
  });

  it('has neither where the lists are empty', () => {
    const [secret] = dev(key('    pendingReaders: []\n    replicas: []\n')).secrets;
    expect(secret).not.toHaveProperty('pendingReaders');
    expect(secret).not.toHaveProperty('replicas');
  });

  it('has an adopted secret under the name that it has, with the value that it has', () => {
    const [secret] = dev(adopting(`, key: '${keyArn}'`).replace('generic', 'signing-key')).secrets;
    expect(secret).toMatchObject({
      name: 'legacy',
      fullName: 'legacy/token',
      value: 'supplied',
      adopted: { arn, keyArn },
    });
    expect(dev(adopting()).secrets[0]!.adopted).toEqual({ arn });
  });

  it('has an adopted admin under the name that it has, for the secret whose user it changes', () => {
    const admin = `  admin:
    class: database
    engine: postgres
    host: db.acme.example
    dbname: postgres
    username: postgres
    readers: []
    adopt: { arn: '${arn}' }
`;
    const orders = `${ordersDb.replace('{ rds: orders }', 'db.acme.example')}    rotation: { admin: admin }\n`;
    expect(dev(orders + admin).secrets[0]!.rotation).toMatchObject({
      admin: { secret: 'admin', fullName: 'legacy/token' },
    });
  });

  it('has another ARN in each environment, whole', () => {
    const elsewhere = arn.replace('111122223333', '444455556666');
    const overrides = `overrides:
  dev: { secrets: { legacy: { adopt: { arn: '${arn}', key: '${keyArn}' } } } }
  prod: { secrets: { legacy: { adopt: { arn: '${elsewhere}' } } } }
`;
    const { environments } = loadCatalog(
      catalogFolder({ 'organisation.yaml': organisationYaml, 'payments.yaml': paymentsHead + key('') + overrides }),
      { today },
    );
    expect(environments.map(({ applications }) => applications[0]!.secrets[0]!.adopted)).toEqual([
      { arn, keyArn },
      { arn: elsewhere },
    ]);
  });

  it('has a database with access: iam apart from the secrets', () => {
    const { secrets, iamDatabases } = dev(`${byIam}    description: Orders\n${key('')}`);
    expect(secrets.map(({ name }) => name)).toEqual(['legacy']);
    expect(iamDatabases).toEqual([
      {
        name: 'orders',
        description: 'Orders',
        engine: 'postgres',
        host,
        port: 5432,
        dbname: 'orders',
        username: 'payments_app',
        resourceId: 'db-ABCDEFGHIJKLMN',
        readers: ['api'],
      },
    ]);
    expect(dev(key(''))).not.toHaveProperty('iamDatabases');
  });

  it.each(['mysql', 'mariadb'])('has such a database of engine %s, on a port of its own', (engine) => {
    const [database] = dev(`${byIam.replace('postgres', engine)}    port: 3399\n`).iamDatabases!;
    expect(database).toMatchObject({ engine, port: 3399 });
  });

  it('has the fences of an environment, with tags where they are needed', () => {
    const fences = `{ organization: o-a1b2c3d4e5, vpcEndpoints: [vpce-01234567], vpcs: [vpc-01234567], permissionsBoundary: team/boundary }`;
    const organisation = organisationYaml
      .replace('    region: eu-west-1\n', `    region: eu-west-1\n    fences: ${fences}\n`)
      .replace("'444455556666'\n", "'444455556666'\n    fences: { byTag: never }\n");
    const { environments } = loadCatalog(
      catalogFolder({ 'organisation.yaml': organisation, 'payments.yaml': paymentsHead + key('') }),
      { today },
    );
    expect(environments.map((environment) => environment.fences)).toEqual([
      {
        organizationId: 'o-a1b2c3d4e5',
        vpcEndpoints: ['vpce-01234567'],
        vpcs: ['vpc-01234567'],
        permissionsBoundary: 'team/boundary',
        byTag: 'auto',
      },
      { byTag: 'never' },
    ]);
  });
});

const why = 'must be left out with access: iam, because';

/** What `payments.yaml` says after its head, with the place marked; the only problem is expected there. */
const refused: [title: string, secrets: string, message: string][] = [
  [
    'a reader of pending values that is not a reader',
    key('    pendingReaders: [‸report]\n'),
    'secrets.legacy.pendingReaders[0] must be one of readers (got report); write api',
  ],
  [
    'a reader of pending values of a secret without readers',
    key('    pendingReaders: [‸report]\n').replace('[api]', '[]'),
    'secrets.legacy.pendingReaders[0] must be one of readers (got report); add it under readers',
  ],
  [
    'a replica in the environment’s own region',
    key('    replicas: [eu-central-1, ‸eu-west-1]\n'),
    'secrets.legacy.replicas[1] must be another region than the environment’s own (got eu-west-1); leave it out',
  ],
  [
    'two replicas in a region',
    key('    replicas: [eu-central-1, ‸eu-central-1]\n'),
    'secrets.legacy.replicas[1] must not be named twice (got eu-central-1); write it once',
  ],
  [
    'a replica in another partition',
    key('    replicas: [‸cn-north-1]\n'),
    'secrets.legacy.replicas[0] must be in partition aws, as eu-west-1 is (got cn-north-1, in aws-cn); leave it out',
  ],
  [
    'a replica nowhere',
    key('    replicas: [‸Frankfurt]\n'),
    'secrets.legacy.replicas[0] must be an AWS region (got Frankfurt); write a region such as eu-west-1',
  ],
  [
    'an adopted secret with a generated value',
    `${adopting()}    value: ‸generated\n`,
    'secrets.legacy.value must be supplied with adopt (got generated): the secret keeps the value that it has; write supplied, or leave it out',
  ],
  [
    'an adopted secret without the end of its ARN',
    key("    adopt: { arn: ‸'arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy/token' }\n"),
    'secrets.legacy.adopt.arn must be the whole ARN of a secret, with the hyphen and the six characters at its end (got arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy/token); write it as `aws secretsmanager describe-secret` shows it',
  ],
  [
    'an adopted secret by its ARN alone',
    key(`    adopt: ‸'${arn}'\n`),
    'secrets.legacy.adopt must be a mapping of arn and key (got text); write { arn: ARN of the secret }',
  ],
  [
    'an adopted secret of another account',
    key(`    adopt: { arn: ‸'${arn.replace('111122223333', '999988887777')}' }\n`),
    'secrets.legacy.adopt.arn must be in account 111122223333 and region eu-west-1 of environment dev (got account 999988887777, region eu-west-1); write the ARN of each environment under overrides',
  ],
  [
    'an adopted secret of another region',
    key(`    adopt: { arn: ‸'${arn.replace('eu-west-1', 'us-east-1')}' }\n`),
    'secrets.legacy.adopt.arn must be in account 111122223333 and region eu-west-1 of environment dev (got account 111122223333, region us-east-1); write the ARN of each environment under overrides',
  ],
  [
    'the alias of an adopted secret’s key',
    adopting(", key: ‸'arn:aws:kms:eu-west-1:111122223333:alias/legacy'"),
    'secrets.legacy.adopt.key must be the ARN of a KMS key, not of an alias (got something that is not shown, because it may be a secret); write arn:aws:kms:REGION:ACCOUNT:key/ID, or leave it out where AWS manages the key',
  ],
  [
    'an adopted secret’s key of another region',
    adopting(`, key: ‸'${keyArn.replace('eu-west-1', 'us-east-1')}'`),
    'secrets.legacy.adopt.key must be in region eu-west-1, as the secret is (got region us-east-1); write the key that encrypts it there',
  ],
  [
    'replicas of an adopted secret',
    `${adopting()}    ‸replicas: [eu-central-1]\n`,
    'secrets.legacy.replicas must be left out with adopt: a deployment changes nothing of an adopted secret; replicate it with `aws secretsmanager replicate-secret-to-regions`',
  ],
  [
    'two secrets that adopt one',
    adopting() + key(`    adopt: { arn: ‸'${arn}' }\n`, 'second'),
    'secrets.second.adopt.arn is that of secret legacy of payments.yaml too (got legacy/token); name one secret for it',
  ],
  [
    'a secret that adopts one which Strongroom makes',
    key(`    adopt: { arn: ‸'${arn.replace('legacy/token', 'dev/payments/second')}' }\n`) + key('', 'second'),
    'secrets.legacy.adopt.arn is that of secret second of payments.yaml too (got dev/payments/second); name one secret for it',
  ],
  [
    'a secret that adopts one of the platform',
    key(`    adopt: { arn: ‸'${arn.replace('legacy/token', 'dev/strongroom/siem')}' }\n`),
    'secrets.legacy.adopt.arn is that of Strongroom itself too (got dev/strongroom/siem); name one secret for it',
  ],
  [
    'access of another kind',
    byIam.replace('access: iam', 'access: ‸kerberos'),
    'secrets.orders.access must be iam (got kerberos); write iam',
  ],
  [
    'access: iam of another class',
    key('    ‸access: iam\n'),
    'secrets.legacy.access belongs to class database only (this is generic); leave it out, or write class: database',
  ],
  [
    'access: iam to an engine that RDS does not let in so',
    byIam.replace('postgres', '‸sqlserver'),
    'secrets.orders.engine must be postgres, mysql or mariadb with access: iam, because RDS takes tokens of IAM for no other engine (got sqlserver); write one of these, or leave access out',
  ],
  [
    'access: iam to an RDS identifier',
    byIam.replace(host, '‸{ rds: orders }'),
    'secrets.orders.host must be a name with access: iam, because the token is made for it (got a mapping); write the endpoint that RDS shows, such as orders.c1a2b3.eu-west-1.rds.amazonaws.com',
  ],
  [
    'access: iam without a resource id',
    byIam.replace('    resourceId: db-ABCDEFGHIJKLMN\n', '').replace('  orders:', '  ‸orders:'),
    'secrets.orders.resourceId is missing; write the DbiResourceId (db-…), DbClusterResourceId (cluster-…) or id of the proxy (prx-…) that RDS shows',
  ],
  [
    'access: iam to any resource',
    byIam.replace('db-ABCDEFGHIJKLMN', "‸'*'"),
    'secrets.orders.resourceId must be the resource id of an RDS instance, cluster or proxy (got *); write the DbiResourceId (db-…), DbClusterResourceId (cluster-…) or id of the proxy (prx-…) that RDS shows',
  ],
  [
    'access: iam to a proxy by the id of the instance',
    byIam.replace('orders.c1a2b3', 'orders.proxy-c1a2b3').replace('db-ABCDEFGHIJKLMN', '‸db-ABCDEFGHIJKLMN'),
    'secrets.orders.resourceId must be that of host orders.proxy-c1a2b3.eu-west-1.rds.amazonaws.com, which is a proxy (got db-ABCDEFGHIJKLMN); write the id with prx-',
  ],
  [
    'access: iam to an instance by the id of a proxy',
    byIam.replace('db-ABCDEFGHIJKLMN', '‸prx-abcdefghijk'),
    `secrets.orders.resourceId must be that of host ${host}, which is not a proxy (got prx-abcdefghijk); write the id with db- or cluster-`,
  ],
  [
    'access: iam with a password that rotates',
    `${byIam}    ‸rotation: { admin: { managedBy: rds }, provision: { grants: { public: read-only } } }\n`,
    `secrets.orders.rotation ${why} there is no secret`,
  ],
  ['access: iam with a value', `${byIam}    ‸value: supplied\n`, `secrets.orders.value ${why} there is no secret`],
  [
    'access: iam to adopt a secret',
    `${byIam}    ‸adopt: { arn: '${arn}' }\n`,
    `secrets.orders.adopt ${why} there is no secret`,
  ],
  [
    'access: iam without TLS',
    `${byIam}    ‸tls: disable\n`,
    `secrets.orders.tls ${why} a token is taken over verified TLS only, by the one host that it is for`,
  ],
  [
    'access: iam by a user name that is too long',
    byIam.replace('engine: postgres', 'engine: mysql').replace('payments_app', `‸${'u'.repeat(33)}`),
    `secrets.orders.username must have at most 32 characters for MySQL (got ${'u'.repeat(33)}); write 1 fewer`,
  ],
  [
    'an admin that has no password',
    `${ordersDb.replace('{ rds: orders }', host).replace('payments_app', 'shop_app')}    rotation: { admin: ‸orders }\n${byIam}`,
    'secrets.orders-db.rotation.admin must be a secret with a password (got orders, with access: iam); write the secret of an admin user',
  ],
  [
    'the user of access: iam that a secret has too',
    `${byIam}${ordersDb.replace('{ rds: orders }', host).replace('payments_app', '‸payments_app')}    value: supplied\n`,
    'secrets.orders-db.username is the user of secret orders of payments.yaml too (got payments_app); write a user for this secret alone',
  ],
  [
    'a resource id next to a password',
    `${ordersDb}    ‸resourceId: db-ABCDEFGHIJKLMN\n    rotation: { admin: { managedBy: rds } }\n`,
    'secrets.orders-db.resourceId is for access: iam only; write that next to it, or leave it out',
  ],
];

describe('a secret is refused', () => {
  it.each(refused)('for %s', (_title, secrets, message) => {
    const { text, place } = marked(inDev + secrets);
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      `payments.yaml:${place} ${message}`,
    ]);
  });

  it.each([
    [
      'access: iam',
      byIam,
      "secrets.orders.readers[0] can't be of another account with access: iam (got api, of account 999988887777); write a consumer with a role of the environment’s own account",
    ],
    [
      'an adopted secret whose key AWS manages',
      adopting(),
      "secrets.legacy.readers[0] can't be of another account while AWS manages the key of the adopted secret (got api, of account 999988887777), for that key serves no other; encrypt the secret with a key of your own, and write adopt.key",
    ],
  ])('for %s, with a reader of another account', (_title, secrets, message) => {
    const organisation = organisationYaml.replace(
      '    region: eu-west-1\n',
      '    region: eu-west-1\n    fences: { organization: o-a1b2c3d4e5 }\n',
    );
    const { text, place } = marked(
      inDev.replace('{ runsOn: ecs }', "{ account: '999988887777', role: report }") +
        secrets.replace('[api]', '[‸api]'),
    );
    expect(problemsOf({ 'organisation.yaml': organisation, 'payments.yaml': text })).toEqual([
      `payments.yaml:${place} ${message}`,
    ]);
  });
});

it('refuses to adopt what has the name of a secret of another environment of the account, in the catalog or not', () => {
  const { text, place } = marked(
    inDev + key(`    adopt: { arn: ‸'${arn.replace('legacy/token', 'prod/billing/retired')}' }\n`),
  );
  const oneAccount = organisationYaml.replaceAll('444455556666', '111122223333');
  expect(problemsOf({ 'organisation.yaml': oneAccount, 'payments.yaml': text })).toEqual([
    `payments.yaml:${place} secrets.legacy.adopt.arn must not have the name of a secret of environment prod ` +
      '(got prod/billing/retired): readers of dev would be let in; adopt it in prod, or copy its value into a secret of another name',
  ]);
  expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([]);
});
