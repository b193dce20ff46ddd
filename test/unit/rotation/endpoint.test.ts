import { beforeEach, describe, expect, it } from 'vitest';
import type { Database, DatabaseAddress } from '../../../lambdas/databases/port.ts';
import { secretTag } from '../../../lib/contract/index.ts';
import {
  adminName,
  adminTag,
  canary,
  facts,
  masterArn,
  refusalOf,
  RotationBench,
  secretName as name,
  token,
} from '../../_helpers/rotation-bench.ts';

const proxy = 'orders.proxy-abcdefghijkl.eu-west-1.rds.amazonaws.com';
const writer = 'writer.internal';

let bench: RotationBench;
/** Where the database was asked anything, in order and without repetitions. */
let asked: Set<string>;

const start = (engine: Database['engine'] = 'postgres'): void => {
  bench = new RotationBench({ engine });
  asked = new Set();
  const database = bench.ports.database;
  const watched = Object.fromEntries(
    Object.entries(database).map(([key, member]: [string, unknown]) => [
      key,
      typeof member !== 'function'
        ? member
        : (address: DatabaseAddress, ...rest: unknown[]): unknown => {
            asked.add(`${address.host}:${address.port}`);
            return (member as (...all: unknown[]) => unknown)(address, ...rest);
          },
    ]),
  ) as unknown as Database;
  bench.ports = { ...bench.ports, database: watched };
};

const tags = (more: Readonly<Record<string, string>> = {}) => ({
  [secretTag.engine]: bench.database.engine,
  [secretTag.username]: 'app',
  [secretTag.endpoint]: proxy,
  ...more,
});

const atWriter = () => tags({ [secretTag.host]: writer, [secretTag.port]: '6432' });

beforeEach(() => {
  start();
});

describe('where applications connect elsewhere than rotations', () => {
  const addAdmin = (): void => {
    bench.database.addUser('admin', 'admin-password', { createsRoles: true });
    const value = { host: writer, port: 6432, username: 'admin', password: 'admin-password' };
    bench.secrets.create(adminName, { value: JSON.stringify(value) });
  };

  it('the value has the endpoint of the applications, and each step goes to the writer', async () => {
    const arn = bench.working(atWriter());
    await bench.runAll(arn);

    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ host: proxy, port: 5432, password: 'generated-1' });
    expect([...asked]).toEqual([`${writer}:6432`]);
    expect(bench.logsIn(arn, 'AWSCURRENT')).toBe(true);
  });

  it.each([
    ['postgres', 'alternating-users'],
    ['mysql', 'dual-password'],
    ['mysql', 'alternating-users'],
    ['postgres', 'single-user'],
  ] as const)('so do the admin, check, roll-back and the sweep: %s, %s', async (engine, strategy) => {
    start(engine);
    addAdmin();
    const grace = strategy === 'single-user' ? {} : { [secretTag.grace]: '1h' };
    const arn = bench.working({ ...atWriter(), ...adminTag, [secretTag.strategy]: strategy, ...grace });
    await bench.runAll(arn);
    bench.pass(2);
    await bench.sweep();
    await bench.rotateTo(arn, 'second');
    bench.pass(2);
    const report = await bench.check(arn);
    bench.secrets.startRotation(arn, token.replace(/.$/, '9'));
    await bench.run(arn, 'createSecret', token.replace(/.$/, '9'));
    await bench.run(arn, 'setSecret', token.replace(/.$/, '9'));
    await bench.roll('rollBack', arn, token.replace(/.$/, '9'));

    expect(report.checks.filter(({ outcome }) => outcome !== 'ok')).toEqual([]);
    expect([...asked]).toEqual([`${writer}:6432`]);
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ host: proxy });
  });

  it('the writer can be an RDS instance, with the admin that RDS manages', async () => {
    bench.instances.add('orders', { host: writer, port: 6432, masterSecretArn: masterArn });
    bench.database.addUser('master', 'master-password', { createsRoles: true });
    bench.secrets.create('rds!db-1', {
      value: JSON.stringify({ username: 'master', password: 'master-password' }),
      tags: { 'aws:rds:primaryDBInstanceArn': 'arn:aws:rds:eu-west-1:111122223333:db:orders' },
    });
    const more = { [secretTag.rds]: 'orders', [secretTag.admin]: 'rds', [secretTag.endpointPort]: '5439' };
    const arn = bench.working(tags(more));
    await bench.runAll(arn);

    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ host: proxy, port: 5439, masterarn: masterArn });
    expect([...asked]).toEqual([`${writer}:6432`]);
  });

  it('the name in the certificate of the endpoint is not asked of the writer', async () => {
    const addresses: DatabaseAddress[] = [];
    const { database } = bench.ports;
    const login: Database['login'] = (address, credential) => {
      addresses.push(address);
      return database.login(address, credential);
    };
    bench.ports = { ...bench.ports, database: { ...database, login } };
    const arn = bench.working({ ...atWriter(), [secretTag.tlsServerName]: 'pooler.example' });
    await bench.runAll(arn);

    expect(addresses.map(({ tls }) => tls)).toContainEqual({ mode: 'verify-full' });
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ servername: 'pooler.example' });
  });

  it('a host in the value never takes the place of the writer', async () => {
    bench.database.addUser(facts.username, canary);
    const value = { ...facts, host: 'planted.example', port: 1, password: canary, endpoint: 'planted.example' };
    const arn = bench.secret(value, atWriter());
    await bench.runAll(arn);

    expect([...asked]).toEqual([`${writer}:6432`]);
    expect(bench.stored(arn, 'AWSCURRENT')).toMatchObject({ host: proxy, port: 5432 });
  });

  it('an endpoint of RDS Proxy is no writer', async () => {
    const arn = bench.working(tags({ [secretTag.host]: proxy }));
    const [code, message] = await refusalOf(bench.run(arn, 'createSecret'));
    expect([code, message]).toEqual([
      'proxy-endpoint',
      expect.stringContaining(`Tag strongroom:host of secret ${name} names`),
    ]);
  });

  it.each([
    [{ [secretTag.endpoint]: proxy }, 'tag strongroom:endpoint', 'next to it'],
    [{ [secretTag.endpointPort]: '5432' }, 'tag strongroom:endpoint-port', 'as there is no tag strongroom:endpoint'],
    [{ [secretTag.endpoint]: '/tmp', [secretTag.host]: writer }, 'tag strongroom:endpoint', 'a host name'],
    [
      { [secretTag.endpoint]: proxy, [secretTag.host]: writer, [secretTag.endpointPort]: '0' },
      'tag strongroom:endpoint-port',
      'a number from 1 to 65535',
    ],
  ])('tags that do not fit together are refused: %j', async (wrong, tag, expected) => {
    const [code, message] = await refusalOf(bench.run(bench.working(wrong), 'createSecret'));
    expect(code).toBe('tags-invalid');
    expect(message).toContain(tag);
    expect(message).toContain(expected);
  });
});
