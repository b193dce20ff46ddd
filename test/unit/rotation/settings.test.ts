import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../lambdas/rotation/core/settings.ts';
import { secretTag, type DatabaseEngine } from '../../../lib/contract/index.ts';

const settingsOf = (tags: Record<string, string>, engine: DatabaseEngine = 'postgres') =>
  readSettings(
    { arn: 'arn', name: 'dev/payments/orders-db', rotationEnabled: true, tags, stages: new Map() },
    { engine },
  );

const admin = { [secretTag.admin]: 'dev/payments/admin' };
const alternating = { [secretTag.strategy]: 'alternating-users' };

describe('settings', () => {
  it('of an imported secret without tags are the defaults', () => {
    expect(settingsOf({})).toEqual({ strategy: 'single-user', readReplicas: [] });
  });

  it('have every fact of the tags', () => {
    const tags = {
      [secretTag.engine]: 'postgres',
      [secretTag.rdsCluster]: 'orders',
      [secretTag.port]: '5433',
      [secretTag.dbname]: 'shop',
      [secretTag.username]: 'app',
      [secretTag.tlsServerName]: 'db.example.com',
      [secretTag.readReplicas]: 'a.internal b.internal:5434',
      [secretTag.grace]: '24h',
      [secretTag.admin]: 'rds',
      [secretTag.provision]: 'public=read-write',
      ...alternating,
    };
    expect(settingsOf(tags)).toEqual({
      strategy: 'alternating-users',
      engine: 'postgres',
      host: { rdsCluster: 'orders' },
      port: 5433,
      dbname: 'shop',
      username: 'app',
      servername: 'db.example.com',
      readReplicas: [{ host: 'a.internal' }, { host: 'b.internal', port: 5434 }],
      graceHours: 24,
      admin: { managedBy: 'rds' },
      provision: { public: 'read-write' },
    });
  });

  it('have the user id of an ElastiCache user', () => {
    expect(settingsOf({ [secretTag.userId]: 'orders-app' }, 'elasticache')).toMatchObject({ userId: 'orders-app' });
  });
});

describe('tags are refused, with what to write instead', () => {
  it.each<[Record<string, string>, DatabaseEngine, string, string]>([
    [
      { [secretTag.strategy]: 'magic' },
      'postgres',
      'tags-invalid',
      'tag strongroom:strategy is "magic"; expected one of single-user, alternating-users, admin',
    ],
    [
      { [secretTag.engine]: 'oracle' },
      'postgres',
      'engine-mismatch',
      'is for engine "oracle", but this function rotates postgres',
    ],
    [
      { [secretTag.port]: '70000' },
      'postgres',
      'tags-invalid',
      'tag strongroom:port is "70000"; expected a number from 1 to 65535',
    ],
    [
      { [secretTag.host]: '/tmp' },
      'postgres',
      'tags-invalid',
      'tag strongroom:host is "/tmp"; expected a host name or an address',
    ],
    [
      { [secretTag.rds]: 'orders', [secretTag.host]: 'db' },
      'postgres',
      'tags-invalid',
      'tag strongroom:rds is "orders"; expected no value, as tag strongroom:host is there too',
    ],
    [
      { [secretTag.rdsCluster]: 'orders', [secretTag.host]: 'db' },
      'postgres',
      'tags-invalid',
      'tag strongroom:rds-cluster is "orders"; expected no value, as tag strongroom:host is there too',
    ],
    [
      { [secretTag.rdsCluster]: 'orders', [secretTag.rds]: 'orders' },
      'postgres',
      'tags-invalid',
      'tag strongroom:rds-cluster is "orders"; expected no value, as tag strongroom:rds is there too',
    ],
    [
      { [secretTag.rds]: 'orders' },
      'redis',
      'tags-invalid',
      'expected no value, as RDS has no instances of Redis or Valkey',
    ],
    [{ [secretTag.rdsCluster]: 'orders' }, 'mariadb', 'tags-invalid', 'expected no value, as MariaDB has no clusters'],
    [
      { [secretTag.username]: '' },
      'postgres',
      'tags-invalid',
      'tag strongroom:username is ""; expected the name of a user',
    ],
    [
      { [secretTag.userId]: 'u' },
      'redis',
      'tags-invalid',
      'expected no value, as users of Redis or Valkey have their name alone',
    ],
    [
      { [secretTag.tls]: 'off' },
      'postgres',
      'tags-invalid',
      'tag strongroom:tls is "off"; expected "disable", or no such tag, which means TLS',
    ],
    [{ [secretTag.tlsServerName]: 'a/b' }, 'postgres', 'tags-invalid', 'expected the host name in the certificate'],
    [
      { [secretTag.tls]: 'disable', [secretTag.tlsServerName]: 'db.example.com' },
      'postgres',
      'tags-invalid',
      'expected no value, as tag strongroom:tls is there too',
    ],
    [
      { [secretTag.readReplicas]: 'a:b' },
      'postgres',
      'tags-invalid',
      'tag strongroom:read-replicas is "a:b"; expected a list such as "replica-1.internal replica-2.internal:5433"',
    ],
    [
      { [secretTag.grace]: '1d' },
      'postgres',
      'tags-invalid',
      'tag strongroom:grace is "1d"; expected whole hours such as "24h"',
    ],
    [
      { ...admin, [secretTag.provision]: 'public=everything' },
      'postgres',
      'tags-invalid',
      'tag strongroom:provision is "public=everything"; expected a list such as "public=read-write audit=read-only"',
    ],
    [
      { [secretTag.provision]: 'public=read-only' },
      'postgres',
      'tags-invalid',
      'tag strongroom:admin is null; expected the admin that creates the user',
    ],
    [
      { ...admin, [secretTag.provision]: '' },
      'mongo',
      'tags-invalid',
      'expected no value, as users of MongoDB or DocumentDB are not provisioned',
    ],
    [
      { [secretTag.admin]: 'arn:aws:secretsmanager:eu-west-1:111122223333:secret:dev/payments/admin-AbCdEf' },
      'postgres',
      'tags-invalid',
      'expected rds, or the name of a secret',
    ],
    [
      { [secretTag.admin]: 'rds' },
      'postgres',
      'tags-invalid',
      'tag strongroom:rds is null; expected the RDS instance that manages the admin',
    ],
    [
      admin,
      'elasticache',
      'tags-invalid',
      "expected no value, as the function's role changes the users of ElastiCache",
    ],
    [
      { ...admin, [secretTag.strategy]: 'admin' },
      'postgres',
      'tags-invalid',
      'expected no value, as this secret is the admin',
    ],
    [
      { [secretTag.strategy]: 'dual-password' },
      'postgres',
      'strategy-impossible',
      "PostgreSQL can't rotate by dual-password; write one of single-user, alternating-users, admin",
    ],
    [
      alternating,
      'memorydb',
      'strategy-impossible',
      "MemoryDB can't rotate by alternating-users; write one of single-user, dual-password",
    ],
  ])('%j for %s: %s', (tags, engine, code, message) => {
    expect(() => settingsOf(tags, engine)).toThrow(expect.objectContaining({ code }) as Error);
    expect(() => settingsOf(tags, engine)).toThrow(message);
  });
});

describe('point 13: user names have room for the second user', () => {
  it.each<[DatabaseEngine, number]>([
    ['postgres', 63],
    ['mysql', 32],
    ['mariadb', 80],
  ])('of %s: %i bytes with the suffix', (engine, limit) => {
    const named = (length: number) => ({ ...admin, ...alternating, [secretTag.username]: 'u'.repeat(length) });

    expect(settingsOf(named(limit - 6), engine).username).toHaveLength(limit - 6);
    expect(() => settingsOf(named(limit - 5), engine)).toThrow(`at most ${limit - 6} bytes`);
    expect(() => settingsOf(named(limit - 5), engine)).toThrow(`takes ${limit}, with room for "_clone"`);
  });
});
