import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { packEvents } from '../../../lambdas/audit/queues/pack.ts';
import { normalise } from '../../../lambdas/audit/normalise/normalise.ts';
import { startSiem, type Siem } from '../../../local/siem/start-siem.ts';
import { createLocalCertificates } from '../../../local/tls.ts';
import { apiCall, eventBridge, sqsBatch } from '../../_fixtures/cloudtrail.ts';
import { bundleFunction } from '../../_helpers/bundle-function.ts';
import { invokeBundle } from '../../_helpers/invoke-bundle.ts';

const token = 'canary-token-8d12';

/** The client compares it. */
const md5 = (text: string) => createHash('md5').update(text).digest('hex');

interface SentEntry {
  readonly Id: string;
  readonly MessageBody?: string;
  readonly MessageAttributes?: Readonly<Record<string, { readonly StringValue: string }>>;
}

let folder: string;
let siem: Siem;
let aws: Server;
let secretValue: string;
/** What the function sent to queues, by the name of the queue. */
let sent: [queue: string, entry: SentEntry][] = [];
let remembered: string[] = [];

/** Secrets Manager, SQS and DynamoDB, as far as the function needs them. */
const answerOf = (target: string, request: Record<string, unknown>): unknown => {
  const operation = target.split('.').at(-1);
  if (operation === 'GetSecretValue') return { SecretString: secretValue, VersionId: 'v1' };
  if (operation === 'BatchGetItem') return { Responses: {}, UnprocessedKeys: {} };
  if (operation === 'BatchWriteItem') {
    const tables = Object.values(request['RequestItems'] as Record<string, unknown[]>).flat();
    remembered.push(
      ...tables.map((one) => (one as { PutRequest: { Item: { id: { S: string } } } }).PutRequest.Item.id.S),
    );
    return { UnprocessedItems: {} };
  }
  const entries = request['Entries'] as readonly SentEntry[];
  const queue = String(request['QueueUrl']).split('/').at(-1) ?? '';
  if (operation === 'SendMessageBatch') sent.push(...entries.map((entry): [string, SentEntry] => [queue, entry]));
  return {
    Successful: entries.map(({ Id, MessageBody = '' }) => ({ Id, MessageId: 'm', MD5OfMessageBody: md5(MessageBody) })),
    Failed: [],
  };
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strongroom-audit-deliver-'));
  await bundleFunction('audit-deliver', folder);
  const certificates = await createLocalCertificates();
  await writeFile(join(folder, 'ca.pem'), certificates.ca);
  siem = await startSiem({ certificates, token, indexes: ['security'] });
  aws = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const target = String(request.headers['x-amz-target']);
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(answerOf(target, JSON.parse(body) as Record<string, unknown>)));
    });
  });
  await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
});

afterEach(async () => {
  siem.clear();
  await siem.setBehaviour('ok');
  [sent, remembered] = [[], []];
});

afterAll(async () => {
  await siem.stop();
  await new Promise((resolve) => aws.close(resolve));
  await rm(folder, { recursive: true, force: true });
});

const invoke = (...bodies: readonly string[]) => {
  const { port } = aws.address() as AddressInfo;
  const queues = `http://127.0.0.1:${port}/111122223333`;
  const env = {
    AWS_REGION: 'eu-west-1',
    AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
    AWS_SECRET_ACCESS_KEY: 'example',
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    STRONGROOM_CERTIFICATE_AUTHORITIES: join(folder, 'ca.pem'),
    STRONGROOM_ENVIRONMENT: 'dev',
    STRONGROOM_AUDIT_DESTINATION: JSON.stringify({
      name: 'siem',
      type: 'splunk-hec',
      url: siem.url,
      index: 'security',
      sourceType: 'ocsf:api_activity',
      view: 'ocsf',
      raw: false,
    }),
    STRONGROOM_AUDIT_SECRET: 'dev/strongroom/siem',
    // The queue of the fixtures.
    STRONGROOM_AUDIT_QUEUE: `${queues}/strongroom-dev-audit`,
    STRONGROOM_AUDIT_DEAD_LETTERS: `${queues}/dead-letters`,
    STRONGROOM_AUDIT_LEDGER: 'strongroom-dev-audit-ledger',
  };
  return invokeBundle({ folder, env }, sqsBatch(...bodies));
};

const packOf = (...ids: readonly string[]): string =>
  packEvents(
    ids.map((eventID) => ({ event: normalise(JSON.stringify(eventBridge(apiCall('GetSecretValue', { eventID })))) })),
  ).messages[0] ?? '';

describe('the bundled function that delivers', () => {
  it('delivers a pack, remembers its events, and puts what is not a pack into the dead letters', async () => {
    secretValue = JSON.stringify({ token });
    const { outcome, printed } = await invoke(packOf('a', 'b'), 'poison');
    expect(outcome).toEqual({ result: { batchItemFailures: [] } });
    expect(siem.events()).toMatchObject([{ eventId: 'a', host: 'dev', index: 'security' }, { eventId: 'b' }]);
    expect(remembered).toEqual(['siem#a', 'siem#b']);
    expect(sent).toMatchObject([
      ['dead-letters', { MessageBody: 'poison', MessageAttributes: { code: { StringValue: 'not-a-pack' } } }],
    ]);
    expect(printed).toContain('"AuditEventsDelivered":2');
    expect(printed).not.toContain(token);
  });

  it('throws a refused token by its code, prints it nowhere, and loses nothing', async () => {
    secretValue = JSON.stringify({ token: `${token}-old` });
    const { outcome, printed } = await invoke(packOf('a'));
    expect(outcome).toEqual({
      errorType: 'unauthorised',
      errorMessage: 'Splunk answered 403 "Invalid token (code 4)"',
    });
    expect(remembered).toEqual([]);
    expect(printed).not.toContain(token);
  });

  it('gives a pack back while the destination is down', async () => {
    secretValue = JSON.stringify({ token });
    await siem.setBehaviour('503');
    const { outcome } = await invoke(packOf('a'));
    expect(outcome).toEqual({ result: { batchItemFailures: [{ itemIdentifier: 'message-0' }] } });
    expect(sent).toEqual([]);
  });

  it.each([
    ['that is not JSON', () => `{"token": "${token}"`],
    ['with the token as a key', () => JSON.stringify({ [token]: 'x' })],
    ['with another address', () => JSON.stringify({ url: 'https://siem.example.org', token })],
  ])('prints nothing of a secret %s', async (_what, value) => {
    secretValue = value();
    const { outcome, printed } = await invoke(packOf('a'));
    expect(outcome).toMatchObject({ errorType: 'secret-invalid' });
    expect(printed).not.toContain(token);
    expect(siem.events()).toEqual([]);
  });
});
