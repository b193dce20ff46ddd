import { randomUUID } from 'node:crypto';

import {
  CreateSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';

const account = '111122223333';
const region = 'eu-west-1';

let aws: LocalAws;
let once: SecretsManagerClient;
let retrying: SecretsManagerClient;
const defects: unknown[] = [];

beforeAll(async () => {
  aws = await startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) });
  const { accessKeyId = '', secretAccessKey = '' } = aws.accounts[account] ?? {};
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  once = new SecretsManagerClient({ ...configuration, maxAttempts: 1 });
  retrying = new SecretsManagerClient({ ...configuration, maxAttempts: 3 });
});

afterEach(() => {
  expect(aws.faults.waiting()).toEqual([]);
  aws.faults.clear();
});

afterAll(async () => {
  once.destroy();
  retrying.destroy();
  await aws.stop();
  expect(defects).toEqual([]);
});

const createSecret = async () => {
  const { ARN: SecretId = '' } = await once.send(
    new CreateSecretCommand({ Name: `dev/${randomUUID()}`, SecretString: 'one' }),
  );
  const put = { SecretId, SecretString: 'two', ClientRequestToken: randomUUID() };
  const versions = async () =>
    Object.keys((await once.send(new DescribeSecretCommand({ SecretId }))).VersionIdsToStages ?? {});
  return { SecretId, put, versions };
};

const records = (eventName: string, secretId: string) =>
  aws.cloudTrail
    .records()
    .filter((record) => record.eventName === eventName && record.requestParameters?.['secretId'] === secretId);

describe('a connection that ends without an answer', () => {
  it('before the effect leaves everything as it was, and no record', async () => {
    const { SecretId, put, versions } = await createSecret();
    aws.faults.inject({ service: 'secretsmanager', operation: 'PutSecretValue', kind: 'timeout-before' });

    await expect(once.send(new PutSecretValueCommand(put))).rejects.toMatchObject({ name: 'TimeoutError' });

    expect(await versions()).not.toContain(put.ClientRequestToken);
    expect(records('PutSecretValue', SecretId)).toEqual([]);
  });

  it('after the effect has done it, and the same request again is none', async () => {
    const { SecretId, put, versions } = await createSecret();
    aws.faults.inject({ service: 'secretsmanager', operation: 'PutSecretValue', kind: 'timeout-after', holdMs: 20 });

    await expect(once.send(new PutSecretValueCommand(put))).rejects.toMatchObject({ name: 'TimeoutError' });

    expect(await versions()).toContain(put.ClientRequestToken);
    expect(records('PutSecretValue', SecretId)).toHaveLength(1);
    await once.send(new PutSecretValueCommand(put));
    expect(await versions()).toHaveLength(2);
  });
});

describe('an answer in the place of the service', () => {
  it.each([
    ['throttle' as const, 'ThrottlingException', 400],
    ['server-error' as const, 'InternalServiceError', 500],
  ])('of a %s is taken by the SDK for one, which tries again', async (kind, name, status) => {
    const { SecretId } = await createSecret();
    const where = { service: 'secretsmanager', operation: 'GetSecretValue', match: { SecretId }, kind };

    aws.faults.inject(where);
    await expect(once.send(new GetSecretValueCommand({ SecretId }))).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: status },
    });
    aws.faults.inject(where);
    const { SecretString, $metadata } = await retrying.send(new GetSecretValueCommand({ SecretId }));

    expect([SecretString, $metadata.attempts]).toEqual(['one', 2]);
    expect(records('GetSecretValue', SecretId).map(({ errorCode }) => errorCode)).toEqual([name, name, undefined]);
  });
});

describe('a stale read', () => {
  it('answers as before the latest write, once', async () => {
    const { SecretId, put } = await createSecret();
    await once.send(new PutSecretValueCommand(put));
    aws.faults.inject({ service: 'secretsmanager', operation: 'GetSecretValue', kind: 'stale-read' });

    const read = async () => (await once.send(new GetSecretValueCommand({ SecretId }))).SecretString;

    expect([await read(), await read()]).toEqual(['one', 'two']);
  });
});

describe('the control address', () => {
  it('injects, shows and clears over HTTP', async () => {
    const url = `${aws.endpoint}/_strongroom/faults`;
    const headers = { 'content-type': 'application/json' };
    const fault = { service: 'kms', operation: 'Decrypt', kind: 'throttle' };

    const injected = await fetch(url, { method: 'POST', headers, body: JSON.stringify(fault) });
    const shown: unknown = await (await fetch(url)).json();
    const cleared = await fetch(url, { method: 'DELETE', headers });

    expect([injected.status, cleared.status]).toEqual([201, 200]);
    expect(shown).toMatchObject({ faults: [{ ...fault, times: 1, met: 0 }] });
  });
});
