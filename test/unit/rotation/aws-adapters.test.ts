import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, describe, expect, it } from 'vitest';
import { awsClientOptions } from '../../../lambdas/runtime/adapters/aws-client.ts';
import { rdsInstances } from '../../../lambdas/rotation/adapters/rds.ts';
import { secretsManagerVersions } from '../../../lambdas/rotation/adapters/secrets-manager.ts';

type Answer = (response: ServerResponse, body: string) => void;

const servers: Server[] = [];
const deadline = { remainingMs: () => 20_000 };
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

/** The real SDK against a server that answers as told; counts the requests. */
const service = async (answer: Answer) => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      bodies.push(body);
      answer(response, body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = { ...awsClientOptions, endpoint, region: 'eu-west-1', credentials };
  return {
    versions: secretsManagerVersions(new SecretsManagerClient(options), deadline),
    instances: rdsInstances(new RDSClient(options), deadline),
    late: secretsManagerVersions(new SecretsManagerClient(options), { remainingMs: () => 0 }),
    hurried: secretsManagerVersions(new SecretsManagerClient(options), { remainingMs: () => 200 }),
    requests: () => bodies.length,
    bodies: () => bodies,
  };
};

const json =
  (status: number, type: string, message = 'told so'): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify({ __type: type, message }));
  };
const xml =
  (status: number, body: string): Answer =>
  (response) => {
    response.writeHead(status, { 'content-type': 'text/xml' });
    response.end(body);
  };

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('Secrets Manager that fails', () => {
  it.each([
    ['throttles', json(400, 'ThrottlingException'), 'aws-throttled', true, 3],
    ['denies', json(400, 'AccessDeniedException'), 'aws-denied', false, 1],
    ['can not decrypt', json(400, 'DecryptionFailure'), 'aws-denied', false, 1],
    ['breaks', json(500, 'InternalServiceError'), 'aws-unavailable', true, 3],
    ['hangs up', (response: ServerResponse) => response.destroy(), 'aws-unavailable', true, 3],
    ['refuses', json(400, 'InvalidRequestException'), 'aws-failed', false, 1],
  ] as const)('and %s: code and number of tries', async (_what, answer, code, retryable, tries) => {
    const { versions, requests } = await service(answer);
    await expect(versions.read('arn', { stage: 'AWSCURRENT' })).rejects.toMatchObject({ code, retryable });
    expect(requests()).toBe(tries);
  });

  it('and does not answer: ends at the deadline', async () => {
    const { hurried } = await service(() => undefined);
    await expect(hurried.describe('arn')).rejects.toMatchObject({ code: 'aws-unavailable', retryable: true });
  });

  it('is not asked once the time is up', async () => {
    const { late, requests } = await service(json(200, ''));
    await expect(late.describe('arn')).rejects.toThrow("Could not describe secret arn: the function's time is up");
    expect(requests()).toBe(0);
  });
});

describe('RDS', () => {
  const instance = (body: string) =>
    `<DescribeDBInstancesResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeDBInstancesResult><DBInstances><DBInstance>${body}</DBInstance></DBInstances></DescribeDBInstancesResult></DescribeDBInstancesResponse>`;
  const cluster = (body: string) =>
    `<DescribeDBClustersResponse xmlns="http://rds.amazonaws.com/doc/2014-10-31/"><DescribeDBClustersResult><DBClusters><DBCluster>${body}</DBCluster></DBClusters></DescribeDBClustersResult></DescribeDBClustersResponse>`;
  const endpoint = (host: string) => `<Endpoint><Address>${host}</Address><Port>5433</Port></Endpoint>`;
  const failure = (code: string) =>
    `<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error></ErrorResponse>`;
  const orders = { rds: 'orders' };
  const ordersCluster = { rdsCluster: 'orders' };

  it('gives host, port and master secret of an instance', async () => {
    const master =
      '<MasterUsername>master</MasterUsername><MasterUserSecret><SecretArn>arn:master</SecretArn></MasterUserSecret>';
    const { instances } = await service(xml(200, instance(endpoint('orders.rds') + master)));
    expect(await instances.describe(orders)).toEqual({
      host: 'orders.rds',
      port: 5433,
      masterSecretArn: 'arn:master',
      masterUsername: 'master',
      masterPasswordPending: false,
      readers: [],
    });
  });

  it.each([
    '<PendingModifiedValues><MasterUserPassword>****</MasterUserPassword></PendingModifiedValues>',
    '<DBInstanceStatus>resetting-master-credentials</DBInstanceStatus>',
  ])('says that a new master password is on its way: %s', async (body) => {
    const { instances } = await service(xml(200, instance(endpoint('orders.rds') + body)));
    expect(await instances.describe(orders)).toMatchObject({ masterPasswordPending: true });
  });

  it('gives the read replicas of this region, without one that is gone', async () => {
    const identifier = (name: string) => `<ReadReplicaDBInstanceIdentifier>${name}</ReadReplicaDBInstanceIdentifier>`;
    const replicas = `<ReadReplicaDBInstanceIdentifiers>${['near', 'gone', 'arn:aws:rds:us-east-1:1:db:far'].map(identifier).join('')}</ReadReplicaDBInstanceIdentifiers>`;
    const { instances, bodies } = await service((response, body) => {
      if (body.includes('=gone')) xml(404, failure('DBInstanceNotFound'))(response, body);
      else if (body.includes('=near')) xml(200, instance(endpoint('near.rds')))(response, body);
      else xml(200, instance(endpoint('orders.rds') + replicas))(response, body);
    });
    expect((await instances.describe(orders)).readers).toEqual([{ host: 'near.rds', port: 5433 }]);
    expect(bodies()).toHaveLength(3);
  });

  const members = (count: number) =>
    `<DBClusterMembers>${'<DBClusterMember><DBInstanceIdentifier>i</DBInstanceIdentifier></DBClusterMember>'.repeat(count)}</DBClusterMembers>`;
  const ends = '<Endpoint>writer.rds</Endpoint><ReaderEndpoint>reader.rds</ReaderEndpoint><Port>3306</Port>';

  it.each([
    [1, []],
    [2, [{ host: 'reader.rds', port: 3306 }]],
  ])('gives writer and readers of a cluster of %i', async (count, readers) => {
    const { instances } = await service(xml(200, cluster(ends + members(count))));
    expect(await instances.describe(ordersCluster)).toEqual({
      host: 'writer.rds',
      port: 3306,
      masterPasswordPending: false,
      readers,
    });
  });

  it('whose instance is being created is asked again later', async () => {
    const { instances } = await service(xml(200, instance('<DBInstanceStatus>creating</DBInstanceStatus>')));
    await expect(instances.describe(orders)).rejects.toMatchObject({ code: 'instance-unknown', retryable: true });
  });

  it.each([
    [orders, 'DBInstanceNotFound', 'RDS instance orders does not exist in this account and region'],
    [ordersCluster, 'DBClusterNotFoundFault', 'RDS cluster orders does not exist in this account and region'],
  ])('that does not know %j says so', async (id, code, message) => {
    const { instances } = await service(xml(404, failure(code)));
    await expect(instances.describe(id)).rejects.toThrow(message);
  });

  it.each([
    [orders, 'ModifyDBInstance', 'DBInstanceIdentifier=orders'],
    [ordersCluster, 'ModifyDBCluster', 'DBClusterIdentifier=orders'],
  ])('sets the master password of %j at once', async (id, action, identifier) => {
    const { instances, bodies } = await service(xml(200, `<${action}Response><${action}Result/></${action}Response>`));
    await instances.setMasterPassword(id, 'new-password');
    expect(bodies()[0]).toContain(`Action=${action}&`);
    expect(bodies()[0]).toContain(identifier);
    expect(bodies()[0]).toContain('MasterUserPassword=new-password');
    expect(bodies()[0]).toContain('ApplyImmediately=true');
  });

  it('that is busy with the instance asks for a retry, without the password in the error', async () => {
    const { instances } = await service(xml(400, failure('InvalidDBInstanceState')));
    const error: unknown = await instances
      .setMasterPassword(orders, 'canary-password')
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'master-password-pending', retryable: true });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('canary');
  });
});
