/** Files of a trail and S3's notifications of them: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
import { gzipSync } from 'node:zlib';
import type { AuditTrailFiles } from '../../lib/contract/index.ts';
import { account, region, type JsonRecord } from './cloudtrail.ts';

export const trailFiles: AuditTrailFiles = {
  bucket: 'strongroom-dev-trail',
  account,
  regions: [region],
  secrets: [`arn:aws:secretsmanager:${region}:${account}:secret:dev/`],
};

/** Of the hour from 17:00 on 2026-11-30. */
export const fileKey = (name = 'a'): string =>
  `AWSLogs/${account}/CloudTrail/${region}/2026/11/30/${account}_CloudTrail_${region}_20261130T1755Z_${name}.json.gz`;

export const trailFile = (...records: readonly JsonRecord[]): Buffer => gzipSync(JSON.stringify({ Records: records }));

/** @param key encoded as S3 does. */
export const created = (
  key: string,
  { bucket = trailFiles.bucket, versionId }: { readonly bucket?: string; readonly versionId?: string } = {},
): JsonRecord => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: region,
  eventTime: '2026-11-30T17:58:00.000Z',
  eventName: 'ObjectCreated:Put',
  userIdentity: { principalId: 'AWS:AROAEXAMPLEEXAMPLE123:regionalDeliverySession' },
  requestParameters: { sourceIPAddress: '192.0.2.10' },
  responseElements: { 'x-amz-request-id': 'C3D13FE58DE4C810', 'x-amz-id-2': 'FMyUVURIY8' },
  s3: {
    s3SchemaVersion: '1.0',
    configurationId: 'NewFiles',
    bucket: { name: bucket, ownerIdentity: { principalId: 'A3NL1KOZZKExample' }, arn: `arn:aws:s3:::${bucket}` },
    object: { key, size: 1024, eTag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '0055AED6DCD90281E5', versionId },
  },
});
