import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetObjectCommand, ListBucketsCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCatalog, type Catalog } from '../../lib/catalog/index.ts';
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

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'strongroom-e2e-'));
  catalog = loadCatalog(path.join(root, 'catalog'));
  platform = await startPlatform({ catalog, folder, signal });
  scene = new Scene(platform, catalog);
  await rehearse({ platform, catalog, report, signal });
  reader = await scene.consumer(subject.application, subject.consumer);
});

afterAll(async () => {
  await platform.stop();
  await rm(folder, { recursive: true, force: true });
});

const valueOf = async (VersionStage: 'AWSCURRENT' | 'AWSPREVIOUS') => {
  const { SecretString, VersionId } = await reader.send(
    new GetSecretValueCommand({ SecretId: scene.secret, VersionStage }),
  );
  return { versionId: VersionId, password: (JSON.parse(SecretString!) as { password: string }).password };
};

const administrator = (): Readonly<Record<string, string>> => platform.aws.accounts[subject.account]!.env;

/** Text of every record file that the deployed trail has delivered. */
const trailFiles = async (): Promise<string> => {
  await platform.aws.cloudTrail.flush();
  const { accessKeyId, secretAccessKey } = platform.aws.accounts[subject.account]!;
  const s3 = new S3Client({
    endpoint: platform.aws.endpoint,
    region: scene.environment.region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
  });
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
  return texts.join('\n');
};

describe('the deployed example', () => {
  it('holds every line of the rehearsal', () => {
    expect(report.lines.map(({ type }) => type)).toEqual(report.lines.map(() => 'held'));
    expect(report.lines).toHaveLength(10);
  });

  it('wrote the refused read to the trail in S3, with the true identity', async () => {
    const records = await trailFiles();
    expect(records).toContain('"errorCode":"AccessDenied"');
    expect(records).toContain(
      `role/${subject.environment}-${subject.stranger.application}-${subject.stranger.consumer}`,
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
      'trail files in S3': await trailFiles(),
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
});
