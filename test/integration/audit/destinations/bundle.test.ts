import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { normalise } from '../../../../lambdas/audit/normalise/normalise.ts';
import type { DestinationSettings } from '../../../../lib/contract/index.ts';
import { createLocalCertificates, type LocalCertificates } from '../../../../local/tls.ts';
import { apiCall, eventBridge, sqsBatch } from '../../../_fixtures/cloudtrail.ts';
import { bundleFunction } from '../../../_helpers/bundle-function.ts';
import { invokeBundle } from '../../../_helpers/invoke-bundle.ts';
import { eventId, startWebhookReceiver } from '../../../_helpers/siem/https/receiver.ts';
import type { HttpsReceiver } from '../../../_helpers/siem/https-receiver.ts';
import { startOtlpReceiver } from '../../../_helpers/siem/otlp/receiver.ts';
import { readDeployment } from '../../../_helpers/siem/sentinel/deployment.ts';
import { startSentinelReceiver } from '../../../_helpers/siem/sentinel/receiver.ts';
import { startTokenEndpoint } from '../../../_helpers/siem/sentinel/token-endpoint.ts';
import { commonSettings } from '../../../_helpers/siem/sent-events.ts';

interface Scene {
  readonly settings: DestinationSettings;
  readonly secret: Readonly<Record<string, string>>;
  receivedIds(): readonly unknown[];
  readonly receivers: readonly HttpsReceiver[];
}

const addressOf = ({ address: { host, port } }: HttpsReceiver) => `https://${host}:${port}`;

const scenes = {
  otlp: async (certificates: LocalCertificates): Promise<Scene> => {
    const receiver = await startOtlpReceiver(certificates, { header: 'x-api-key', value: 'canary-otlp-8d11' });
    return {
      settings: { ...commonSettings, type: 'otlp', url: `${addressOf(receiver)}/v1/logs`, header: 'x-api-key' },
      secret: { token: 'canary-otlp-8d11' },
      receivedIds: () => receiver.records.map(({ attributes }) => attributes['log.record.uid']),
      receivers: [receiver],
    };
  },
  https: async (certificates: LocalCertificates): Promise<Scene> => {
    const signingKey = `whsec_${randomBytes(32).toString('base64')}`;
    const receiver = await startWebhookReceiver(certificates, { signingKeys: [signingKey] });
    return {
      settings: { ...commonSettings, type: 'https', url: `${addressOf(receiver)}/events` },
      secret: { signingKey },
      receivedIds: () => receiver.events.map(eventId),
      receivers: [receiver],
    };
  },
  sentinel: async (certificates: LocalCertificates): Promise<Scene> => {
    const { stream, columns } = readDeployment();
    const [tenant, client, rule] = ['tenant', 'client', 'dcr-00112233445566778899aabbccddeeff'];
    const clientSecret = 'canary~sentinel~8d11';
    const tokens = await startTokenEndpoint(certificates, { tenant, client, clientSecret });
    const isGoodToken = (token: string) => tokens.isGood(token);
    const receiver = await startSentinelReceiver(certificates, { rule, stream, columns, isGoodToken });
    const [url, authority] = [addressOf(receiver), addressOf(tokens)];
    return {
      settings: { ...commonSettings, type: 'sentinel', url, rule, stream, tenant, client, authority },
      secret: { clientSecret },
      receivedIds: () => receiver.rows.map(({ EventId }) => EventId),
      receivers: [receiver, tokens],
    };
  },
};

let folder: string;
let certificates: LocalCertificates;
let aws: Server;
let secretValue: object;

/** The bundle as the construct makes it, and an endpoint that has the secret and an empty ledger. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-audit-deliver-bundle-'));
  await bundleFunction('audit-deliver', folder);
  certificates = await createLocalCertificates();
  await writeFile(join(folder, 'ca.pem'), certificates.ca);
  aws = createServer((request, response) => {
    request.resume().on('end', () => {
      const [, action = ''] = String(request.headers['x-amz-target']).split('.');
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(answers[action]?.() ?? {}));
    });
  });
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
});

afterAll(async () => {
  await new Promise((resolve) => aws.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const answers: Readonly<Record<string, () => object>> = {
  GetSecretValue: () => ({ SecretString: JSON.stringify(secretValue), VersionId: 'v1' }),
  BatchGetItem: () => ({ Responses: {}, UnprocessedKeys: {} }),
  BatchWriteItem: () => ({ UnprocessedItems: {} }),
};

const deliver = (settings: DestinationSettings) => {
  const { port } = aws.address() as AddressInfo;
  const event = normalise(JSON.stringify(eventBridge(apiCall('GetSecretValue', { eventID: 'read' }))));
  return invokeBundle(
    {
      folder,
      env: {
        AWS_REGION: 'eu-west-1',
        AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'example',
        AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
        STRONGROOM_CERTIFICATE_AUTHORITIES: join(folder, 'ca.pem'),
        STRONGROOM_ENVIRONMENT: 'dev',
        STRONGROOM_AUDIT_DESTINATION: JSON.stringify(settings),
        STRONGROOM_AUDIT_SECRET: 'dev/strongroom/siem',
        STRONGROOM_AUDIT_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/111122223333/strongroom-dev-audit',
        STRONGROOM_AUDIT_DEAD_LETTERS: 'https://sqs.eu-west-1.amazonaws.com/111122223333/strongroom-dev-audit-dead',
        STRONGROOM_AUDIT_LEDGER: 'strongroom-dev-audit-ledger',
      },
    },
    sqsBatch({ events: [{ event }], attempts: 0 }),
  );
};

it.each(Object.entries(scenes))(
  'the bundled function delivers to %s over TLS to a private authority, and prints no credential',
  async (_, start) => {
    const scene = await start(certificates);
    try {
      secretValue = scene.secret;
      const { outcome, printed } = await deliver(scene.settings);
      expect({ outcome, printed }).toMatchObject({ outcome: { result: { batchItemFailures: [] } } });
      expect(scene.receivedIds()).toEqual(['read']);
      const sent = scene.receivers.flatMap(({ requests }) => requests.map(({ headers }) => headers.authorization));
      const credentials = [...Object.values(scene.secret), ...sent].filter((one) => one !== undefined);
      expect(credentials.filter((one) => printed.includes(one.replace('Bearer ', ''))).length).toBe(0);
    } finally {
      for (const receiver of scene.receivers) await receiver.stop();
    }
  },
);
