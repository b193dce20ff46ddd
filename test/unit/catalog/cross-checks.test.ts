import { describe, expect, it } from 'vitest';

import { marked, ordersDb, organisationYaml, paymentsHead, problemsOf } from '../../_helpers/catalog-folder.ts';

const withAdmin = `${ordersDb}    rotation: { admin: { managedBy: rds } }\n`;
const excused = '    exception: { reason: no API, approvedBy: security, until: 2027-01-31 }\n';

const lambda = 'arn:aws:lambda:eu-west-1:111122223333:function:rotate-stripe';
/** A function is in one account. */
const onlyDev = 'environments: [dev]\n';
const rotator = 'arn:aws:iam::111122223333:role/rotate-stripe';

/** What `payments.yaml` says after its head, with the place marked; the only problem is expected there. */
const cases: [title: string, secrets: string, message: string][] = [
  [
    'a reader that is not a consumer, with the one that was meant',
    withAdmin.replace('[api]', '[‸aip]'),
    'secrets.orders-db.readers[0] must be a consumer of this file (got aip); did you mean api?',
  ],
  [
    'a reader that is nothing like a consumer, with all that there are',
    withAdmin.replace('[api]', '[api, ‸marketing]'),
    'secrets.orders-db.readers[1] must be a consumer of this file (got marketing); write one of api, report',
  ],
  [
    'a reader named twice',
    withAdmin.replace('[api]', '[api, ‸api]'),
    'secrets.orders-db.readers[1] must not be named twice (got api); write it once',
  ],
  [
    'an admin secret that does not exist',
    `${ordersDb}    rotation: { admin: ‸orders-admin }\n`,
    'secrets.orders-db.rotation.admin must be a secret of this file (got orders-admin); add it under secrets',
  ],
  [
    'an admin secret with a slip in its name',
    `${ordersDb}    rotation: { admin: ‸order-key }\n  orders-key: { class: generic, readers: [] }\n`,
    'secrets.orders-db.rotation.admin must be a secret of this file (got order-key); did you mean orders-key?',
  ],
  [
    'a secret that is its own admin',
    `${ordersDb}    rotation: { admin: ‸orders-db }\n`,
    'secrets.orders-db.rotation.admin must be another secret (got orders-db, the secret itself); write the secret of an admin user',
  ],
  [
    'an admin secret that is not a database credential',
    `${ordersDb}    rotation: { admin: ‸token }\n  token: { class: generic, readers: [] }\n`,
    'secrets.orders-db.rotation.admin must be a secret of class database (got token, of class generic); write the secret of an admin user',
  ],
  [
    'an admin secret for another server',
    `${ordersDb}    rotation: { admin: ‸admin }\n${ordersDb
      .replace('orders-db', 'admin')
      .replace('{ rds: orders }', '{ rds: billing }')
      .replace(/username: .*/, 'username: admin')}    value: supplied\n    rotation: manual\n${excused}`,
    'secrets.orders-db.rotation.admin must be for the same server (got admin, whose host or port is another); write one host and port in both',
  ],
  [
    'an admin managed by RDS of a host that is not known to be RDS',
    withAdmin.replace('{ rds: orders }', 'db.acme.example').replace('{ managedBy', '‸{ managedBy'),
    'secrets.orders-db.rotation.admin can be managed by RDS only if host is { rds: IDENTIFIER } or { rdsCluster: IDENTIFIER }; write the name of a secret',
  ],
  [
    'provisioning without an admin',
    `${ordersDb}    value: supplied\n    rotation: { ‸provision: { grants: { public: read-only } } }\n`,
    'secrets.orders-db.rotation.provision needs an admin, who creates the user; write admin: { managedBy: rds } or the name of a secret next to it',
  ],
  [
    'a generated password that no admin gives to the database',
    `  ‸${ordersDb.trimStart()}`,
    'secrets.orders-db.rotation.admin is missing: the database learns a generated password only through an admin; write { managedBy: rds } or the name of a secret, or value: supplied where the user has a password already',
  ],
  [
    'an interval that is too short',
    `${ordersDb}    rotation: { admin: { managedBy: rds }, every: ‸2h }\n`,
    'secrets.orders-db.rotation.every must be at least 4h (got 2h); write 4h to 1000d',
  ],
  [
    'an interval that is too long',
    `${ordersDb}    rotation: { admin: { managedBy: rds }, every: ‸1001d }\n`,
    'secrets.orders-db.rotation.every must be at most 1000d (got 1001d); write 4h to 1000d',
  ],
  [
    'an interval longer than the class allows',
    `${ordersDb}    rotation: { admin: { managedBy: rds }, every: ‸31d }\n`,
    'secrets.orders-db.rotation.every must be at most 30d, as class database asks (got 31d); write 4h to 30d, or an exception with reason, approvedBy and until',
  ],
  [
    'a database that does not rotate',
    `${ordersDb}    value: supplied\n    rotation: ‸manual\n`,
    'secrets.orders-db.rotation is weaker than class database asks (got manual, the class rotates every 30d); write { every: 30d }, or an exception with reason, approvedBy and until',
  ],
  [
    'an API key that rotates by hand, which nobody has approved',
    '  stripe: { class: api-key, readers: [api], rotation: ‸manual }\n',
    'secrets.stripe.rotation is weaker than class api-key asks (got manual, the class rotates every 90d); write an exception with reason, approvedBy and until',
  ],
  [
    'an API key that says nothing of its rotation',
    '  ‸stripe: { class: api-key, readers: [api] }\n',
    'secrets.stripe.rotation is missing: no strategy rotates class api-key by itself; write rotation: manual, and an exception with reason, approvedBy and until, because the class rotates every 90d; or name a function of your own: { function: ARN, role: ARN }',
  ],
  [
    'a rotation of a class that nothing rotates',
    '  blob: { class: generic, readers: [api], rotation: ‸{ every: 9d } }\n',
    'secrets.blob.rotation must be manual: no strategy rotates class generic by itself; write rotation: manual; or name a function of your own: { function: ARN, role: ARN }',
  ],
  [
    'a function of its own without its role',
    `  stripe: { class: api-key, readers: [api], ‸rotation: { function: ${lambda} } }\n${onlyDev}`,
    'secrets.stripe.rotation.role is missing; write the ARN of the role of the function, arn:aws:iam::111122223333:role/NAME',
  ],
  [
    'the role of a function that is missing',
    `  stripe: { class: api-key, readers: [api], ‸rotation: { role: ${rotator} } }\n${onlyDev}`,
    'secrets.stripe.rotation.function is missing; write the ARN of the function, arn:aws:lambda:REGION:ACCOUNT:function:NAME, or the same with :ALIAS',
  ],
  [
    'a function of its own that has no interval',
    `  blob: { class: generic, readers: [api], ‸rotation: { function: ${lambda}, role: ${rotator} } }\n${onlyDev}`,
    'secrets.blob.rotation.every is missing: class generic has no interval here; write 4h to 1000d',
  ],
  [
    'a function of its own that rotates less often than the class asks',
    `  stripe: { class: api-key, readers: [api], rotation: { function: ${lambda}, role: ${rotator}, every: ‸91d } }\n${onlyDev}`,
    'secrets.stripe.rotation.every must be at most 90d, as class api-key asks (got 91d); write 4h to 90d, or an exception with reason, approvedBy and until',
  ],
  [
    'a function of its own with a strategy',
    `  stripe: { class: api-key, readers: [api], rotation: { function: ${lambda}, role: ${rotator}, ‸strategy: single-user } }\n${onlyDev}`,
    'secrets.stripe.rotation.strategy is for class database only: no strategy rotates another class by itself; leave it out, and write rotation: manual, or a function of your own: { function: ARN, role: ARN }',
  ],
  [
    'a function of its own in another region',
    `  stripe: { class: api-key, readers: [api], rotation: { role: ${rotator}, function: ‸${lambda.replace('eu-west-1', 'eu-central-1')} } }\n${onlyDev}`,
    'secrets.stripe.rotation.function must be in account 111122223333 and region eu-west-1 of environment dev (got arn:aws:lambda:eu-central-1:111122223333:function:rotate-stripe); write the function of each environment under overrides',
  ],
  [
    'a function of Strongroom as a function of its own',
    `  stripe: { class: api-key, readers: [api], rotation: { role: ${rotator}, function: ‸${lambda.replace('rotate-stripe', 'strongroom-dev-rotation-postgres')} } }\n${onlyDev}`,
    'secrets.stripe.rotation.function is a function of Strongroom (got arn:aws:lambda:eu-west-1:111122223333:function:strongroom-dev-rotation-postgres); name one of your own',
  ],
  [
    'a version of a function of its own',
    `  stripe: { class: api-key, readers: [api], rotation: { role: ${rotator}, function: ‸'${lambda}:7' } }\n${onlyDev}`,
    'secrets.stripe.rotation.function must be the ARN of a Lambda function, unqualified or with an alias (got arn:aws:lambda:eu-west-1:111122223333:function:rotate-stripe:7); write the ARN of the function, arn:aws:lambda:REGION:ACCOUNT:function:NAME, or the same with :ALIAS',
  ],
  [
    'a role of another account for a function of its own',
    `  stripe: { class: api-key, readers: [api], rotation: { function: ${lambda}, role: ‸${rotator.replace('111122223333', '999999999999')} } }\n${onlyDev}`,
    'secrets.stripe.rotation.role must be in account 111122223333 of environment dev (got arn:aws:iam::999999999999:role/rotate-stripe); write the role of each environment under overrides',
  ],
  [
    'the role of a consumer for a function of its own',
    `  stripe: { class: api-key, readers: [api], rotation: { function: ${lambda}, role: ‸${rotator.replace('rotate-stripe', 'dev-payments-api')} } }\n${onlyDev}`,
    'secrets.stripe.rotation.role is the role of consumer api of payments.yaml too (got dev-payments-api); give the function a role of its own',
  ],
  [
    'one function with two roles',
    `  stripe: { class: api-key, readers: [api], rotation: { function: ${lambda}, role: ${rotator} } }\n` +
      `  square: { class: api-key, readers: [api], rotation: { function: '${lambda}:live', role: ‸${rotator}-2 } }\n${onlyDev}`,
    'secrets.square.rotation.role must be arn:aws:iam::111122223333:role/rotate-stripe, as elsewhere in this file (got arn:aws:iam::111122223333:role/rotate-stripe-2): a function has one role',
  ],
  [
    'a sensitivity lower than the class asks',
    '  key: { class: signing-key, readers: [api], sensitivity: ‸standard }\n',
    'secrets.key.sensitivity must be high, as class signing-key asks (got standard); write high, or an exception with reason, approvedBy and until',
  ],
  [
    'an exception that ended yesterday',
    `  stripe:\n    class: api-key\n    readers: [api]\n    rotation: manual\n${excused.replace('2027-01-31', '‸2026-11-20')}`,
    'secrets.stripe.exception.until must not have passed (got 2026-11-20, today is 2026-11-21); keep the rule, or have a later date approved',
  ],
  [
    'a certificate that Secrets Manager is to make',
    `  tls:\n    class: tls-certificate\n    readers: [api]\n    value: ‸generated\n    rotation: manual\n${excused}`,
    "secrets.tls.value can't be generated: Secrets Manager generates random text, no key pairs and no certificates; write supplied",
  ],
  [
    'a database without its name',
    withAdmin.replace('    dbname: orders\n', '').replace('  orders-db', '  ‸orders-db'),
    'secrets.orders-db.dbname is missing: PostgreSQL needs it; write the database to log in to',
  ],
  [
    'connection keys of a secret that is not a database',
    '  blob: { class: generic, readers: [], ‸host: db.acme.example }\n',
    'secrets.blob.host belongs to class database only (this is generic); leave it out, or write class: database',
  ],
  [
    'a port of an RDS instance',
    withAdmin.replace('    dbname', '    ‸port: 5433\n    dbname'),
    'secrets.orders-db.port must be left out (got 5433): RDS reports the port of host.rds',
  ],
  [
    'an engine that is not served',
    withAdmin.replace('postgres', '‸oracle'),
    'secrets.orders-db.engine must be postgres, mysql, mariadb, redis, elasticache, memorydb, sqlserver or mongo (got oracle); write one of these',
  ],
  [
    'a user whose password another secret rotates',
    withAdmin +
      withAdmin
        .replace('orders-db', 'reports-db')
        .replace('dbname: orders', 'dbname: reports')
        .replace('payments_app', '‸payments_app'),
    'secrets.reports-db.username is the user of secret orders-db of payments.yaml too (got payments_app); write a user for this secret alone',
  ],
  [
    'an RDS identifier in capitals, which no policy would match',
    withAdmin.replace('rds: orders', 'rds: ‸Orders'),
    'secrets.orders-db.host.rds must be the identifier of an RDS instance, in lower case as RDS keeps it (got Orders); write an identifier such as orders',
  ],
  [
    'a user name that PostgreSQL keeps for itself',
    withAdmin.replace('payments_app', '‸pg_monitor'),
    'secrets.orders-db.username must not be a name that PostgreSQL keeps for itself (got pg_monitor); choose another',
  ],
  [
    'a schema name that is none',
    `${ordersDb}    rotation: { admin: { managedBy: rds }, provision: { grants: { ‸my schema: read-only } } }\n`,
    'secrets.orders-db.rotation.provision.grants.my schema must be 1 to 63 letters, digits and _ . - that start with a letter or _ (got my schema); write a name such as payments_app',
  ],
  [
    'grants in a schema of the system',
    `${ordersDb}    rotation: { admin: { managedBy: rds }, provision: { grants: { pg_catalog: ‸read-only } } }\n`,
    'secrets.orders-db.rotation.provision.grants.pg_catalog must not be a name that PostgreSQL keeps for itself (got pg_catalog); choose another',
  ],
  [
    'more grants than fit into a tag',
    `${ordersDb}    rotation:\n      admin: { managedBy: rds }\n      provision:\n        ‸grants: { ${'abcdef'
      .split('')
      .map((letter) => `${letter.repeat(40)}: read-write`)
      .join(', ')} }\n`,
    'secrets.orders-db.rotation.provision.grants makes a tag value of 311 characters, and AWS allows 256 (got aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa=read-write bbbbbbbbbbbbbbbbbbbbbbbbb...); write 55 fewer',
  ],
  [
    'a window that opens too rarely for the interval',
    `${ordersDb}    rotation: { admin: { managedBy: rds }, every: ‸6d, window: Sun 02:00-04:00 UTC }\n`,
    'secrets.orders-db.rotation.every must be at least 7d for the window Sun 02:00-04:00 UTC (got 6d); write 7d or longer, or window: any',
  ],
  [
    'a daily window for an interval in hours',
    `${ordersDb}    rotation: { admin: { managedBy: rds }, every: ‸23h, window: 02:00-04:00 UTC }\n`,
    'secrets.orders-db.rotation.every must be at least 1d for the window 02:00-04:00 UTC (got 23h); write 1d or longer, or window: any',
  ],
  [
    'a window past midnight',
    `${ordersDb}    rotation: { admin: { managedBy: rds }, window: ‸Sun 23:00-01:00 UTC }\n`,
    'secrets.orders-db.rotation.window must not run past midnight UTC (got Sun 23:00-01:00 UTC); write Sun 23:00-24:00 UTC or Mon 00:00-01:00 UTC',
  ],
  [
    'overrides of an environment that does not exist',
    `${withAdmin}overrides:\n  ‸porduction: {}\n`,
    'overrides.porduction must be one of the environments of organisation.yaml (got porduction); write one of dev, prod',
  ],
  [
    'a secret that is in overrides only, without its class',
    `${withAdmin}overrides:\n  dev: { secrets: { ‸extra: { readers: [] } } }\n`,
    'overrides.dev.secrets.extra.class is missing; write it here, or the secret under secrets for every environment',
  ],
  [
    'an override that breaks a rule, at the override',
    `${withAdmin}overrides:\n  dev: { secrets: { orders-db: { rotation: { every: ‸40d } } } }\n`,
    'overrides.dev.secrets.orders-db.rotation.every must be at most 30d, as class database asks (got 40d); write 4h to 30d, or an exception with reason, approvedBy and until',
  ],
  [
    'a reader that is a consumer of another environment only',
    `${withAdmin.replace('[api]', '[api, ‸probe]')}overrides:\n  dev: { consumers: { probe: { runsOn: lambda } } }\n`,
    'secrets.orders-db.readers[1] must be a consumer wherever the secret is (got probe, which is one in dev alone); write it under consumers, or these readers under overrides.dev',
  ],
];

describe('a secret is refused', () => {
  it.each(cases)('for %s', (_title, secrets, message) => {
    // GIVEN
    const { text, place } = marked(paymentsHead + secrets);
    // THEN
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      `payments.yaml:${place} ${message}`,
    ]);
  });
});

describe('an exception', () => {
  const stripe = (until: string): string =>
    `${paymentsHead}  stripe:\n    class: api-key\n    readers: [api]\n    rotation: manual\n${excused.replace('2027-01-31', until)}`;

  it('holds through its last day (UTC)', () => {
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': stripe('2026-11-21') })).toEqual([]);
  });

  it('must end on a day that exists', () => {
    const { text, place } = marked(stripe('‸2027-02-29'));
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text })).toEqual([
      `payments.yaml:${place} secrets.stripe.exception.until must be a day of the calendar (got 2027-02-29); write a date such as 2027-03-31`,
    ]);
  });

  it.each([
    ['a longer interval', `${ordersDb}    rotation: { admin: { managedBy: rds }, every: 90d }\n${excused}`],
    ['no rotation of a database', `${ordersDb}    value: supplied\n    rotation: manual\n${excused}`],
    [
      'a lower sensitivity',
      `  key:\n    class: signing-key\n    readers: [api]\n    sensitivity: standard\n${excused}`,
    ],
  ])('excuses %s', (_title, secrets) => {
    expect(problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': paymentsHead + secrets })).toEqual([]);
  });
});
