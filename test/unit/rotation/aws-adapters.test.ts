import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { RDSClient } from '@aws-sdk/client-rds';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, describe, expect, it } from 'vitest';
import { awsClientOptions } from '../../../lambdas/adapters/aws-client.ts';
import { rdsInstances } from '../../../lambdas/adapters/rds.ts';
import { secretsManagerVersions } from '../../../lambdas/adapters/secrets-manager.ts';

type Answer = (response: ServerResponse) => void;

const servers: Server[] = [];
const deadline = { remainingMs: () => 20_000 };
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };

/** The real SDK against a server that answers as told; counts the requests. */
const service = async (answer: Answer) => {
  let requests = 0;
  const server = createServer((_request, response) => {
    requests += 1;
    answer(response);
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
    requests: () => requests,
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

  it('gives host, port and master secret', async () => {
    const body =
      '<Endpoint><Address>orders.rds</Address><Port>5433</Port></Endpoint><MasterUserSecret><SecretArn>arn:master</SecretArn></MasterUserSecret>';
    const { instances } = await service(xml(200, instance(body)));
    expect(await instances.describe('orders')).toEqual({
      host: 'orders.rds',
      port: 5433,
      masterSecretArn: 'arn:master',
    });
  });

  it('without a managed master credential gives none', async () => {
    const { instances } = await service(
      xml(200, instance('<Endpoint><Address>orders.rds</Address><Port>5432</Port></Endpoint>')),
    );
    expect(await instances.describe('orders')).toEqual({ host: 'orders.rds', port: 5432 });
  });

  it('whose instance is being created is asked again later', async () => {
    const { instances } = await service(xml(200, instance('<DBInstanceStatus>creating</DBInstanceStatus>')));
    await expect(instances.describe('orders')).rejects.toMatchObject({ code: 'instance-unknown', retryable: true });
  });

  it('that does not know the instance says so', async () => {
    const error = '<ErrorResponse><Error><Code>DBInstanceNotFound</Code><Message>no</Message></Error></ErrorResponse>';
    const { instances } = await service(xml(404, error));
    await expect(instances.describe('orders')).rejects.toThrow(
      'RDS instance orders does not exist in this account and region',
    );
  });
});
