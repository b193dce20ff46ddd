import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  RotateSecretCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import {
  GetQueueAttributesCommand,
  ListQueuesCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiActivity } from '../../lambdas/audit/normalise/ocsf.ts';
import { loadCatalog } from '../../lib/catalog/index.ts';
import { type Catalog } from '../../lib/model/index.ts';
import { consumerRoleName, rotationRoleName, secretTag } from '../../lib/contract/index.ts';
import { cdk } from '../../local/cdk.ts';
import { startPlatform, type Platform } from '../../local/platform.ts';
import { rehearse } from '../../local/rehearsal/rehearse.ts';
import { Report, type RehearsalEvent } from '../../local/rehearsal/report.ts';
import { Scene } from '../../local/rehearsal/scene.ts';
import { subject } from '../../local/rehearsal/subject.ts';

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

/** Secrets Manager under the role of the rotation function, as Lambda runs it. */
const rotationFunction = async (): Promise<SecretsManagerClient> => {
  const credentials = await platform.aws.assumeForService({
    roleArn: `arn:aws:iam::${subject.account}:role/${rotationRoleName(subject.environment, 'postgres')}`,
    service: 'lambda.amazonaws.com',
    sessionName: 'e2e',
  });
  return new SecretsManagerClient({ ...settings(), credentials });
};

/** The queue before the audit forwarder of the environment. */
const auditQueue = async () => {
  const sqs = new SQSClient(settings());
  const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
  const QueueUrl = QueueUrls.find((url) => url.includes('AuditEvents'));
  return {
    /** What was not delivered comes again after so long, instead of the three minutes that are deployed. */
    redeliverAfter: (seconds: number) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes: { VisibilityTimeout: String(seconds) } })),
    /** Messages that wait or are on their way. */
    size: async (): Promise<number> => {
      const { Attributes } = await sqs.send(new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }));
      return (
        Number(Attributes?.ApproximateNumberOfMessages) + Number(Attributes?.ApproximateNumberOfMessagesNotVisible)
      );
    },
  };
};

/** How many audit events the forwarder of the environment could not deliver so far. */
const undelivered = async (): Promise<number> => {
  const failures = (await platform.aws.emulatorLog())
    .split('\n')
    .filter((line) => line.includes(`"environment":"${subject.environment}"`))
    .flatMap((line) => /"AuditEventsFailed":(\d+)/.exec(line)?.[1] ?? []);
  return failures.reduce((sum, count) => sum + Number(count), 0);
};

/** Longer than a message stays hidden that a function took before the test made that time shorter. */
const patienceMs = 500_000;

const waitUntil = async (holds: () => Promise<boolean>, what: string): Promise<void> => {
  const deadline = Date.now() + patienceMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`${what}: not within ${patienceMs / 1000} s`);
    await sleep(200);
  }
};

/** Text of each record file that the deployed trail has delivered. */
const trailFiles = async (): Promise<string[]> => {
  await platform.aws.cloudTrail.flush();
  const s3 = new S3Client({ ...settings(), forcePathStyle: true });
  const texts: string[] = [];
  const { Buckets = [] } = await s3.send(new ListBucketsCommand());
  for (const { Name: Bucket } of Buckets) {
    const { Contents = [] } = await s3.send(
      new ListObjectsV2Command({ Bucket, Prefix: `AWSLogs/${subject.account}/CloudTrail/` }),
    );
    for (const { Key } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      texts.push(gunzipSync(await Body!.transformToByteArray()).toString());
    }
  }
  return texts;
};

describe('the deployed example', () => {
  it('holds every line of the rehearsal', () => {
    expect(report.lines.map(({ type }) => type)).toEqual(report.lines.map(() => 'held'));
    expect(report.lines).toHaveLength(10);
  });

  it('wrote the refused read to the trail in S3, with the true identity', async () => {
    const records = (await trailFiles()).flatMap(
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
      'trail files in S3': (await trailFiles()).join('\n'),
      'lines of the rehearsal': JSON.stringify(events),
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
    const queue = await auditQueue();
    // Long enough for the function, cold and on a busy machine: what it still works on must not come a second time.
    await queue.redeliverAfter(20);
    await waitUntil(async () => (await queue.size()) === 0, 'Earlier events are delivered');
    const before = await undelivered();
    await platform.siem.setBehaviour('down');
    const { $metadata } = await reader.send(new GetSecretValueCommand({ SecretId: scene.secret }));
    await platform.aws.cloudTrail.flush();
    const waiting = await queue.size();
    expect(waiting).toBeGreaterThan(0);
    await waitUntil(async () => (await undelivered()) >= before + waiting, 'Every event is tried in vain');
    await platform.siem.setBehaviour('ok');

    const arrived = await platform.siem.waitFor(
      ({ event }) => (event as Partial<ApiActivity>).api?.request?.uid === $metadata.requestId,
      patienceMs,
    );
    expect(arrived.event).toMatchObject({ status: 'Success', api: { operation: 'GetSecretValue' } });
    await waitUntil(async () => (await queue.size()) === 0, 'The queue is empty again');
  });
});
