import { DescribeDBInstancesCommand, RDSClient } from '@aws-sdk/client-rds';
import { DescribeSecretCommand, GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import type { LocalDatabase } from '../../../local/gateway/services/rds/rds.ts';

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
