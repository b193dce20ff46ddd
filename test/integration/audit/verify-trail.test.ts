/** `strongroom audit verify` and its peer, `aws cloudtrail validate-logs`, over digests of the local AWS. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CloudTrailClient, CreateTrailCommand, StartLoggingCommand } from '@aws-sdk/client-cloudtrail';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { execa } from 'execa';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { TrailReport } from '../../../cli/operators/audit/verify-trail.ts';
import { startLocalAws, type LocalAws } from '../../../local/aws.ts';
import { installAwsCommandLine } from '../../_helpers/aws-command-line.ts';
import { strongroom } from '../../_helpers/captured-host.ts';
import { ordersDb, organisationYaml, paymentsHead } from '../../_helpers/catalog-folder.ts';

const account = '111122223333';
const region = 'eu-west-1';
const trailArn = `arn:aws:cloudtrail:${region}:${account}:trail/strongroom-dev`;
const bucket = 'trail';
const hours = 6;
const hourMs = 3_600_000;

let aws: LocalAws;
let s3: S3Client;
let awsCommand: string;
let catalog: string;
let from: string;
let to: string;
/** The bucket as CloudTrail left it. */
const written = new Map<string, { readonly body: Uint8Array; readonly metadata: Record<string, string> }>();
const defects: unknown[] = [];

beforeAll(async () => {
  awsCommand = await installAwsCommandLine();
  aws = await startLocalAws({ accounts: [account], region, onDefect: (error) => defects.push(error) });
  const { accessKeyId, secretAccessKey } = aws.accounts[account]!;
  const configuration = { endpoint: aws.endpoint, region, credentials: { accessKeyId, secretAccessKey } };
  vi.stubEnv('AWS_ENDPOINT_URL', aws.endpoint);
  vi.stubEnv('AWS_REGION', region);
  vi.stubEnv('AWS_ACCESS_KEY_ID', accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', secretAccessKey);
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  s3 = new S3Client({ ...configuration, forcePathStyle: true });
  const trails = new CloudTrailClient(configuration);
  const secrets = new SecretsManagerClient(configuration);
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const Statement = {
    Effect: 'Allow',
    Principal: { Service: 'cloudtrail.amazonaws.com' },
    Action: 's3:PutObject',
    Resource: `arn:aws:s3:::${bucket}/AWSLogs/${account}/*`,
  };
  await s3.send(
    new PutBucketPolicyCommand({ Bucket: bucket, Policy: JSON.stringify({ Version: '2012-10-17', Statement }) }),
  );
  await trails.send(
    new CreateTrailCommand({ Name: 'strongroom-dev', S3BucketName: bucket, EnableLogFileValidation: true }),
  );
  await trails.send(new StartLoggingCommand({ Name: 'strongroom-dev' }));
  from = new Date(aws.clock.now()).toISOString();
  for (let hour = 0; hour < hours; hour += 1) {
    await secrets.send(new ListSecretsCommand({}));
    await aws.cloudTrail.flush();
    aws.clock.advance(hourMs);
    await aws.cloudTrail.writeDigests();
  }
  to = new Date(aws.clock.now()).toISOString();
  for (const client of [trails, secrets]) client.destroy();
  for (const key of await keys()) {
    const { Body, Metadata = {} } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    written.set(key, { body: await Body!.transformToByteArray(), metadata: Metadata });
  }
  catalog = await mkdtemp(join(tmpdir(), 'strongroom-verify-'));
  await writeFile(join(catalog, 'organisation.yaml'), organisationYaml);
  await writeFile(
    join(catalog, 'payments.yaml'),
    `${paymentsHead}${ordersDb}    rotation: { admin: { managedBy: rds } }\n`,
  );
}, 1_200_000);

afterAll(async () => {
  vi.unstubAllEnvs();
  s3.destroy();
  await aws.stop();
  await rm(catalog, { recursive: true, force: true });
  expect(defects).toEqual([]);
});

/** Each test finds the bucket as it was written. */
afterEach(async () => {
  for (const key of await keys()) if (!written.has(key)) await remove(key);
  for (const [key, { body, metadata }] of written) await put(key, body, metadata);
});

const keys = async (): Promise<string[]> => {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.flatMap(({ Key }) => Key ?? []);
};
const put = async (Key: string, Body: Uint8Array, Metadata: Record<string, string>): Promise<void> => {
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body, Metadata }));
};
const remove = async (Key: string): Promise<void> => {
  await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key }));
};
const digests = (): string[] => [...written.keys()].filter((key) => key.includes('/CloudTrail-Digest/')).sort();
const files = (): string[] => [...written.keys()].filter((key) => key.includes('/CloudTrail/')).sort();
const textOf = (key: string): string => gunzipSync(written.get(key)!.body).toString();

/** Digests come up to two hours late. */
const later = (): Date => new Date(aws.clock.now() + 2 * hourMs);

const ours = async () => {
  const args = ['audit', 'verify', '-e', 'dev', '-c', catalog, '--from', from, '--to', to, '--json'];
  const { exitCode, stdout, stderr } = await strongroom(args, { now: later });
  return { exitCode, stderr, report: JSON.parse(stdout) as TrailReport };
};

const theirs = async () => {
  const args = [
    '-m',
    'awscli',
    'cloudtrail',
    'validate-logs',
    '--trail-arn',
    trailArn,
    '--region',
    region,
    '--verbose',
  ];
  const { exitCode, all } = await execa(awsCommand, [...args, '--start-time', from, '--end-time', to], {
    all: true,
    reject: false,
  });
  return { exitCode, all };
};

describe('a trail that nobody touched', () => {
  it('is valid for both', async () => {
    const { exitCode, all } = await theirs();
    expect(all).toContain(`${hours}/${hours} digest files valid`);
    expect(exitCode).toBe(0);
    expect(await ours()).toMatchObject({
      exitCode: 0,
      report: { digests: hours, hoursWithoutDigest: 0, unverified: 0, findings: [] },
    });
    expect(digests()).toHaveLength(hours);
    expect(files().length).toBeGreaterThanOrEqual(hours);
  });
});

describe('a trail that someone changed', () => {
  const kinds = async () => {
    const { exitCode, report } = await ours();
    expect(exitCode).toBe(3);
    return report.findings.map(({ kind, object }) => ({ kind, object }));
  };

  it('by deleting a file: both find it', async () => {
    const [, key = ''] = files();
    await remove(key);
    expect(await kinds()).toEqual([{ kind: 'file-deleted', object: key }]);
    expect(await theirs()).toMatchObject({ exitCode: 1, all: expect.stringContaining('INVALID: not found') as string });
  });

  it('by altering a file: both find it', async () => {
    const [, key = ''] = files();
    await put(key, gzipSync(textOf(key).replace('ListSecrets', 'GetSecretValue')), {});
    expect(await kinds()).toEqual([{ kind: 'file-altered', object: key }]);
    expect((await theirs()).exitCode).toBe(1);
  });

  it('by altering a digest: both find it, and the file that it no longer names', async () => {
    const key = digests()[2] ?? '';
    const digest = JSON.parse(textOf(key)) as { logFiles: { s3Object: string }[] };
    const forged = gzipSync(JSON.stringify({ ...digest, logFiles: [] }));
    await put(key, forged, written.get(key)!.metadata);
    const { report } = await ours();
    expect(report.findings).toMatchObject([{ kind: 'digest-altered', object: key, why: 'its signature is not valid' }]);
    expect(report.unverified).toBe(digest.logFiles.length);
    expect((await theirs()).exitCode).toBe(1);
  });

  it('by putting the digest of another hour in its place: both find it', async () => {
    const [, older = '', newer = ''] = digests();
    await put(newer, written.get(older)!.body, written.get(older)!.metadata);
    expect(await kinds()).toEqual([{ kind: 'digest-altered', object: newer }]);
    expect((await theirs()).exitCode).toBe(1);
  });

  it('by deleting one digest: both find it', async () => {
    const key = digests()[3] ?? '';
    await remove(key);
    expect(await kinds()).toEqual([{ kind: 'hour-without-digest', object: key }]);
    expect(await theirs()).toMatchObject({
      exitCode: 1,
      all: expect.stringContaining(`${key}\tINVALID: not found`) as string,
    });
  });

  it('by deleting two digests in a row: AWS’s command counts one, ours both hours', async () => {
    const [, , one = '', two = ''] = digests();
    await remove(one);
    await remove(two);
    const { exitCode, report } = await ours();
    expect(exitCode).toBe(3);
    expect(report).toMatchObject({ digests: hours - 2, hoursWithoutDigest: 2 });
    expect(report.findings.map(({ kind, object }) => ({ kind, object }))).toEqual([
      { kind: 'hour-without-digest', object: undefined },
      { kind: 'hour-without-digest', object: two },
    ]);
    const { all } = await theirs();
    expect(all).toContain(`${hours - 2}/${hours - 1} digest files valid, 1/${hours - 1} digest files INVALID`);
    expect(all).not.toContain(one);
  });

  it('by deleting the newest digests: AWS’s command finds nothing, ours the hours', async () => {
    for (const key of digests().slice(-2)) await remove(key);
    const { exitCode, report } = await ours();
    expect(exitCode).toBe(3);
    expect(report.hoursWithoutDigest).toBe(2);
    expect((await theirs()).exitCode).toBe(0);
  });

  it('by deleting every digest: ours finds all hours', async () => {
    for (const key of digests()) await remove(key);
    expect((await ours()).report).toMatchObject({ digests: 0, hoursWithoutDigest: hours, files: 0 });
    expect((await theirs()).exitCode).toBe(0);
  });

  it('by adding a file: AWS’s command finds nothing, ours the file', async () => {
    const [, key = ''] = files();
    const added = key.replace(/_[A-Za-z0-9]+\.json\.gz$/, '_added.json.gz');
    await put(added, gzipSync('{"Records":[]}'), {});
    expect(await kinds()).toEqual([{ kind: 'file-extra', object: added }]);
    expect((await theirs()).exitCode).toBe(0);
  });
});

it('shows findings as a table, with the way to who did it', async () => {
  const key = digests()[3] ?? '';
  await remove(key);
  const args = ['audit', 'verify', '-e', 'dev', '-c', catalog, '--from', from, '--to', to];
  const { exitCode, stdout } = await strongroom(args, { now: later });
  expect(exitCode).toBe(3);
  expect(stdout).toContain('hour without digest');
  expect(stdout).toContain(key);
  expect(stdout).toContain('1 finding, 1 hour without a digest');
});

it('refuses credentials of another account, and an environment that does not exist', async () => {
  const verify = (...args: string[]) => strongroom(['audit', 'verify', '-c', catalog, ...args]);
  expect(await verify('-e', 'prod')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('these credentials are of account 111122223333') as string,
  });
  expect(await verify('-e', 'stage')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--environment stage: the catalog has no such environment') as string,
  });
  expect(await verify('-e', 'dev', '--from', '2026-02-30')).toMatchObject({ exitCode: 2 });
  expect(await verify('-e', 'dev', '--from', '2026-11-30', '--to', '2026-11-29')).toMatchObject({ exitCode: 2 });
});
