import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { DynamoDBClient, GetItemCommand, type AttributeValue } from '@aws-sdk/client-dynamodb';
import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DetectionFinding } from '../../lambdas/audit/normalise/detection-finding.ts';
import type { ApiActivity } from '../../lambdas/audit/normalise/ocsf.ts';
import { reportSchema } from '../../cli/verbs/evidence/report/report.ts';
import { loadCatalog } from '../../lib/catalog/index.ts';
import { type Catalog } from '../../lib/model/index.ts';
import {
  alertTopicName,
  auditCompleteName,
  auditDeliverName,
  auditDetectName,
  auditFunctionName,
  auditLedgerName,
  completenessKey,
  consumerRoleName,
  defaultDestination,
  rotationRoleName,
  secretName,
  secretTag,
} from '../../lib/contract/index.ts';
import { cdk } from '../../local/cdk.ts';
import { startPlatform, type Platform } from '../../local/platform.ts';
import { rehearse } from '../../local/rehearsal/rehearse.ts';
import { Report, type RehearsalEvent } from '../../local/rehearsal/report.ts';
import { Scene } from '../../local/rehearsal/scene.ts';
import { subject } from '../../local/rehearsal/subject.ts';
import { describeOperatorCommands } from './operator-commands.ts';

const root = path.resolve(import.meta.dirname, '../..');
const { signal } = new AbortController();
const events: RehearsalEvent[] = [];
const report = new Report((event) => events.push(event));

let folder: string;
let catalog: Catalog;
let platform: Platform;
let scene: Scene;
let reader: SecretsManagerClient;
let rotation: SecretsManagerClient;
let secretArn: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'strongroom-e2e-'));
  catalog = loadCatalog(path.join(root, 'catalog'));
  platform = await startPlatform({ catalog, folder, signal });
  scene = new Scene(platform, catalog);
  await rehearse({ platform, catalog, report, signal });
  reader = await scene.consumer(subject.application, subject.consumer);
  rotation = await rotationFunction();
  const described = await reader.send(new DescribeSecretCommand({ SecretId: scene.secret }));
  secretArn = described.ARN!;
});

afterAll(async () => {
  await platform.stop();
  await rm(folder, { recursive: true, force: true });
});

const valueOf = async (VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS') => {
  // The application reads the current value alone.
  const client = VersionStage === 'AWSCURRENT' ? reader : rotation;
  const { SecretString, VersionId } = await client.send(
    new GetSecretValueCommand({ SecretId: scene.secret, VersionStage }),
  );
  return { versionId: VersionId, password: (JSON.parse(SecretString!) as { password: string }).password };
};

const administrator = (): Readonly<Record<string, string>> => platform.aws.accounts[subject.account]!.env;

/** Configuration of the administrator's clients. */
const settings = () => {
  const { accessKeyId, secretAccessKey } = platform.aws.accounts[subject.account]!;
  const { region } = scene.environment;
  return { endpoint: platform.aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
};

/** Secrets Manager under the role that the catalog names for operators. */
const operator = async (): Promise<SecretsManagerClient> => {
  const { Credentials: session } = await new STSClient(settings()).send(
    new AssumeRoleCommand({ RoleArn: scene.environment.operators[0], RoleSessionName: 'e2e' }),
  );
  const credentials = {
    accessKeyId: session!.AccessKeyId!,
    secretAccessKey: session!.SecretAccessKey!,
    sessionToken: session!.SessionToken!,
  };
  return new SecretsManagerClient({ ...settings(), credentials });
};

/** Secrets Manager under a role, as Lambda hands it to a function. */
const onLambda = async (role: string, sessionName: string): Promise<SecretsManagerClient> => {
  const credentials = await platform.aws.assumeForService({
    roleArn: `arn:aws:iam::${subject.account}:role/${role}`,
    service: 'lambda.amazonaws.com',
    sessionName,
  });
  return new SecretsManagerClient({ ...settings(), credentials });
};

/** Lambda names the session as the function: another session of the role is not of the function. */
const rotationFunction = (): Promise<SecretsManagerClient> => {
  const name = rotationRoleName(subject.environment, 'postgres');
  return onLambda(name, name);
};

const { environment } = subject;
const normaliser = auditFunctionName(environment);
const deliverer = auditDeliverName(environment, defaultDestination);
const completer = auditCompleteName(environment);
const detector = auditDetectName(environment);

/** The queue that a function of the audit reads. */
const queueOf = async (functionName: string) => {
  const lambda = new LambdaClient(settings());
  const { EventSourceMappings: mappings = [] } = await lambda.send(
    new ListEventSourceMappingsCommand({ FunctionName: functionName }),
  );
  expect(mappings).toHaveLength(1);
  const [{ UUID, EventSourceArn } = {}] = mappings;
  const sqs = new SQSClient(settings());
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: EventSourceArn!.split(':').at(-1) }));
  return {
    delayFor: (seconds: number) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { DelaySeconds: String(seconds) } })),
    /** Whether the function reads it. */
    setRead: (Enabled: boolean) => lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled })),
    /** Messages that wait or are on their way. */
    size: async (): Promise<number> => {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
      return (
        Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
      );
    },
  };
};

/** Waits until the fast lane has judged and delivered every event so far. */
const delivered = async (): Promise<void> => {
  for (const name of [normaliser, detector, deliverer]) {
    const queue = await queueOf(name);
    await waitUntil(async () => (await queue.size()) === 0, `The queue of ${name} is empty`);
  }
};

const isOfRequest = (event: unknown, requestId: string | undefined): boolean =>
  (event as Partial<ApiActivity>).api?.request?.uid === requestId;

const isFindingOf = (event: unknown, role: string): boolean => {
  const { class_uid: classUid, finding_info: info } = event as Partial<DetectionFinding>;
  return classUid === 2004 && info?.desc.includes(role) === true;
};

/** Item of the ledger. */
const ledgerItem = async (id: string): Promise<Record<string, AttributeValue> | undefined> => {
  const { Item } = await new DynamoDBClient(settings()).send(
    new GetItemCommand({ TableName: auditLedgerName(environment), Key: { id: { S: id } } }),
  );
  return Item;
};

/** Alerts of the platform's contact from now on. */
const subscribe = async () => {
  const sqs = new SQSClient(settings());
  const { account: Account } = subject;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `alerts-${Date.now()}` }));
  await new SNSClient(settings()).send(
    new SubscribeCommand({
      TopicArn: `arn:aws:sns:${scene.environment.region}:${Account}:${alertTopicName(environment, scene.environment.contact.name)}`,
      Protocol: 'sqs',
      Endpoint: `arn:aws:sqs:${scene.environment.region}:${Account}:${QueueUrl!.split('/').at(-1)}`,
    }),
  );
  return async (): Promise<{ Subject: string; Message: string }[]> => {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
    return Messages.map(({ Body }) => JSON.parse(Body!) as { Subject: string; Message: string });
  };
};

/** What the deployed rules have found so far. */
const detections = async (): Promise<readonly LogLine[]> =>
  (await logLines()).filter(({ message }) => message === 'Detection');

type LogLine = Readonly<Record<string, unknown>>;

/** What the deployed functions have logged. */
const logLines = async (): Promise<readonly LogLine[]> =>
  (await platform.aws.emulatorLog())
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as LogLine);

/** How often an attempt to deliver has failed so far. */
const failedDeliveries = async (): Promise<number> =>
  (await logLines()).filter(({ message }) => message === 'Events not delivered').length;

/** Longer than a message stays hidden that a function took. */
const patienceMs = 500_000;

const waitUntil = async (holds: () => Promise<boolean>, what: string): Promise<void> => {
  const deadline = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${patienceMs / 1000} s`);
    await sleep(200);
  }
};

/** Each record file that the deployed trail has delivered, by its key. */
const trailFiles = async (): Promise<ReadonlyMap<string, string>> => {
  await platform.aws.cloudTrail.flush();
  const s3 = new S3Client({ ...settings(), forcePathStyle: true });
  const texts = new Map<string, string>();
  const { Buckets = [] } = await s3.send(new ListBucketsCommand());
  for (const { Name: Bucket } of Buckets) {
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: `AWSLogs/${subject.account}/CloudTrail/` }),
    );
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      texts.set(Key!, gunzipSync(await Body!.transformToByteArray()).toString());
    }
  }
  return texts;
};

describe('the deployed example', () => {
  it('holds every line of the rehearsal', () => {
    expect(report.lines.map(({ type }) => type)).toEqual(report.lines.map(() => 'held'));
    expect(report.lines).toHaveLength(11);
  });

  it('detects nothing in a normal read and a normal rotation', async () => {
    await delivered();
    const before = await detections();
    const client = await operator();
    await client.send(new RotateSecretCommand({ SecretId: scene.secret }));
    await platform.aws.rotations.settled(secretArn);
    await valueOf('AWSCURRENT');
    await platform.aws.cloudTrail.flush();
    await delivered();
    const found = (await detections()).slice(before.length);
    expect(found.map(({ rule, reason }) => `${String(rule)}: ${String(reason)}`)).toEqual([]);
  });

  it('alerts the contact of the platform once of a burst of refused reads, and sends the findings', async () => {
    const received = await subscribe();
    const settlement = await onLambda(consumerRoleName(environment, subject.application, 'settlement'), 'settlement');
    const SecretId = secretName(environment, subject.application, 'stripe-key');
    const refuse = async (times: number): Promise<void> => {
      for (let index = 0; index < times; index += 1) {
        await expect(settlement.send(new GetSecretValueCommand({ SecretId }))).rejects.toMatchObject({
          name: 'AccessDeniedException',
        });
      }
      await platform.aws.cloudTrail.flush();
      await delivered();
    };
    await refuse(9);
    expect(await received()).toEqual([]);
    // The tenth is a burst, and those after it are the same matter.
    await refuse(1);
    await refuse(2);
    const alerts = await received();
    expect(alerts.map(({ Subject }) => Subject)).toEqual(['[MEDIUM] Many refused calls by one principal (dev)']);
    const role = `arn:aws:iam::${subject.account}:role/${consumerRoleName(environment, subject.application, 'settlement')}`;
    for (const fact of [SecretId, role, '127.0.0.1', 'team-payments', 'detections.md#denied-burst']) {
      expect(alerts[0]?.Message).toContain(fact);
    }
    const { event } = await platform.siem.waitFor(
      (one) => isFindingOf(one.event, role.split(':').at(-1) ?? ''),
      patienceMs,
    );
    const { finding_info: info } = event as DetectionFinding;
    expect(info.analytic.uid).toBe('denied-burst');
    expect(alerts[0]?.Message).toContain(info.related_events?.[0]?.uid);
  });

  it('wrote the refused read to the trail in S3, with the true identity', async () => {
    const records = [...(await trailFiles()).values()].flatMap(
      (text) => (JSON.parse(text) as { Records: { errorCode?: string; userIdentity: object }[] }).Records,
    );
    const { stranger } = subject;
    expect(records).toContainEqual(
      expect.objectContaining({
        eventName: 'GetSecretValue',
        errorCode: 'AccessDenied',
        requestParameters: expect.objectContaining({ secretId: scene.secret }) as object,
        userIdentity: expect.objectContaining({
          arn: expect.stringContaining(
            `:assumed-role/${consumerRoleName(subject.environment, stranger.application, stranger.consumer)}/`,
          ) as string,
        }) as object,
      }),
    );
  });

  it('remembers in the ledger what each destination has, and reports the trail complete', async () => {
    const files = await queueOf(completer);
    // What waits keeps the quarter of an hour that is deployed; the file of the next call comes at once.
    await files.delayFor(0);
    await files.setRead(false);
    const { $metadata } = await reader.send(new GetSecretValueCommand({ SecretId: scene.secret }));
    const written = await trailFiles();
    const [key] = [...written].find(([, text]) => text.includes($metadata.requestId!))!;
    const { event } = await platform.siem.waitFor((one) => isOfRequest(one.event, $metadata.requestId), patienceMs);
    await delivered();
    const { uid } = (event as ApiActivity).metadata;
    expect(await ledgerItem(`${defaultDestination}#${uid}`)).toBeDefined();

    await files.setRead(true);
    const looked = async () => (await logLines()).filter(({ file }) => file === key);
    await waitUntil(async () => (await looked()).length > 0, 'The file is compared');
    expect(await looked()).toMatchObject([{ message: 'Trail file completely delivered', look: 1, missing: 0 }]);
    expect(await logLines()).toContainEqual(
      expect.objectContaining({ environment, destination: defaultDestination, AuditCompleteness: 1 }),
    );
    const hour = /_(\d{4})(\d{2})(\d{2})T(\d{2})\d{2}Z_/.exec(key)!.slice(1);
    const counts = await ledgerItem(completenessKey(defaultDestination, `${hour.slice(0, 3).join('-')}T${hour[3]}`));
    expect(Object.keys(counts!).filter((field) => field.startsWith('file-'))).not.toEqual([]);
    // So that the lane repairs nothing that the next tests watch.
    await files.delayFor(900);
  });

  it('counts the heartbeat of the audit, and delivers it', async () => {
    const isBeat = ({ environment: of, AuditHeartbeat: beats }: LogLine) => of === environment && Number(beats) > 0;
    const beats = async () => (await logLines()).filter(isBeat).length;
    const before = await beats();
    platform.aws.clock.advance(5 * 60_000);
    await platform.aws.scheduledRules.settled();
    await waitUntil(async () => (await beats()) > before, 'The heartbeat is counted');
    await platform.siem.waitFor(
      ({ event }) => (event as Partial<ApiActivity>).api?.operation === 'Strongroom Audit Heartbeat',
      patienceMs,
    );
  });

  it('refuses the functions of the audit nothing that they need', async () => {
    await delivered();
    // A time-out is none: it is tried again.
    const refusals = (await logLines())
      .filter(({ message }) => /ledger could not|not sent|not compared|not finished/i.test(String(message)))
      .filter((line) => /denied|not authorized/i.test(JSON.stringify(line)));
    expect(refusals).toEqual([]);
    expect(await platform.aws.emulatorLog()).not.toContain('is not mapped to its resource');
  });

  it('shows the application no version but the current one, whether it asks by label or by id', async () => {
    const { versionId: VersionId } = await valueOf('AWSPREVIOUS');
    for (const version of [{ VersionStage: 'AWSPREVIOUS' }, { VersionStage: 'AWSPENDING' }, { VersionId }]) {
      await expect(reader.send(new GetSecretValueCommand({ SecretId: secretArn, ...version }))).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringContaining('explicit deny in a resource-based policy') as string,
      });
    }
  });

  it('lets not even the administrator delete a secret', async () => {
    const client = new SecretsManagerClient(settings());
    for (const how of [{ RecoveryWindowInDays: 30 }, { ForceDeleteWithoutRecovery: true }]) {
      await expect(client.send(new DeleteSecretCommand({ SecretId: secretArn, ...how }))).rejects.toMatchObject({
        name: 'AccessDeniedException',
      });
    }
  });

  it('hands the rotation function no secret that somebody made under a name of ours', async () => {
    const { ARN } = await new SecretsManagerClient(settings()).send(
      new CreateSecretCommand({
        Name: `${subject.environment}/${subject.application}/planted`,
        SecretString: '{}',
        Tags: [{ Key: secretTag.adminFor, Value: 'postgres' }],
      }),
    );
    await expect(rotation.send(new GetSecretValueCommand({ SecretId: ARN }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining('no identity-based policy allows') as string,
    });
  });

  describeOperatorCommands(() => ({ platform, scene }));

  it('shows an auditor by its own answers how controls of PCI DSS are met', async () => {
    const verb = ['cli/main.ts', 'evidence', '-e', environment, '--framework', 'pci-4.0.1'];
    await execa(
      process.execPath,
      ['--import', './local/with-tsx.js', ...verb, '--out', path.join(folder, 'evidence.html')],
      { cwd: root, env: administrator() },
    );
    const report = reportSchema.parse(JSON.parse(await readFile(path.join(folder, 'evidence.json'), 'utf8')));
    expect(report.asked).toEqual({ as: `arn:aws:iam::${subject.account}:user/administrator` });
    expect(report.claims.flatMap(({ notAsked }) => notAsked)).toEqual([]);
    const byAws = report.claims
      .filter(({ verdict, evidence }) => verdict === 'met' && evidence.every(({ source }) => source === 'aws'))
      .map(({ name }) => name);
    expect(byAws).toEqual(
      expect.arrayContaining([
        'keys-customer-managed',
        'keys-in-hsm',
        'keys-rotate',
        'secrets-encrypted',
        'policies-closed',
        'rotated-in-time',
        'trail-records',
        'trail-validated',
        'audit-runs',
        'alarms-notify',
        'logs-kept',
      ]),
    );
    const { evidence } = report.claims.find(({ name }) => name === 'policies-closed')!;
    expect(evidence).toContainEqual(
      expect.objectContaining({ from: 'secretsmanager:GetResourcePolicy', resource: secretArn }),
    );
  });

  it('has no secret value in anything that was written', async () => {
    const secrets = [
      (await valueOf('AWSCURRENT')).password,
      (await valueOf('AWSPREVIOUS')).password,
      platform.siem.token,
      ...[...platform.databases.values()].map(({ adminPassword }) => adminPassword),
    ];
    const written: Record<string, string> = {
      'emulator and function logs': await platform.aws.emulatorLog(),
      'events at the SIEM': JSON.stringify(platform.siem.events()),
      'CloudTrail records': JSON.stringify(platform.aws.cloudTrail.records()),
      'trail files in S3': [...(await trailFiles()).values()].join('\n'),
      'lines of the rehearsal': JSON.stringify(events),
      'report of evidence': await readFile(path.join(folder, 'evidence.html'), 'utf8'),
      'report of evidence as JSON': await readFile(path.join(folder, 'evidence.json'), 'utf8'),
    };
    for (const [name, database] of platform.databases) written[`log of ${name}`] = await database.readLog();
    for (const file of await readdir(path.join(folder, 'cdk.out'), { recursive: true, withFileTypes: true })) {
      if (file.isFile() && file.name.endsWith('.json')) {
        written[file.name] = await readFile(path.join(file.parentPath, file.name), 'utf8');
      }
    }
    expect(Object.entries(written).filter(([, text]) => text.length === 0)).toEqual([]);
    const leaks = Object.entries(written).filter(([, text]) => secrets.some((secret) => text.includes(secret)));
    expect(leaks.map(([place]) => place)).toEqual([]);
  });

  it('rotates through lost answers, throttling, stale reads and a step that comes twice', async () => {
    const secretsmanager = { service: 'secretsmanager', match: { SecretId: secretArn } } as const;
    const faults = [
      platform.aws.faults.inject({ ...secretsmanager, operation: 'PutSecretValue', kind: 'timeout-after' }),
      platform.aws.faults.inject({ ...secretsmanager, operation: 'UpdateSecretVersionStage', kind: 'timeout-after' }),
      platform.aws.faults.inject({ ...secretsmanager, operation: 'GetSecretValue', kind: 'stale-read' }),
      platform.aws.faults.inject({ ...secretsmanager, operation: 'GetSecretValue', kind: 'throttle' }),
      platform.aws.faults.inject({
        service: 'lambda',
        operation: 'Invoke',
        match: { Payload: { Step: 'setSecret' } },
        kind: 'timeout-after',
      }),
    ];
    const client = await operator();
    const { VersionId } = await client.send(new RotateSecretCommand({ SecretId: scene.secret }));
    await platform.aws.rotations.settled(secretArn);

    expect(faults.map((fault) => fault.met())).toEqual(faults.map(() => 1));
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: scene.secret }));
    expect(VersionIdsToStages?.[VersionId!]).toContain('AWSCURRENT');
    const credential = await (await scene.application()).get(subject.secret);
    expect(await scene.logIn(credential)).toBe(credential.username);
  });

  it('rotates by itself when its window opens', async () => {
    const before = await valueOf('AWSCURRENT');
    const { NextRotationDate } = await reader.send(new DescribeSecretCommand({ SecretId: scene.secret }));
    platform.aws.clock.advance(NextRotationDate!.getTime() - platform.aws.clock.now());

    expect(await platform.aws.rotations.settled(secretArn)).toMatchObject({ status: 'succeeded' });
    expect(await valueOf('AWSPREVIOUS')).toEqual(before);
    const credential = await (await scene.application()).get(subject.secret);
    expect(await scene.logIn(credential)).toBe(credential.username);
  });

  it('differs in nothing from the app, as cdk diff says', async () => {
    const lines: string[] = [];
    await cdk(['diff', 'dev/*', '--app', path.join(folder, 'cdk.out')], {
      environment: administrator(),
      onLine: (line) => lines.push(line),
      signal,
    });
    expect(lines.join('\n')).toContain('Number of stacks with differences: 0');
  });

  it('keeps the generated password when a later deploy changes everything about the secret but its name', async () => {
    const before = await valueOf('AWSCURRENT');
    const changed = path.join(folder, 'catalog');
    await cp(path.join(root, 'catalog'), changed, { recursive: true });
    const file = path.join(changed, 'payments.yaml');
    const yaml = await readFile(file, 'utf8');
    const edited = yaml
      .replace('dbname: orders', 'dbname: orders_archive')
      .replace('owner: team-payments', 'owner: team-settlement');
    expect(edited).not.toBe(yaml);
    await writeFile(file, edited);

    await cdk(
      [
        'deploy',
        'dev/payments',
        '--exclusively',
        '-c',
        `catalog=${changed}`,
        '--require-approval',
        'never',
        '--output',
        path.join(folder, 'out-changed'),
      ],
      { environment: administrator(), signal },
    );

    expect(await valueOf('AWSCURRENT')).toEqual(before);
  });

  // The last: what came before the SIEM's secret had a value is tried again three minutes later, and goes first.
  it('loses no audit event while the SIEM is down: the queue keeps it, and it arrives afterwards', async () => {
    await delivered();
    const queue = await queueOf(deliverer);
    const before = await failedDeliveries();
    await platform.siem.setBehaviour('down');
    const { $metadata } = await reader.send(new GetSecretValueCommand({ SecretId: scene.secret }));
    await platform.aws.cloudTrail.flush();
    await waitUntil(async () => (await failedDeliveries()) > before, 'Delivery is tried in vain');
    expect(await queue.size()).toBeGreaterThan(0);
    await platform.siem.setBehaviour('ok');

    const arrived = await platform.siem.waitFor(({ event }) => isOfRequest(event, $metadata.requestId), patienceMs);
    expect(arrived.event).toMatchObject({ status: 'Success', api: { operation: 'GetSecretValue' } });
    await delivered();
  });
});
