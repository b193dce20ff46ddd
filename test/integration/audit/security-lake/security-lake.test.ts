import zlib from 'node:zlib';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSecurityLake } from '../../../../lambdas/audit/destinations/security-lake/index.ts';
import type { OutgoingEvent } from '../../../../lambdas/audit/destinations/destination.ts';
import type { SecurityLakeSettings } from '../../../../lib/contract/index.ts';
import { startLocalAws, type LocalAws } from '../../../../local/aws.ts';
import { fullEvent } from '../../../_fixtures/full-ocsf-event.ts';
import { administratorOf, account, allow, makeRole, region, trust } from '../../local/gateway-core/local-aws.ts';

const bucket = 'aws-security-data-lake-test';
const externalId = 'external-4711';
let aws: LocalAws;
let s3: S3Client;
let settings: SecurityLakeSettings;

beforeAll(async () => {
  aws = await startLocalAws({ accounts: [account], region });
  ({ s3 } = administratorOf(aws));
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  const role = await makeRole(
    aws,
    'lake',
    [allow(['s3:PutObject'], `arn:aws:s3:::${bucket}/ext/strongroom/1.0/*`)],
    trust({ AWS: `arn:aws:iam::${account}:root` }, { StringEquals: { 'sts:ExternalId': externalId } }),
  );
  settings = {
    type: 'security-lake',
    name: 'lake',
    view: 'ocsf',
    raw: false,
    bucket,
    region,
    prefix: 'ext/strongroom/1.0',
    role,
    externalId,
  };
});

afterAll(async () => {
  await aws.stop();
});

const destination = (changes: Partial<SecurityLakeSettings> = {}) =>
  createSecurityLake(
    { ...settings, ...changes },
    { environment: 'dev', now: Date.now },
    {
      sts: administratorOf(aws).sts,
      s3: (credentials) =>
        new S3Client({ endpoint: aws.endpoint, region, forcePathStyle: true, maxAttempts: 1, credentials }),
    },
  );

const eventOf = (id: string, more: Record<string, unknown> = {}): OutgoingEvent => {
  const document = { ...fullEvent, metadata: { ...fullEvent.metadata, uid: id }, ...more };
  return { id, time: fullEvent.time, severity: 3, document, json: JSON.stringify(document) };
};

const send = (events: readonly OutgoingEvent[], changes?: Partial<SecurityLakeSettings>) =>
  destination(changes).send(events, new AbortController().signal);

const keys = async () =>
  ((await s3.send(new ListObjectsV2Command({ Bucket: bucket }))).Contents ?? []).map(({ Key = '' }) => Key);

const rowsOf = async (key: string): Promise<Record<string, unknown>[]> => {
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  const file = new Uint8Array((await body?.transformToByteArray()) ?? []).buffer;
  const compressors = {
    GZIP: (bytes: Uint8Array) => new Uint8Array(zlib.gunzipSync(bytes)),
    ZSTD: (bytes: Uint8Array) => new Uint8Array(zlib.zstdDecompressSync(bytes)),
  };
  return parquetReadObjects({ file, compressors });
};

it('writes one object for each class, region, account and day, and the same one for a repeated batch', async () => {
  const events = [eventOf('one'), eventOf('two'), eventOf('finding', { class_uid: 2004, finding_info: { uid: 'f' } })];
  expect(await send(events)).toEqual(events.map(() => ({ status: 'delivered' })));
  const written = await keys();
  const folder = 'ext/strongroom/1.0/region=eu-west-1/accountId=444455556666/eventDay=20261121/';
  expect(written).toEqual([
    expect.stringMatching(new RegExp(`^${folder}class-2004-[0-9a-f]{32}\\.parquet$`)),
    expect.stringMatching(new RegExp(`^${folder}class-6003-[0-9a-f]{32}\\.parquet$`)),
  ]);
  await send([...events].reverse());
  expect(await keys()).toEqual(written);
  const [finding, calls] = await Promise.all(written.map(rowsOf));
  expect(finding).toMatchObject([{ unmapped: expect.stringContaining('"finding_info":{"uid":"f"}') as string }]);
  expect(calls).toHaveLength(2);
  const { unmapped, ...read } = calls?.find(({ metadata }) => (metadata as { uid: string }).uid === 'two') ?? {};
  // Fields that are absent or go to `unmapped` are null or missing.
  expect(read).toMatchObject({
    time: BigInt(fullEvent.time),
    class_uid: 6003,
    resources: fullEvent.resources,
    actor: { invoked_by: 'ecs.amazonaws.com', session: { issuer: fullEvent.actor.session.issuer, is_mfa: false } },
    cloud: { provider: 'AWS', region: 'eu-west-1', account: fullEvent.cloud.account },
    metadata: { uid: 'two', profiles: ['cloud'] },
  });
  expect(JSON.parse(unmapped as string)).toMatchObject({ unmapped: fullEvent.unmapped });
});

it.each([
  ['unauthorised', 'the external id is wrong', { externalId: 'another' }],
  ['unauthorised', 'the role may not write there', { prefix: 'ext/another/1.0' }],
] as const)('fails as %s if %s', async (code, _what, changes) => {
  await expect(send([eventOf('refused')], changes)).rejects.toMatchObject({ name: 'DestinationError', code });
});

it('refuses another view: objects in the lake are OCSF', async () => {
  await expect(send([eventOf('view')], { view: 'ecs' })).rejects.toMatchObject({ code: 'misconfigured' });
});

it('fails as timeout if the time has ended', async () => {
  await expect(destination().send([eventOf('late')], AbortSignal.abort())).rejects.toMatchObject({ code: 'timeout' });
});
