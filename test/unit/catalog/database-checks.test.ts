/** What engines, strategies and grace times refuse: every combination that can't work, with why and what to write. */
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';

import { loadCatalog } from '../../../lib/catalog/index.ts';
import { type Secret } from '../../../lib/model/index.ts';
import { databaseEngines, engineFacts, rotationStrategies } from '../../../lib/contract/index.ts';
import {
  catalogFolder,
  marked,
  organisationYaml,
  paymentsHead,
  problemsOf,
  today,
} from '../../_helpers/catalog-folder.ts';

const excused = '    exception: { reason: no API, approvedBy: security, until: 2027-01-31 }\n';

/** A secret of engine mysql on a host name, and the admin that its `rotation` may name. */
const database = (lines: string, engine = 'mysql', dbname = '    dbname: orders\n'): string => `  orders-db:
    class: database
    engine: ${engine}
${dbname}    readers: [api]
${lines}`;

const place = '    host: db.acme.example\n    username: orders_app\n';

const admin = (engine = 'mysql', dbname = '    dbname: orders\n'): string => `  orders-admin:
    class: database
    engine: ${engine}
    host: db.acme.example
${dbname}    username: orders_admin
    value: supplied
    readers: []
    rotation: { strategy: admin }
`;

const problems = (secrets: string, organisation = organisationYaml): string[] =>
  problemsOf({ 'organisation.yaml': organisation, 'payments.yaml': paymentsHead + secrets });

const secretOf = (secrets: string, organisation = organisationYaml): Secret =>
  loadCatalog(catalogFolder({ 'organisation.yaml': organisation, 'payments.yaml': paymentsHead + secrets }), { today })
    .environments[0]!.applications[0]!.secrets[0]!;

/** What `payments.yaml` says after its head, with the place marked; the only problem is expected there. */
const cases: [title: string, secrets: string, message: string][] = [
  [
    'two passwords where a user has one',
    `${database(`${place}    rotation: { strategy: ‸dual-password, admin: orders-admin }\n`, 'postgres')}${admin('postgres')}`,
    "secrets.orders-db.rotation.strategy can't be dual-password for PostgreSQL: a user has one password there; write single-user, alternating-users or admin",
  ],
  [
    'two passwords in MariaDB, which is not MySQL here',
    `${database(`${place}    rotation: { strategy: ‸dual-password, admin: orders-admin }\n`, 'mariadb')}${admin('mariadb')}`,
    "secrets.orders-db.rotation.strategy can't be dual-password for MariaDB: a user has one password there; write single-user, alternating-users or admin",
  ],
  [
    'two users where AWS keeps them with two passwords each',
    database(
      '    host: cache.acme.example\n    username: orders\n    rotation: { strategy: ‸alternating-users }\n',
      'elasticache',
      '',
    ),
    "secrets.orders-db.rotation.strategy can't be alternating-users for ElastiCache: a user can have two passwords there; write single-user or dual-password",
  ],
  [
    'an admin of users that AWS keeps',
    database(
      '    host: cache.acme.example\n    username: orders\n    rotation: { strategy: ‸admin }\n',
      'memorydb',
      '',
    ),
    "secrets.orders-db.rotation.strategy can't be admin for MemoryDB: AWS keeps its users, and there is no admin; write single-user or dual-password",
  ],
  [
    'a strategy with a slip in its name',
    database(`${place}    rotation: { strategy: ‸alternate-users }\n`),
    'secrets.orders-db.rotation.strategy must be single-user, alternating-users, dual-password or admin (got alternate-users); did you mean alternating-users?',
  ],
  [
    'alternating users without an admin',
    `  ‸${database(`${place}    value: supplied\n    rotation: { strategy: alternating-users }\n`).trimStart()}`
      .replace('  ‸orders-db:', '  orders-db:')
      .replace('    rotation: { strategy', '    ‸rotation: { strategy'),
    'secrets.orders-db.rotation.admin is missing: strategy alternating-users needs an admin, who makes the second user the equal of the first; write the name of a secret',
  ],
  [
    'two passwords without an admin, on RDS',
    database(
      '    host: { rds: orders }\n    username: orders_app\n    value: supplied\n    ‸rotation: { strategy: dual-password }\n',
    ),
    'secrets.orders-db.rotation.admin is missing: strategy dual-password needs an admin, who takes the old password away after the grace time; write { managedBy: rds } or the name of a secret',
  ],
  [
    'a Redis user without an admin',
    database(`${place}    value: supplied\n    ‸rotation: { every: 7d }\n`, 'redis', ''),
    'secrets.orders-db.rotation.admin is missing: only an admin changes users of Redis or Valkey; write the name of a secret',
  ],
  [
    'an admin for users that AWS keeps',
    `${database(
      '    host: cache.acme.example\n    username: orders\n    rotation: { ‸admin: orders-admin }\n',
      'elasticache',
      '',
    )}${admin()}`,
    'secrets.orders-db.rotation.admin must be left out for ElastiCache: the rotation function changes its users by AWS’s own API',
  ],
  [
    'an admin of the admin',
    `${database(`${place}    rotation: { strategy: admin, ‸admin: orders-admin }\n    value: supplied\n`)}${admin()}`,
    'secrets.orders-db.rotation.admin must be left out with strategy admin: the secret is that of the admin itself',
  ],
  [
    'a master user that RDS manages, rotated a second time',
    database(
      '    host: { rds: orders }\n    username: root\n    rotation: { strategy: admin, ‸admin: { managedBy: rds } }\n',
    ),
    'secrets.orders-db.rotation.admin must be left out with strategy admin: a master credential that RDS manages is rotated by RDS itself; leave this secret out of the catalog',
  ],
  [
    'provisioning of an admin',
    database(
      '    host: { rds: orders }\n    username: root\n    rotation: { strategy: admin, ‸provision: { grants: { shop: read-only } } }\n',
    ),
    'secrets.orders-db.rotation.provision must be left out with strategy admin: the server has its admin already',
  ],
  [
    'provisioning of a Redis user',
    `${database(`${place}    rotation: { admin: orders-admin, ‸provision: { grants: { a: read-only } } }\n`, 'redis', '')}${admin('redis', '')}`,
    'secrets.orders-db.rotation.provision is not for Redis or Valkey: create the user by hand, and leave it out',
  ],
  [
    'a user of migrations of SQL Server',
    `${database(`${place}    rotation: { admin: orders-admin, ‸provision: { grants: { dbo: migrate } } }\n`, 'sqlserver')}${admin('sqlserver')}`,
    'secrets.orders-db.rotation.provision is not for SQL Server: create the user by hand, and leave it out',
  ],
  [
    'an admin’s password that nobody knows, where the admin must log in with it',
    `  ‸${database(`${place}    rotation: { strategy: admin }\n`).trimStart()}`,
    'secrets.orders-db.value is missing: it must be the password that the admin has, with which it sets the new one; write supplied',
  ],
  [
    'an admin’s password with value: generated',
    database(`${place}    rotation: { strategy: admin }\n    value: ‸generated\n`),
    "secrets.orders-db.value can't be generated with strategy admin: it must be the password that the admin has, with which it sets the new one; write supplied",
  ],
  [
    'an admin of another engine',
    `${database(`${place}    rotation: { admin: ‸orders-admin }\n`)}${admin('mariadb')}`,
    'secrets.orders-db.rotation.admin must be for engine mysql too (got orders-admin, for mariadb); write one engine in both',
  ],
  [
    'an admin that RDS manages for Redis',
    database(`${place}    rotation: { admin: ‸{ managedBy: rds } }\n`, 'redis', ''),
    "secrets.orders-db.rotation.admin can't be managed by RDS, which runs no Redis or Valkey; write the name of a secret",
  ],
  [
    'an RDS instance of an engine that RDS does not run',
    database('    host: ‸{ rds: cache }\n    username: orders\n', 'memorydb', ''),
    "secrets.orders-db.host can't be an RDS instance (got cache): RDS runs no MemoryDB so; write the host name",
  ],
  [
    'an RDS instance of DocumentDB, which is a cluster',
    database('    host: ‸{ rds: docs }\n    username: orders\n    rotation: { admin: { managedBy: rds } }\n', 'mongo'),
    "secrets.orders-db.host can't be an RDS instance (got docs): RDS runs no MongoDB or DocumentDB so; write { rdsCluster: IDENTIFIER }, or the host name",
  ],
  [
    'a cluster of MariaDB',
    database(
      '    host: ‸{ rdsCluster: orders }\n    username: orders\n    rotation: { admin: { managedBy: rds } }\n',
      'mariadb',
    ),
    "secrets.orders-db.host can't be an RDS cluster (got orders): RDS runs no MariaDB so; write { rds: IDENTIFIER }, or the host name",
  ],
  [
    'an instance and a cluster at once',
    database(
      '    host: ‸{ rds: orders, rdsCluster: orders }\n    username: orders\n    rotation: { admin: { managedBy: rds } }\n',
    ),
    'secrets.orders-db.host must have either rds or rdsCluster (got a mapping); write { rds: orders }, or a name such as orders.example.com',
  ],
  [
    'a port of a cluster',
    database(
      '    host: { rdsCluster: orders }\n    ‸port: 3307\n    username: orders\n    rotation: { admin: { managedBy: rds } }\n',
    ),
    'secrets.orders-db.port must be left out (got 3307): RDS reports the port of host.rdsCluster',
  ],
  [
    'an endpoint of RDS Proxy',
    database(
      '    host: ‸orders.proxy-abcdefghijkl.eu-west-1.rds.amazonaws.com\n    username: orders\n    value: supplied\n',
    ),
    'secrets.orders-db.host must not be an endpoint of RDS Proxy (got orders.proxy-abcdefghijkl.eu-west-1.rds.amazonaws.com): a proxy has logins of its own; write the endpoint of the database itself, or { rds: IDENTIFIER }; if applications use this one, leave it, and write the database itself as rotation.host',
  ],
  [
    'a further endpoint of RDS Proxy in China, as a replica',
    database(
      `${place}    value: supplied\n    readReplicas: [‸ro.endpoint.proxy-abcdefghijkl.cn-north-1.rds.amazonaws.com.cn:3307]\n`,
    ),
    'secrets.orders-db.readReplicas[0] must not be an endpoint of RDS Proxy (got ro.endpoint.proxy-abcdefghijkl.cn-north-1.rds.amazonaws.com.cn): a proxy has logins of its own; write the replica itself',
  ],
  [
    'the reader endpoint of a cluster as the writer',
    database(
      '    host: ‸orders.cluster-ro-abcdefghijkl.eu-west-1.rds.amazonaws.com\n    username: orders\n    value: supplied\n',
    ),
    'secrets.orders-db.host must not be the reader endpoint of a cluster (got orders.cluster-ro-abcdefghijkl.eu-west-1.rds.amazonaws.com): replicas take no new password; write { rdsCluster: IDENTIFIER }, or the cluster’s endpoint; if applications use this one, leave it, and write the database itself as rotation.host',
  ],
  [
    'replicas of an RDS instance',
    database(
      '    host: { rds: orders }\n    ‸readReplicas: [db-2.acme.example]\n    username: orders\n    rotation: { admin: { managedBy: rds } }\n',
    ),
    'secrets.orders-db.readReplicas must be left out: RDS reports the replicas of host.rds',
  ],
  [
    'replicas of Redis, which replicates no users',
    database(
      `${place}    value: supplied\n    ‸readReplicas: [db-2.acme.example]\n    rotation: manual\n${excused}`,
      'redis',
      '',
    ),
    'secrets.orders-db.readReplicas must be left out: Redis or Valkey does not replicate its users; write a secret for each server',
  ],
  [
    'a replica that is not a host name',
    database(`${place}    value: supplied\n    readReplicas: [db-2.acme.example, ‸db-3:x]\n`),
    'secrets.orders-db.readReplicas[1] must be a host name, with a port after a colon where it is another (got db-3:x); write a name such as replica-1.example.com or replica-1.example.com:5433',
  ],
  [
    'more replicas than fit into a tag',
    database(
      `${place}    value: supplied\n    readReplicas: ‸[${'abcde'
        .split('')
        .map((letter) => `${letter.repeat(50)}.acme.example`)
        .join(', ')}]\n`,
    ),
    'secrets.orders-db.readReplicas makes a tag value of 319 characters, and AWS allows 256; name fewer, or shorter names',
  ],
  [
    'no TLS that nobody has approved',
    database(`${place}    value: supplied\n    tls: ‸disable\n`),
    'secrets.orders-db.tls is weaker than class database asks (got disable): credential and data cross the network in the clear; leave it out, or write an exception with reason, approvedBy and until',
  ],
  [
    'no TLS to ElastiCache, whose users need it',
    database(`    host: cache.acme.example\n    username: orders\n    tls: ‸disable\n${excused}`, 'elasticache', ''),
    'secrets.orders-db.tls must not be disable for ElastiCache: its users log in over TLS only; leave it out',
  ],
  [
    'a word for TLS that is none',
    database(`${place}    value: supplied\n    tls: ‸require\n`),
    'secrets.orders-db.tls must be disable or { serverName: NAME } (got require); write { serverName: orders.example.com }, or leave it out',
  ],
  [
    'a name in the certificate of an RDS instance',
    database(
      '    host: { rds: orders }\n    ‸tls: { serverName: db.acme.example }\n    username: orders\n    rotation: { admin: { managedBy: rds } }\n',
    ),
    'secrets.orders-db.tls must be left out: RDS reports the name of host.rds, which its certificate has',
  ],
  [
    'a database of Redis',
    `${database(`${place}    rotation: { admin: orders-admin }\n`, 'redis', '    ‸dbname: orders\n')}${admin('redis', '')}`,
    'secrets.orders-db.dbname must be left out (got orders): Redis or Valkey has no databases to log in to',
  ],
  [
    'an ElastiCache id of a user of MySQL',
    database(`${place}    ‸userId: orders\n    value: supplied\n`),
    'secrets.orders-db.userId is for engine elasticache only (this is mysql); leave it out',
  ],
  [
    'an ElastiCache user whose name is not a valid id',
    `  ‸${database('    host: cache.acme.example\n    username: orders_app\n', 'elasticache', '').trimStart()}`,
    "secrets.orders-db.userId is missing: the user name orders_app can't be the id of an ElastiCache user; write that id",
  ],
  [
    'a user name longer than MySQL takes',
    database(`    host: db.acme.example\n    username: ‸${'u'.repeat(33)}\n    value: supplied\n`),
    `secrets.orders-db.username must have at most 32 characters for MySQL (got ${'u'.repeat(33)}); write 1 fewer`,
  ],
  [
    'a user name whose second user is longer than PostgreSQL takes',
    `${database(
      `    host: db.acme.example\n    username: ‸${'u'.repeat(58)}\n    rotation: { strategy: alternating-users, admin: orders-admin }\n`,
      'postgres',
    )}${admin('postgres')}`,
    `secrets.orders-db.username must have at most 57 characters for PostgreSQL with strategy alternating-users (got ${'u'.repeat(58)}, whose second user is ${'u'.repeat(58)}_clone); write 1 fewer`,
  ],
  [
    'a first user that is named like a second',
    `${database(
      '    host: db.acme.example\n    username: ‸orders_clone\n    rotation: { strategy: alternating-users, admin: orders-admin }\n',
    )}${admin()}`,
    'secrets.orders-db.username must not end in _clone with strategy alternating-users (got orders_clone): that is how the second user ends; write the name of the first',
  ],
  [
    'a second user that is the user of another secret',
    `${database(`${place}    rotation: { strategy: alternating-users, admin: orders-admin }\n`)}${admin()}${database(
      '    host: DB.acme.example\n    port: 3306\n    username: ‸orders_app_clone\n    value: supplied\n',
    ).replace('orders-db', 'other-db')}`,
    'secrets.other-db.username is the user of secret orders-db of payments.yaml, the second one too (got orders_app_clone); write a user for this secret alone',
  ],
  [
    'a user whose second user is that of another secret',
    `${database('    host: db.acme.example\n    username: orders_app_clone\n    value: supplied\n').replace('orders-db', 'other-db')}${database(
      `${place.replace('orders_app', '‸orders_app')}    rotation: { strategy: alternating-users, admin: orders-admin }\n`,
    )}${admin()}`,
    'secrets.orders-db.username is the user of secret other-db of payments.yaml too (got orders_app, whose second user is orders_app_clone); write a user for this secret alone',
  ],
  [
    'one ElastiCache user of two secrets, whichever host they name',
    `${database('    host: a.acme.example\n    username: orders\n', 'elasticache', '')}${database(
      '    host: b.acme.example\n    username: ‸orders_app\n    userId: orders\n',
      'elasticache',
      '',
    ).replace('orders-db', 'other-db')}`,
    'secrets.other-db.username is the user of secret orders-db of payments.yaml too (got orders_app); write a user for this secret alone',
  ],
  [
    'a name that MySQL keeps for itself',
    database('    host: db.acme.example\n    username: ‸mysql.sys\n    value: supplied\n'),
    'secrets.orders-db.username must not be a name that MySQL keeps for itself (got mysql.sys); choose another',
  ],
  [
    'grants in a schema of MySQL itself',
    `${database(`${place}    rotation: { admin: orders-admin, provision: { grants: { mysql: ‸read-only } } }\n`)}${admin()}`,
    'secrets.orders-db.rotation.provision.grants.mysql must not be a name that MySQL keeps for itself (got mysql); choose another',
  ],
  [
    'a grace time of a strategy that has none',
    database(`${place}    value: supplied\n    rotation: { ‸grace: 4h }\n`),
    'secrets.orders-db.rotation.grace is for strategies alternating-users and dual-password (this is single-user, which ends the old password at once); leave it out',
  ],
  [
    'a grace time shorter than an hour',
    `${database(`${place}    rotation: { strategy: dual-password, admin: orders-admin, grace: ‸0h }\n`)}${admin()}`,
    'secrets.orders-db.rotation.grace must be at least 1h (got 0h); write 1h or more, such as 24h',
  ],
  [
    'a grace time in minutes',
    `${database(`${place}    rotation: { strategy: dual-password, admin: orders-admin, grace: ‸90m }\n`)}${admin()}`,
    'secrets.orders-db.rotation.grace must be a time in whole hours or days (got 90m); write 1h or more, such as 24h',
  ],
  [
    'a grace time longer than the class allows',
    `${database(`${place}    rotation: { strategy: dual-password, admin: orders-admin, grace: ‸2d }\n`)}${admin()}`,
    'secrets.orders-db.rotation.grace must be at most 24h, as class database asks (got 2d); write 1h to 24h, or an exception with reason, approvedBy and until',
  ],
  [
    'a grace time longer than from one window to the next',
    `${database(
      `${place}    rotation: { strategy: dual-password, admin: orders-admin, every: 1d, window: 02:00-06:00 UTC, grace: ‸23h }\n`,
    )}${admin()}`,
    'secrets.orders-db.rotation.grace must be at most 20h for every: 1d in the window 02:00-06:00 UTC (got 23h), where two rotations can lie 20h apart; write 1h to 20h, or a longer interval',
  ],
  [
    'a grace time of the class that is too long for the interval',
    `${database(`${place}    rotation: { ‸strategy: dual-password, admin: orders-admin, every: 12h }\n`)}${admin()}`
      .replace('{ ‸strategy', '{ strategy')
      .replace('    rotation: { strategy: dual', '    ‸rotation: { strategy: dual'),
    'secrets.orders-db.rotation.grace is missing: the 24h of class database are too long for every: 12h, where two rotations can lie 11h apart; write 1h to 11h, or a longer interval',
  ],
  [
    'an interval that leaves no grace time at all',
    `${database(`${place}    rotation: { strategy: dual-password, admin: orders-admin, every: ‸1d, grace: 1h }\n`)}${admin()}`,
    'secrets.orders-db.rotation.every leaves no time for the grace time of strategy dual-password (got 1d): two rotations can follow each other at once; write 2d or longer, or a window',
  ],
  [
    'RDS as keeper of a master credential that a secret rotates',
    `${database(
      '    host: { rds: orders }\n    username: orders_app\n    rotation: { admin: ‸{ managedBy: rds } }\n',
    )}${database('    host: { rds: orders }\n    username: root\n    rotation: { strategy: admin }\n').replace('orders-db', 'orders-root')}`,
    "secrets.orders-db.rotation.admin can't be managed by RDS: secret orders-root of payments.yaml rotates this master credential (strategy: admin); write admin: orders-root in that file, or take orders-root out",
  ],
];

describe('a database secret is refused', () => {
  it.each(cases)('for %s', (_title, secrets, message) => {
    // GIVEN
    const { text, place: expected } = marked(paymentsHead + secrets);
    // THEN
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      `payments.yaml:${expected} ${message}`,
    ]);
  });

  it('says the same of a class: its grace time is for databases only', () => {
    const organisation = `${organisationYaml}classes: { api-key: { rotation: { every: 30d, grace: 4h } } }\n`;
    expect(problems(database(`${place}    value: supplied\n`), organisation)).toEqual([
      'organisation.yaml:17:47 classes.api-key.rotation.grace belongs to class database only (this is api-key): nothing else is rotated by itself; leave it out',
    ]);
  });
});

describe('every engine with every strategy', () => {
  const combinations = databaseEngines.flatMap((engine) =>
    rotationStrategies.map((strategy) => ({ engine, strategy })),
  );

  it.each(combinations)('$engine, $strategy: accepted exactly where the engine has it', ({ engine, strategy }) => {
    const { dbname, strategies, usersChangedBy } = engineFacts[engine];
    const named = dbname === undefined ? '' : '    dbname: orders\n';
    const needsAdmin = usersChangedBy !== 'function-role' && strategy !== 'admin';
    const secrets = database(
      `    host: db.acme.example\n    username: orders\n    value: supplied\n    rotation: { strategy: ${strategy}${needsAdmin ? ', admin: orders-admin' : ''} }\n`,
      engine,
      named,
    );
    const found = problems(needsAdmin ? secrets + admin(engine, named) : secrets);
    if (strategies.includes(strategy)) expect(found).toEqual([]);
    else expect(found).toEqual([expect.stringContaining(`can't be ${strategy} for ${engineFacts[engine].label}`)]);
  });
});

describe('an exception', () => {
  it.each([
    ['a longer grace time', `${place}    rotation: { strategy: dual-password, admin: orders-admin, grace: 3d }\n`],
    ['no TLS', `${place}    tls: disable\n    rotation: { admin: orders-admin }\n`],
  ])('excuses %s', (_title, lines) => {
    expect(problems(`${database(lines + excused)}${admin()}`)).toEqual([]);
  });
});

describe('the model of a database secret', () => {
  it('has the port of its engine, and what it says of TLS and replicas', () => {
    const { database: target } = secretOf(
      database(
        `${place}    value: supplied\n    tls: { serverName: db-1.acme.example }\n    readReplicas: [db-2.acme.example, 'db-3.acme.example:3307']\n`,
      ),
    );
    expect(target).toEqual({
      engine: 'mysql',
      host: { name: 'db.acme.example' },
      port: 3306,
      dbname: 'orders',
      username: 'orders_app',
      tls: { serverName: 'db-1.acme.example' },
      readReplicas: ['db-2.acme.example', 'db-3.acme.example:3307'],
    });
  });

  it('has a cluster by its identifier, without a port', () => {
    const { database: target } = secretOf(
      database(
        '    host: { rdsCluster: orders }\n    username: orders\n    rotation: { admin: { managedBy: rds } }\n',
        'mongo',
      ),
    );
    expect(target).toEqual({ engine: 'mongo', host: { rdsCluster: 'orders' }, dbname: 'orders', username: 'orders' });
  });

  it('has no database where the engine has none, and the id of an ElastiCache user', () => {
    const { database: target } = secretOf(
      database('    host: cache.acme.example\n    username: orders_app\n    userId: orders-app\n', 'elasticache', ''),
    );
    expect(target).toMatchObject({ dbname: '', port: 6379, userId: 'orders-app' });
  });

  it('has the grace time of its class, of the organisation, or its own, with the strategies that have one', () => {
    const rotating = (rest: string): string =>
      `${database(`${place}    rotation: { admin: orders-admin${rest} }\n`)}${admin()}`;
    const organisation = `${organisationYaml}classes: { database: { rotation: { grace: 2d } } }\n`;
    expect(secretOf(rotating(', strategy: dual-password')).rotation).toMatchObject({ graceHours: 24 });
    expect(secretOf(rotating(', strategy: alternating-users'), organisation).rotation).toMatchObject({
      graceHours: 48,
    });
    expect(secretOf(rotating(', strategy: dual-password, grace: 4h')).rotation).toMatchObject({ graceHours: 4 });
    expect(secretOf(rotating('')).rotation).not.toHaveProperty('graceHours');
  });

  it('opens each secret of a long window at an hour of its own', () => {
    const secrets = Array.from({ length: 12 }, (_item, index) =>
      database(
        `    host: db.acme.example\n    username: user_${index}\n    value: supplied\n    rotation: { every: 7d, window: Sun 02:00-06:00 UTC }\n`,
      ).replace('orders-db', `db-${index}`),
    ).join('');
    const folder = catalogFolder({ 'organisation.yaml': organisationYaml, 'payments.yaml': paymentsHead + secrets });
    const schedules = loadCatalog(folder, { today }).environments[0]!.applications[0]!.secrets.map(({ rotation }) =>
      rotation.kind === 'automatic' ? `${rotation.schedule.expression} ${rotation.schedule.duration ?? ''}` : '',
    );
    expect([...new Set(schedules)].sort()).toEqual([
      'cron(0 2 ? * SUN *) 4h',
      'cron(0 3 ? * SUN *) 3h',
      'cron(0 4 ? * SUN *) 2h',
      'cron(0 5 ? * SUN *) 1h',
    ]);
  });

  it('has the file with the authorities of its environment, by a path that holds for the app', () => {
    const organisation = organisationYaml.replace(
      '    region: eu-west-1\n',
      '    region: eu-west-1\n    certificateAuthorities: internal.pem\n',
    );
    const folder = catalogFolder({
      'organisation.yaml': organisation,
      'payments.yaml': paymentsHead + database(`${place}    value: supplied\n`),
      'internal.pem': rootCertificates[0]!,
    });
    const [dev, prod] = loadCatalog(folder, { today }).environments;
    expect(dev!.certificateAuthorities).toBe(join(folder, 'internal.pem'));
    expect(prod).not.toHaveProperty('certificateAuthorities');
  });

  it.each([
    [
      'does not exist',
      'authorities/none.pem',
      'must be a file within the folder of the catalog that can be read; write its path',
    ],
    [
      'is not PEM',
      'der.pem',
      'must hold certificates and nothing else; line 1 is text outside of a certificate. Write each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, as openssl x509 prints it',
    ],
    [
      'has a block with another label',
      'trusted.pem',
      'must hold certificates and nothing else; line 1 begins a block with another label than -----BEGIN CERTIFICATE-----. Write each from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----, as openssl x509 prints it',
    ],
    [
      'has a block that is not a certificate',
      'broken.pem',
      'must hold certificates and nothing else; block 1 of 1 is not a certificate. Take it out, or write it again with openssl x509',
    ],
    [
      'is reached by a link that leads out of the folder',
      'linked.pem',
      'must be a file within the folder of the catalog, and a symbolic link leads out of it; put the file itself there',
    ],
    [
      'holds a private key',
      'key.pem',
      'must hold no private key (line 2): the file travels with the functions. Take the key out, and change it if it was ever committed',
    ],
  ])('has no file with authorities that %s', (_title, file, message) => {
    const outside = catalogFolder({ 'linked.pem': rootCertificates[0]! });
    const found = problemsOf(
      {
        'organisation.yaml': organisationYaml.replace(
          '    region: eu-west-1\n',
          `    region: eu-west-1\n    certificateAuthorities: ${file}\n`,
        ),
        'payments.yaml': paymentsHead + database(`${place}    value: supplied\n`),
        'der.pem': 'MIIB',
        'key.pem': '-----BEGIN CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\n',
        'trusted.pem': rootCertificates[0]!.replaceAll(' CERTIFICATE', ' TRUSTED CERTIFICATE'),
        'broken.pem': '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n',
      },
      { 'linked.pem': join(outside, 'linked.pem') },
    );
    expect(found).toEqual([`organisation.yaml:6:29 environments.dev.certificateAuthorities ${message} (got ${file})`]);
  });

  it('has no file from outside its folder', () => {
    const organisation = organisationYaml.replace(
      '    region: eu-west-1\n',
      '    region: eu-west-1\n    certificateAuthorities: ../internal.pem\n',
    );
    expect(problems(database(`${place}    value: supplied\n`), organisation)).toEqual([
      'organisation.yaml:6:29 environments.dev.certificateAuthorities must be a PEM file within the folder of the catalog (got ../internal.pem); write a path such as authorities/internal.pem',
    ]);
  });

  it('has the runbooks of the organisation, or those of this repository', () => {
    const load = (organisation: string): string =>
      loadCatalog(
        catalogFolder({
          'organisation.yaml': organisation,
          'payments.yaml': paymentsHead + database(`${place}    value: supplied\n`),
        }),
        { today },
      ).environments[0]!.runbooks;
    expect(load(organisationYaml)).toBe('docs/runbooks');
    expect(load(`${organisationYaml}runbooks: https://wiki.acme.example/strongroom\n`)).toBe(
      'https://wiki.acme.example/strongroom',
    );
  });
});
