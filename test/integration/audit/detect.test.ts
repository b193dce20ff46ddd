/** The detections with DynamoDB, SNS and SQS: what they remember, and the bundled function under a role of its own. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateTopicCommand, DeleteTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamoDbDetectionState } from '../../../lambdas/audit/adapters/dynamodb-detection-state.ts';
import type { DetectionFinding } from '../../../lambdas/audit/normalise/detection-finding.ts';
import { normalise } from '../../../lambdas/audit/normalise/normalise.ts';
import { packEvents, readPack } from '../../../lambdas/audit/queues/pack.ts';
import type { DetectionTable } from '../../../lib/contract/index.ts';
import { apiCall, deniedCall, eventBridge, sqsBatch, type JsonRecord } from '../../_fixtures/cloudtrail.ts';
import { alertLimitsContract } from '../../_helpers/alert-limits-contract.ts';
import { bundleFunction } from '../../_helpers/bundle-function.ts';
import { startContractTarget, type ContractTarget } from '../../_helpers/contract-target.ts';
import type { ClientConfiguration } from '../../_helpers/deployed-function.ts';
import { detectionStateContract } from '../../_helpers/detection-state-contract.ts';
import { makeTable } from '../../_helpers/dynamodb-table.ts';
import { invokeBundle } from '../../_helpers/invoke-bundle.ts';
import { access, iam, many, roles, secretArn } from '../../unit/audit/detect/scene.ts';

let target: ContractTarget;
let client: DynamoDBClient;

beforeAll(async () => {
  target = await startContractTarget();
  client = new DynamoDBClient(target.configuration);
});

afterAll(async () => {
  await target.stop();
});

describe('the state of detections in DynamoDB', () => {
  detectionStateContract(async () => {
    const table = await makeTable(target, client, 'set', 'member');
    return createDynamoDbDetectionState({ client, table }, { remainingMs: () => 60_000 });
  });
});

describe('alerts, with the state in DynamoDB', () => {
  alertLimitsContract(async () => {
    const table = await makeTable(target, client, 'set', 'member');
    return createDynamoDbDetectionState({ client, table }, { remainingMs: () => 60_000 });
  });
});

describe('the bundled function', () => {
  let folder: string;
  let sqs: SQSClient;
  let role: ClientConfiguration & { readonly arn: string };
  let table: string;
  let topic: string;
  /** Subscribed to the topic. */
  let inbox: string;
  let siem: string;
  let deadLetters: string;

  const makeQueue = async (name: string): Promise<string> => {
    const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: target.unique(name) }));
    target.onStop(() => sqs.send(new DeleteQueueCommand({ QueueUrl })));
    return QueueUrl;
  };
  const queueArn = (url: string) => `arn:aws:sqs:${target.region}:${target.account}:${url.split('/').at(-1) ?? ''}`;

  const received = async (QueueUrl: string): Promise<string[]> => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    if (Messages.length === 0) return [];
    const Entries = Messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle: ReceiptHandle! }));
    await sqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    return [...Messages.map(({ Body = '' }) => Body), ...(await received(QueueUrl))];
  };
  const alerts = async () =>
    (await received(inbox)).map((body) => JSON.parse(body) as { readonly Subject: string; readonly Message: string });
  const findings = async () =>
    (await received(siem)).flatMap((body) => readPack(body).events.map(({ event }) => event as DetectionFinding));

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'strongroom-audit-detect-'));
    await bundleFunction('audit-detect', folder);
    sqs = new SQSClient(target.configuration);
    const sns = new SNSClient(target.configuration);
    table = await makeTable(target, client, 'set', 'member');
    [inbox, siem, deadLetters] = [await makeQueue('inbox'), await makeQueue('siem'), await makeQueue('dead')];
    const { TopicArn = '' } = await sns.send(new CreateTopicCommand({ Name: target.unique('alerts') }));
    topic = TopicArn;
    target.onStop(() => sns.send(new DeleteTopicCommand({ TopicArn })));
    await sns.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: queueArn(inbox) }));
    const allow = (Action: readonly string[], ...Resource: readonly string[]) => ({
      Effect: 'Allow',
      Action,
      Resource,
    });
    role = await target.role(target.unique('detect'), [
      allow(
        ['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
        `arn:aws:dynamodb:${target.region}:${target.account}:table/${table}`,
      ),
      allow(['sns:Publish'], topic),
      allow(['sqs:SendMessage'], queueArn(siem), queueArn(deadLetters)),
    ]);
    const declared: DetectionTable = { access, suppressions: [], topics: {} };
    await writeFile(join(folder, 'detections.json'), JSON.stringify(declared));
  });

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** In a new process, as Lambda starts a function anew. */
  const invoke = (...records: readonly JsonRecord[]) => {
    const events = records.map((record) => ({ event: normalise(JSON.stringify(eventBridge(record))) }));
    const { accessKeyId, secretAccessKey, sessionToken } = role.credentials as Record<string, string>;
    const env = {
      AWS_REGION: target.region,
      AWS_ACCESS_KEY_ID: accessKeyId ?? '',
      AWS_SECRET_ACCESS_KEY: secretAccessKey ?? '',
      AWS_SESSION_TOKEN: sessionToken ?? '',
      ...(role.endpoint !== undefined && { AWS_ENDPOINT_URL: role.endpoint }),
      STRONGROOM_ENVIRONMENT: 'prod',
      STRONGROOM_AUDIT_DESTINATIONS: JSON.stringify([{ name: 'siem', queueUrl: siem, raw: false }]),
      // The queue of the fixtures.
      STRONGROOM_AUDIT_QUEUE: 'https://sqs.eu-west-1.amazonaws.com/111122223333/strongroom-dev-audit',
      STRONGROOM_AUDIT_DEAD_LETTERS: deadLetters,
      STRONGROOM_DETECTION_STATE: table,
      STRONGROOM_ALERT_TOPIC: topic,
      STRONGROOM_DETECTION_TABLE: 'detections.json',
      STRONGROOM_RUNBOOKS: 'https://runbooks.example.org',
    };
    return invokeBundle({ folder, env }, sqsBatch(...packEvents(events).messages));
  };

  const as = (arn: string, session: string): JsonRecord => ({
    type: 'AssumedRole',
    arn: `arn:aws:sts::111122223333:assumed-role/${arn.split('/').at(-1) ?? ''}/${session}`,
    accountId: '111122223333',
    sessionContext: { sessionIssuer: { type: 'Role', arn, accountId: '111122223333' } },
  });
  const done = { result: { batchItemFailures: [] } };

  it('alerts once of a read by an undeclared principal, and sends the finding each time', async () => {
    const read = apiCall('GetSecretValue', {
      userIdentity: as(iam('someone'), 'laptop'),
      requestParameters: { secretId: secretArn('prod/payments/orders-db') },
    });
    for (let time = 0; time < 2; time += 1) {
      const { outcome, printed } = await invoke(read);
      expect(outcome, printed).toEqual(done);
    }
    const sent = await alerts();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.Subject).toBe('[HIGH] Secret read by an undeclared principal (prod)');
    for (const fact of [
      'prod/payments/orders-db',
      iam('someone'),
      '192.0.2.10',
      'team-payments',
      'https://runbooks.example.org/detections.md#undeclared-read',
      String(read['eventID']),
    ]) {
      expect(sent[0]?.Message).toContain(fact);
    }
    const found = await findings();
    expect(found).toHaveLength(2);
    expect(found[0]).toMatchObject({ class_uid: 2004, finding_info: { analytic: { uid: 'undeclared-read' } } });
    expect(found[1]).toEqual(found[0]);
  });

  it('counts in DynamoDB what one process alone does not see', async () => {
    const refused = many.slice(0, 5).map((secret) =>
      deniedCall('GetSecretValue', {
        userIdentity: as(iam('burst'), `session-${secret.length}`),
        errorMessage: `User: arn:aws:sts::111122223333:assumed-role/burst/s is not authorized to perform: secretsmanager:GetSecretValue on resource: ${secret} because no identity-based policy allows it`,
      }),
    );
    expect((await invoke(...refused.slice(0, 4))).outcome).toEqual(done);
    expect(await alerts()).toEqual([]);
    expect((await invoke(...refused.slice(4))).outcome).toEqual(done);
    expect((await alerts()).map(({ Subject }) => Subject)).toEqual([
      '[HIGH] Many refused calls by one principal (prod)',
    ]);
    expect((await findings()).map(({ finding_info: { analytic } }) => analytic.uid)).toEqual(['denied-burst']);
  });

  it('says nothing of declared reads and of a rotation', async () => {
    const secretId = secretArn('prod/payments/orders-db');
    const { outcome } = await invoke(
      apiCall('GetSecretValue', {
        userIdentity: as(roles.api, '0123456789abcdef0123456789abcdef'),
        requestParameters: { secretId },
        vpcEndpointId: 'vpce-0aaaaaaaaaaaaaaaa',
      }),
      ...['GetSecretValue', 'PutSecretValue', 'UpdateSecretVersionStage'].map((eventName) =>
        apiCall(eventName, {
          userIdentity: as(roles.rotation, 'strongroom-prod-rotation-postgres'),
          requestParameters: { secretId },
        }),
      ),
    );
    expect(outcome).toEqual(done);
    expect(await alerts()).toEqual([]);
    expect(await findings()).toEqual([]);
    expect(await received(deadLetters)).toEqual([]);
  });
});
