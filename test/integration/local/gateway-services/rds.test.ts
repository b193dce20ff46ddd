import {
  DescribeDBClustersCommand,
  DescribeDBInstancesCommand,
  ModifyDBClusterCommand,
  ModifyDBInstanceCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';
import type { LocalDatabase } from '../../../../local/gateway/services/rds/rds.ts';
import { patience } from '../../../_helpers/patience.ts';

const account = '111122223333';
const region = 'eu-west-1';
const database: LocalDatabase = {
  account,
  identifier: 'orders',
  engine: 'postgres',
  host: '127.0.0.1',
  port: 54_321,
  dbname: 'orders',
  adminUser: 'postgres',
  adminPassword: 'local admin password',
  manageMasterUserPassword: true,
};

let aws: LocalAws;
let rds: RDSClient;
let secrets: SecretsManagerClient;
const defects: unknown[] = [];

beforeAll(async () => {
  aws = await startLocalAws({
    accounts: [account, '444455556666'],
    region,
    onDefect: (error) => defects.push(error),
  });
  const { accessKeyId = '', secretAccessKey = '' } = aws.accounts[account] ?? {};
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  rds = new RDSClient(configuration);
  secrets = new SecretsManagerClient(configuration);
  await aws.rds.register(database);
});

afterAll(async () => {
  rds.destroy();
  secrets.destroy();
  await aws.stop();
  expect(defects).toEqual([]);
});

const describeOne = async (DBInstanceIdentifier: string) =>
  (await rds.send(new DescribeDBInstancesCommand({ DBInstanceIdentifier }))).DBInstances?.[0];

describe('a registered database', () => {
  it('is described as RDS describes an instance, by its identifier and by its ARN', async () => {
    const instance = await describeOne('orders');

    expect(instance).toMatchObject({
      DBInstanceIdentifier: 'orders',
      DBInstanceArn: `arn:aws:rds:${region}:${account}:db:orders`,
      DbiResourceId: expect.stringMatching(/^db-[A-Z0-9]{26}$/) as string,
      DBInstanceStatus: 'available',
      Engine: 'postgres',
      DBName: 'orders',
      MasterUsername: 'postgres',
      Endpoint: { Address: '127.0.0.1', Port: 54_321 },
      MasterUserSecret: {
        SecretArn: expect.stringMatching(/:secret:rds!db-[0-9a-f-]{36}-\w{6}$/) as string,
        SecretStatus: 'active',
        KmsKeyId: expect.stringMatching(/^arn:aws:kms:/) as string,
      },
    });
    expect(await describeOne(instance?.DBInstanceArn ?? '')).toEqual(instance);
  });

  it('has its admin credential in a secret that RDS owns', async () => {
    const SecretId = (await describeOne('orders'))?.MasterUserSecret?.SecretArn;

    const description = await secrets.send(new DescribeSecretCommand({ SecretId }));
    const { SecretString = '{}' } = await secrets.send(new GetSecretValueCommand({ SecretId }));

    expect(description.OwningService).toBe('rds');
    expect(description.Tags).toEqual(
      expect.arrayContaining([
        { Key: 'aws:rds:primaryDBInstanceArn', Value: `arn:aws:rds:${region}:${account}:db:orders` },
        { Key: 'aws:secretsmanager:owningService', Value: 'rds' },
      ]),
    );
    expect(JSON.parse(SecretString)).toEqual({ username: 'postgres', password: database.adminPassword });
  });

  it('stands in the list of all, and of its own account alone', async () => {
    await aws.rds.register({ ...database, identifier: 'ledger', manageMasterUserPassword: false });
    await aws.rds.register({ ...database, account: '444455556666' });

    const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({}));

    expect(
      DBInstances.map(({ DBInstanceIdentifier, MasterUserSecret }) => [DBInstanceIdentifier, !!MasterUserSecret]),
    ).toEqual([
      ['orders', true],
      ['ledger', false],
    ]);
  });

  it('is registered once, and complete', async () => {
    await expect(aws.rds.register(database)).rejects.toThrow(`Account ${account} has a database orders already`);
    await expect(aws.rds.register({ ...database, identifier: 'Not Valid' })).rejects.toThrow(/lower-case letters/);
  });
});

describe('an unknown database', () => {
  it('is not found', async () => {
    await expect(describeOne('nowhere')).rejects.toMatchObject({
      name: 'DBInstanceNotFoundFault',
      message: 'DBInstance nowhere not found.',
    });
  });
});

describe('read replicas of a registered database', () => {
  it('are named by their source, and described by themselves and in the list', async () => {
    const readers = [
      { identifier: 'sales-r1', host: '127.0.0.1', port: 54_322 },
      { identifier: 'sales-r2', host: '127.0.0.1', port: 54_323 },
    ];
    await aws.rds.register({ ...database, identifier: 'sales', manageMasterUserPassword: false, readers });

    expect((await describeOne('sales'))?.ReadReplicaDBInstanceIdentifiers).toEqual(['sales-r1', 'sales-r2']);
    expect(await describeOne('sales-r2')).toMatchObject({
      DBInstanceArn: `arn:aws:rds:${region}:${account}:db:sales-r2`,
      ReadReplicaSourceDBInstanceIdentifier: 'sales',
      Endpoint: { Address: '127.0.0.1', Port: 54_323 },
    });
    const { DBInstances = [] } = await rds.send(new DescribeDBInstancesCommand({}));
    expect(DBInstances.map(({ DBInstanceIdentifier }) => DBInstanceIdentifier)).toEqual(
      expect.arrayContaining(['sales', 'sales-r1', 'sales-r2']),
    );
  });
});

describe('a registered cluster', () => {
  const cluster: LocalDatabase = {
    ...database,
    kind: 'cluster',
    identifier: 'ledger-cluster',
    engine: 'aurora-postgresql',
    readers: [{ identifier: 'ledger-2', host: 'reader.localhost', port: database.port }],
  };
  const describeCluster = async (DBClusterIdentifier: string) =>
    (await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier }))).DBClusters?.[0];

  it('is described as RDS describes a cluster, with its members and its master secret', async () => {
    await aws.rds.register(cluster);

    const described = await describeCluster('ledger-cluster');
    const SecretId = described?.MasterUserSecret?.SecretArn;
    expect(described).toMatchObject({
      DBClusterArn: `arn:aws:rds:${region}:${account}:cluster:ledger-cluster`,
      Status: 'available',
      Engine: 'aurora-postgresql',
      Endpoint: '127.0.0.1',
      ReaderEndpoint: 'reader.localhost',
      Port: 54_321,
      DBClusterMembers: [
        { DBInstanceIdentifier: 'ledger-cluster-1', IsClusterWriter: true },
        { DBInstanceIdentifier: 'ledger-2', IsClusterWriter: false },
      ],
    });
    expect(SecretId).toMatch(/:secret:rds!cluster-/);
    expect((await secrets.send(new DescribeSecretCommand({ SecretId }))).Tags).toContainEqual({
      Key: 'aws:rds:primaryDBClusterArn',
      Value: described?.DBClusterArn,
    });
  });

  it('is no instance, and an instance is no cluster', async () => {
    await expect(describeOne('ledger-cluster')).rejects.toMatchObject({ name: 'DBInstanceNotFoundFault' });
    await expect(describeCluster('orders')).rejects.toMatchObject({ name: 'DBClusterNotFoundFault' });
  });

  it('has one port', async () => {
    const readers = [{ identifier: 'r', host: '127.0.0.1', port: 1 }];
    await expect(aws.rds.register({ ...cluster, identifier: 'other', readers })).rejects.toThrow(
      'A cluster has one port: reader r is not at 54321',
    );
  });
});

describe('a change of the master password', () => {
  const canary = 'canary-master-password';

  it.each(['instance', 'cluster'] as const)('of an %s is pending until the database has it', async (kind) => {
    let given = '';
    let apply = (): void => undefined;
    const identifier = `changing-${kind}`;
    await aws.rds.register({
      ...database,
      kind,
      identifier,
      manageMasterUserPassword: false,
      masterPasswordAfterMs: 0,
      setMasterPassword: async (password) => {
        given = password;
        await new Promise<void>((resolve) => {
          apply = resolve;
        });
      },
    });
    const change = { MasterUserPassword: canary, ApplyImmediately: true };
    const modify = () =>
      kind === 'cluster'
        ? rds.send(new ModifyDBClusterCommand({ DBClusterIdentifier: identifier, ...change }))
        : rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier: identifier, ...change }));
    const described = async () => {
      if (kind === 'instance') return describeOne(identifier);
      const cluster = await rds.send(new DescribeDBClustersCommand({ DBClusterIdentifier: identifier }));
      return { ...cluster.DBClusters?.[0], DBInstanceStatus: cluster.DBClusters?.[0]?.Status };
    };

    await modify();
    await vi.waitFor(() => {
      expect(given).toBe(canary);
    }, patience);
    expect(await described()).toMatchObject({
      DBInstanceStatus: 'resetting-master-credentials',
      PendingModifiedValues: { MasterUserPassword: '****' },
    });
    await expect(modify()).rejects.toMatchObject({
      name: kind === 'cluster' ? 'InvalidDBClusterStateFault' : 'InvalidDBInstanceStateFault',
    });

    apply();
    await vi.waitFor(async () => {
      const after = await described();
      expect(after?.DBInstanceStatus).toBe('available');
      expect(after?.PendingModifiedValues?.MasterUserPassword).toBeUndefined();
    }, patience);
    await aws.cloudTrail.flush();
    const records = aws.cloudTrail.records().filter(({ eventName }) => eventName.startsWith('ModifyDB'));
    expect(records.length).toBeGreaterThan(0);
    expect(JSON.stringify(records)).not.toContain(canary);
  });

  it.each([
    ['RDS manages it', 'orders', canary, /ManageMasterUserPassword/],
    ['nobody can change it', 'ledger', canary, /without setMasterPassword/],
    ['it is too short', 'sales', 'short', /not a valid password/],
    ['it has a character of no password', 'sales', 'with@sign-and-more', /not a valid/],
    ['there is no such instance', 'nowhere', canary, /nowhere not found/],
  ])('is refused where %s', async (_why, DBInstanceIdentifier, MasterUserPassword, message) => {
    await expect(
      rds.send(new ModifyDBInstanceCommand({ DBInstanceIdentifier, MasterUserPassword, ApplyImmediately: true })),
    ).rejects.toThrow(message);
  });
});
