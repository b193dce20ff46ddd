import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { forwarderVariables, FunctionEnvironment } from '../../../lib/contract/index.ts';
import { startSiem, type Siem } from '../../../local/siem/start-siem.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../local/tls.ts';
import { apiCall, eventBridge, sqsBatch } from '../../_fixtures/cloudtrail.ts';
import { bundleFunction } from '../../_helpers/bundle-function.ts';
import { invokeBundle, type Invocation } from '../../_helpers/invoke-bundle.ts';

const token = 'canary-token-8d11';

let folder: string;
let certificates: LocalCertificates;
let siem: Siem;
let secretsManager: Server;
let secretValue: string;

/** The bundle as the construct makes it, a SIEM, and an endpoint that has the SIEM's secret. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-audit-bundle-'));
  await bundleFunction('audit', folder);
  certificates = await createLocalCertificates();
  await writeFile(join(folder, 'ca.pem'), certificates.ca);
  siem = await startSiem({ certificates, token, indexes: ['security'] });
  secretsManager = createServer((request, response) => {
    request.resume().on('end', () => {
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify({ SecretString: secretValue, VersionId: 'v1' }));
    });
  });
  await new Promise<void>((resolve) => secretsManager.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  siem.clear();
  await siem.setBehaviour('ok');
});

afterAll(async () => {
  await siem.stop();
  await new Promise((resolve) => secretsManager.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const environment = (): FunctionEnvironment<typeof forwarderVariables> => ({
  STRONGROOM_ENVIRONMENT: 'dev',
  STRONGROOM_SIEM_SECRET: 'dev/strongroom/siem',
  STRONGROOM_SIEM_URL: siem.url,
  STRONGROOM_SIEM_INDEX: 'security',
  STRONGROOM_SIEM_SOURCE_TYPE: 'ocsf:api_activity',
});

const invoke = (event: unknown, variables: Readonly<Record<string, string>> = environment()): Promise<Invocation> => {
  const { port } = secretsManager.address() as AddressInfo;
  const env = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${port}`,
    STRONGROOM_CERTIFICATE_AUTHORITIES: join(folder, 'ca.pem'),
    ...variables,
  };
  return invokeBundle({ folder, env }, event);
};

const batch = () => sqsBatch(eventBridge(apiCall('GetSecretValue', { eventID: 'read' })), 'poison');

describe('the bundled function', () => {
  it('reads its secret, delivers over TLS to a private authority, and counts what it did', async () => {
    secretValue = JSON.stringify({ token });
    const { outcome, printed } = await invoke(batch());
    expect(outcome).toEqual({ result: { batchItemFailures: [{ itemIdentifier: 'message-1' }] } });
    expect(siem.events()).toMatchObject([{ eventId: 'read', host: 'dev', index: 'security' }]);
    const lines = printed.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ AuditEventsDelivered: 1, environment: 'dev', service: 'audit' }),
        expect.objectContaining({ AuditEventsFailed: 1, environment: 'dev' }),
        expect.objectContaining({ level: 'ERROR', messageId: 'message-1', reason: 'The message is not valid JSON' }),
      ]),
    );
    expect(printed).not.toContain(token);
  });

  it('throws a refused token by its code, and prints it nowhere', async () => {
    secretValue = JSON.stringify({ token: `${token}-old` });
    const { outcome, printed } = await invoke(batch());
    expect(outcome).toEqual({
      errorType: 'unauthorised',
      errorMessage: 'the SIEM answered 403 "Invalid token" (code 4)',
    });
    expect(printed).not.toContain(token);
  });

  it('prints nothing of a value that is not what it should be', async () => {
    secretValue = `{"token": "${token}"`;
    const { outcome, printed } = await invoke(batch());
    expect(outcome).toMatchObject({ errorType: 'destination-invalid' });
    expect(printed).not.toContain(token);
  });

  it.each([
    ['a key', { [token]: 'x' }],
    ['the address', { url: token, token: 'x' }],
    ['a key that is none', { token: 'x', host: token }],
  ])('prints nothing of a token that was put as %s', async (_where, value) => {
    secretValue = JSON.stringify(value);
    const { outcome, printed } = await invoke(batch());
    expect(outcome).toMatchObject({ errorType: 'destination-invalid' });
    expect(printed).not.toContain(token);
  });

  it('sends nothing to another address than that of the catalog, even where the secret names one', async () => {
    const another = await startSiem({ certificates, token });
    try {
      secretValue = JSON.stringify({ url: another.url, token });
      const { outcome, printed } = await invoke(batch());
      expect(outcome).toEqual({
        errorType: 'destination-invalid',
        errorMessage:
          `the value of the SIEM's secret dev/strongroom/siem has another address than the catalog (siem.url is ${siem.url}): ` +
          'nothing is sent there; put {"token": "…"}',
      });
      expect(another.requestCount()).toBe(0);
      expect(printed).not.toContain(token);
    } finally {
      await another.stop();
    }
  });

  it('takes the token of a value from before the catalog had the address, and warns', async () => {
    secretValue = JSON.stringify({ url: `${siem.url}/`, token });
    const { outcome, printed } = await invoke(batch());
    expect(outcome).toMatchObject({ result: {} });
    expect(siem.events()).toMatchObject([{ eventId: 'read' }]);
    expect(printed).toContain('has a url, which is not used: the catalog has it');
    expect(printed).not.toContain(token);
  });

  it('names every variable that it lacks', async () => {
    const { printed } = await invoke(batch(), {});
    expect(printed).toContain(
      'The function lacks the environment variables STRONGROOM_ENVIRONMENT, STRONGROOM_SIEM_SECRET, STRONGROOM_SIEM_URL, STRONGROOM_SIEM_INDEX, STRONGROOM_SIEM_SOURCE_TYPE',
    );
  });

  it('does not accept the private authority for AWS: it sends its credentials there', async () => {
    const seen: string[] = [];
    const imposter = createTlsServer({ cert: certificates.cert, key: certificates.key }, (request, response) => {
      seen.push(request.url ?? '');
      response.end('{}');
    });
    await new Promise<void>((resolve) => imposter.listen(0, '127.0.0.1', resolve));
    try {
      const { port } = imposter.address() as AddressInfo;
      const endpoint = { AWS_ENDPOINT_URL_SECRETS_MANAGER: `https://127.0.0.1:${port}` };
      const { outcome } = await invoke(batch(), { ...environment(), ...endpoint });
      expect(outcome).toMatchObject({ errorType: 'destination-unreadable' });
      expect(seen).toEqual([]);
    } finally {
      await new Promise((resolve) => imposter.close(resolve));
    }
  });

  it('names the file of authorities that it can not read', async () => {
    const { printed } = await invoke(batch(), {
      ...environment(),
      STRONGROOM_CERTIFICATE_AUTHORITIES: '/no/such/file.pem',
    });
    expect(printed).toContain(
      'STRONGROOM_CERTIFICATE_AUTHORITIES must name a readable file with PEM certificates (got /no/such/file.pem)',
    );
  });
});
