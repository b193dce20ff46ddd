import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSecretsManagerReader } from '../../../client/index.ts';

const name = 'dev/payments/orders-db';
const canary = 'canary-value-51f';

interface Answer {
  readonly status: number;
  readonly body: object | string;
}

let server: Server;
let answers: Answer[];
let requests: number;
let asked: string[];
let signedFor: (string | undefined)[];

/** A server that returns prepared answers and repeats the last one. */
beforeEach(async () => {
  requests = 0;
  asked = [];
  signedFor = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      asked.push(Buffer.concat(chunks).toString());
      signedFor.push(/[a-z0-9-]+(?=\/secretsmanager\/)/.exec(request.headers.authorization ?? '')?.[0]);
      const answer = answers[Math.min(requests, answers.length - 1)]!;
      requests += 1;
      response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'example' };

const read = (
  answer: Answer | readonly Answer[],
  client: Partial<ConstructorParameters<typeof SecretsManagerClient>[0]> = {},
) => {
  answers = [answer].flat();
  const { port } = server.address() as AddressInfo;
  const reader = createSecretsManagerReader({
    client: new SecretsManagerClient({
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-west-1',
      credentials,
      maxAttempts: 2,
      ...client,
    }),
  });
  return reader.read(name, AbortSignal.timeout(60_000));
};

const failure = (status: number, type: string, message = 'no'): Answer => ({ status, body: { __type: type, message } });

describe('the reader', () => {
  it('returns text and version', async () => {
    const value = await read({ status: 200, body: { SecretString: canary, VersionId: 'v1', Name: name } });
    expect(value).toEqual({ text: canary, versionId: 'v1' });
  });

  it('requests the current version by name, without a version or label, which policies deny', async () => {
    await read({ status: 200, body: { SecretString: 'x', VersionId: 'v1' } });
    expect(asked.map((body): unknown => JSON.parse(body))).toEqual([{ SecretId: name }]);
  });

  it('reads the replica of another region by the same name', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    vi.stubEnv('AWS_REGION', 'eu-west-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', credentials.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', credentials.secretAccessKey);
    answers = [{ status: 200, body: { SecretString: 'x', VersionId: 'v1' } }];
    const reader = createSecretsManagerReader({ region: 'eu-central-1' });
    await reader.read(name, AbortSignal.timeout(60_000));
    reader.dispose?.();
    expect(signedFor).toEqual(['eu-central-1']);
    expect(asked.map((body): unknown => JSON.parse(body))).toEqual([{ SecretId: name }]);
  });

  it.each([
    ['eu-west-1', 'the secret'],
    ['eu-central-1', 'its replica'],
  ])('requests in %s by ARN for %s', async (region) => {
    const arnIn = (where: string): string => `arn:aws:secretsmanager:${where}:444455556666:secret:${name}`;
    const { port } = server.address() as AddressInfo;
    answers = [{ status: 200, body: { SecretString: 'x', VersionId: 'v1' } }];
    const client = new SecretsManagerClient({ endpoint: `http://127.0.0.1:${port}`, region, credentials });
    await createSecretsManagerReader({ client }).read(arnIn('eu-west-1'), AbortSignal.timeout(60_000));
    client.destroy();
    expect(signedFor).toEqual([region]);
    expect(asked.map((body): unknown => JSON.parse(body))).toEqual([{ SecretId: arnIn(region) }]);
  });

  it.each([
    [
      failure(400, 'ResourceNotFoundException'),
      'not-found',
      false,
      'the secret does not exist, or it has no value yet',
    ],
    [failure(400, 'InvalidRequestException'), 'deleted', false, 'the secret is scheduled for deletion'],
    [
      failure(400, 'AccessDeniedException'),
      'access-denied',
      false,
      'the role may not read it: add the consumer to its readers in the catalog',
    ],
    [failure(400, 'DecryptionFailure'), 'access-denied', false, 'the role may not use the KMS key of the secret'],
    [failure(400, 'ThrottlingException'), 'throttled', true, 'Secrets Manager throttles requests'],
    [failure(400, 'ExpiredTokenException'), 'credentials', true, 'the AWS credentials have expired'],
    [failure(400, 'UnrecognizedClientException'), 'credentials', false, 'the AWS credentials are unknown to AWS'],
    [failure(500, 'InternalServiceError'), 'unavailable', true, 'Secrets Manager has an internal error'],
    [failure(503, 'ServiceUnavailable'), 'unavailable', true, "Secrets Manager can't be reached (ServiceUnavailable)"],
    [failure(400, 'SomethingNew'), 'unexpected', false, 'Secrets Manager answered 400 SomethingNew'],
  ])('maps %j to a code', async (answer, code, retryable, meaning) => {
    await expect(read(answer)).rejects.toMatchObject({
      name: 'SecretError',
      code,
      retryable,
      secretName: name,
      message: `can't read ${name}: ${meaning}`,
    });
  });

  it('retries transient errors only', async () => {
    const value = await read([
      failure(500, 'InternalServiceError'),
      { status: 200, body: { SecretString: 'x', VersionId: 'v' } },
    ]);
    expect(value.text).toBe('x');
    expect(requests).toBe(2);
    requests = 0;
    await expect(read(failure(400, 'AccessDeniedException'))).rejects.toMatchObject({ code: 'access-denied' });
    expect(requests).toBe(1);
  });

  it("reports a service that can't be reached", async () => {
    await expect(read({ status: 200, body: {} }, { endpoint: 'http://127.0.0.1:1' })).rejects.toMatchObject({
      code: 'unavailable',
      retryable: true,
      message: `can't read ${name}: Secrets Manager can't be reached (ECONNREFUSED)`,
    });
  });

  it('reports missing credentials', async () => {
    const provider = () => Promise.reject(Object.assign(new Error('none'), { name: 'CredentialsProviderError' }));
    await expect(read({ status: 200, body: {} }, { credentials: provider })).rejects.toMatchObject({
      code: 'credentials',
      retryable: true,
    });
  });

  it('refuses a binary value without quoting it', async () => {
    const binary = Buffer.from(canary).toString('base64');
    const outcome = await read({ status: 200, body: { SecretBinary: binary, VersionId: 'v' } }).catch(
      (error: unknown) => error,
    );
    expect(outcome).toMatchObject({
      code: 'invalid-value',
      message: `the value of ${name} is binary: store it as SecretString`,
    });
    expect(JSON.stringify(outcome)).not.toContain(canary);
  });

  it('stops when its signal fires', async () => {
    answers = [{ status: 200, body: {} }];
    const { port } = server.address() as AddressInfo;
    server.removeAllListeners('request');
    const reader = createSecretsManagerReader({
      client: new SecretsManagerClient({ endpoint: `http://127.0.0.1:${port}`, region: 'eu-west-1', credentials }),
    });
    await expect(reader.read(name, AbortSignal.timeout(20))).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
    });
  });
});
