import { describe, expect, it } from 'vitest';
import { accessChanges } from '../../../lib/access/changes.ts';
import { adoptedTags } from '../../../lib/model/index.ts';
import { loadCatalog } from '../../../lib/catalog/index.ts';
import { declaredTags } from '../../../lib/model/secret-tags.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import {
  catalogFolder,
  marked,
  organisationYaml,
  paymentsHead,
  problemsOf,
  today,
} from '../../_helpers/catalog-folder.ts';

const proxy = 'orders.proxy-abcdefghijkl.eu-west-1.rds.amazonaws.com';
const reader = 'orders.cluster-ro-abcdefghijkl.eu-west-1.rds.amazonaws.com';

const secretWith = (lines: string): string => `  orders-db:
    class: database
    engine: postgres
    dbname: orders
    username: payments_app
    readers: [api]
${lines.replace(/^(?=.)/gm, '    ')}`;

const files = (secrets: string) => ({ 'organisation.yaml': organisationYaml, 'payments.yaml': paymentsHead + secrets });

const load = (secrets: string) => loadCatalog(catalogFolder(files(secrets)), { today });

const secretOf = (secrets: string) => load(secrets).environments[0]!.applications[0]!.secrets[0]!;

describe('rotation.host', () => {
  it.each([proxy, reader, 'pgbouncer.internal', 'orders.example.com'])(
    'is the writer, next to the host of applications, %s',
    (host) => {
      const { database } = secretOf(
        secretWith(`host: ${host}\nport: 6432\nrotation: { host: { rds: orders }, admin: { managedBy: rds } }\n`),
      );
      expect(database).toMatchObject({ host: { rds: 'orders' }, endpoint: { host, port: 6432 } });
      expect(database!.port).toBeUndefined();
    },
  );

  it('can be a name with a port; each port left out is that of the engine', () => {
    const value = 'value: supplied\n';
    expect(
      secretOf(secretWith(`${value}host: ${proxy}\nrotation: { host: db.internal, port: 6000 }\n`)).database,
    ).toMatchObject({ host: { name: 'db.internal' }, port: 6000, endpoint: { host: proxy, port: 5432 } });
    expect(
      secretOf(secretWith(`${value}host: ${proxy}\nport: 6001\nrotation: { host: db.internal }\n`)).database,
    ).toMatchObject({ host: { name: 'db.internal' }, port: 5432, endpoint: { host: proxy, port: 6001 } });
  });

  it('is in the tags as the writer, and the host of applications as the endpoint', () => {
    const { database } = secretOf(
      secretWith(`value: supplied\nhost: ${proxy}\nrotation: { host: db.internal, port: 6000 }\n`),
    );
    const facts = { environment: 'dev', application: 'payments', owner: 'o', contact: 'c', name: 'orders-db' };
    expect(declaredTags({ ...facts, class: 'database', database: database! })).toMatchObject({
      [secretTag.host]: 'db.internal',
      [secretTag.port]: '6000',
      [secretTag.endpoint]: proxy,
      [secretTag.endpointPort]: '5432',
    });
  });

  it('is in the tags that an adopted secret is to have', () => {
    const adopt = '{ arn: "arn:aws:secretsmanager:eu-west-1:111122223333:secret:legacy/orders-AbCdEf" }';
    const text = `environments: [dev]\n${paymentsHead}${secretWith(`adopt: ${adopt}\nhost: ${proxy}\nrotation: { host: db.internal }\n`)}`;
    const [dev] = loadCatalog(catalogFolder({ 'organisation.yaml': organisationYaml, 'payments.yaml': text }), {
      today,
    }).environments;
    const [application] = dev!.applications;
    expect(adoptedTags('dev', application!, application!.secrets[0]!)).toMatchObject({
      [secretTag.host]: 'db.internal',
      [secretTag.endpoint]: proxy,
    });
  });

  it('replaces a host of another form in the overrides', () => {
    const text = `${paymentsHead}${secretWith(`host: ${proxy}\nrotation: { host: { rds: orders }, admin: { managedBy: rds } }\n`)}overrides:
  prod:
    secrets:
      orders-db: { rotation: { host: { rdsCluster: orders } } }
`;
    const { environments } = loadCatalog(
      catalogFolder({ 'organisation.yaml': organisationYaml, 'payments.yaml': text }),
      { today },
    );
    expect(environments.map(({ applications }) => applications[0]!.secrets[0]!.database!.host)).toEqual([
      { rds: 'orders' },
      { rdsCluster: 'orders' },
    ]);
  });

  it.each([
    [
      'an endpoint of RDS Proxy',
      `value: supplied\nhost: pooler.internal\nrotation: { host: ‸${proxy} }\n`,
      `host must not be an endpoint of RDS Proxy (got ${proxy}): a proxy has logins of its own; write the endpoint of the database itself, or { rds: IDENTIFIER }`,
    ],
    [
      'the reader endpoint of a cluster',
      `value: supplied\nhost: pooler.internal\nrotation: { host: ‸${reader} }\n`,
      `host must not be the reader endpoint of a cluster (got ${reader}): replicas take no new password; write { rdsCluster: IDENTIFIER }, or the cluster’s endpoint`,
    ],
    [
      'a host on RDS next to it',
      'host: { rds: orders }\nvalue: supplied\nrotation: { ‸host: db.internal }\n',
      'host must be left out, as host is on RDS, which reports the writer: applications and rotations connect there; if applications connect elsewhere, write that name as host',
    ],
    [
      'the very host of applications',
      'value: supplied\nhost: db.internal\nrotation: { ‸host: DB.internal, port: 5432 }\n',
      'host must be left out (got DB.internal): it is the host of applications, too',
    ],
    [
      'a port alone',
      'value: supplied\nhost: db.internal\nrotation: { ‸port: 6432 }\n',
      'port is the port of rotation.host, which is missing (got 6432); write port next to host',
    ],
    [
      'a port of RDS',
      `host: ${proxy}\nrotation: { host: { rds: orders }, ‸port: 6432, admin: { managedBy: rds } }\n`,
      'port must be left out (got 6432): RDS reports the port of rotation.host.rds',
    ],
    [
      'an RDS cluster of an engine that has none',
      `value: supplied\nhost: ${proxy}\nengine: mariadb\nrotation: { host: ‸{ rdsCluster: orders } }\n`,
      "host can't be an RDS cluster (got orders): RDS runs no MariaDB so; write { rds: IDENTIFIER }, or the host name",
    ],
    [
      'a text that is not a host',
      `value: supplied\nhost: ${proxy}\nrotation: { host: ‸"db:5432" }\n`,
      'host must be a host name, { rds: IDENTIFIER } or { rdsCluster: IDENTIFIER } (got db:5432); write { rds: orders }, or a name such as orders.example.com',
    ],
  ])('is refused for %s', (_title, lines, message) => {
    const source = secretWith(lines).replace(/ {4}engine: postgres\n(?=[^]*engine: mariadb)/, '');
    const { text, place } = marked(paymentsHead + source);
    const found = problemsOf({ 'organisation.yaml': organisationYaml, 'payments.yaml': text });
    expect(found).toEqual([`payments.yaml:${place} secrets.orders-db.rotation.${message}`]);
  });

  it('is where two secrets meet that have one user, whatever the hosts of applications are', () => {
    const two = (name: string, host: string): string =>
      secretWith(`value: supplied\nhost: ${host}\nrotation: { host: db.internal }\n`).replace('orders-db', name);
    expect(problemsOf(files(two('one-db', proxy) + two('two-db', 'pooler.internal')))).toEqual([
      expect.stringContaining('secrets.two-db.username is the user of secret one-db of payments.yaml too'),
    ]);
  });

  it('is held against the admin’s writer', () => {
    const admin = secretWith('value: supplied\nhost: db.internal\nrotation: { strategy: admin }\n')
      .replace('orders-db', 'admin-db')
      .replace('payments_app', 'root');
    const orders = (host: string): string =>
      secretWith(`host: ${proxy}\nrotation: { host: ${host}, admin: admin-db }\n`);
    expect(problemsOf(files(orders('db.internal') + admin))).toEqual([]);
    expect(problemsOf(files(orders('other.internal') + admin))).toEqual([
      expect.stringContaining('must be for the same server (got admin-db, whose host or port is another)'),
    ]);
  });

  it('is shown by a review: where the credential now goes', () => {
    const at = (writer: string, host = proxy) =>
      load(secretWith(`value: supplied\nhost: ${host}\nrotation: { host: ${writer} }\n`));
    const changes = (after: ReturnType<typeof at>): string[] =>
      accessChanges(at('db.internal'), after)
        .filter(({ effect }) => effect === 'widens')
        .map(({ text }) => text);
    expect(changes(at('planted.example'))).toEqual([
      expect.stringContaining('log in to planted.example:5432, database orders, as payments_app'),
      expect.stringContaining('log in to planted.example:5432, database orders, as payments_app'),
    ]);
    expect(changes(at('db.internal', 'planted.example'))).toHaveLength(2);
    expect(changes(at('db.internal'))).toEqual([]);
  });
});
