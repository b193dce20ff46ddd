/**
 * Writes records into the bucket of a trail, many to a file:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
 */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import type { Authorize } from '../pipeline.ts';
import type { Forward } from '../request.ts';
import { errorOf, serviceCall, serviceMay, type Scope } from '../service-call.ts';
import type { TrailRecord } from './trail-record.ts';
import type { Trail } from './trails.ts';

const principal = 'cloudtrail.amazonaws.com';

/** @throws Error if the bucket's policy or the bucket refuses the file: it was not stored. */
export const writeTrailFile = async (
  { forward, authorize }: { readonly forward: Forward; readonly authorize: Authorize },
  scope: Scope,
  trail: Trail,
  records: readonly TrailRecord[],
  at: number,
): Promise<string> => {
  const key = trailFileKey(scope, trail, at);
  const request = serviceCall({
    ...scope,
    principal,
    service: 's3',
    operation: 'PutObject',
    input: { Bucket: trail.S3BucketName, Key: key },
    method: 'PUT',
    url: `/${trail.S3BucketName}/${key.split('/').map(encodeURIComponent).join('/')}`,
    headers: {
      'content-type': 'application/json',
      'content-encoding': 'gzip',
      'x-amz-acl': 'bucket-owner-full-control',
    },
    body: gzipSync(JSON.stringify({ Records: records })),
  });
  if (!(await serviceMay(authorize, request, trail.TrailARN))) {
    throw new Error(`${principal} may not write to the trail's bucket ${trail.S3BucketName}`);
  }
  const response = await forward(request);
  if (response.status >= 400) {
    throw new Error(`The trail's bucket ${trail.S3BucketName} refused a file: ${errorOf(response).code}`);
  }
  return key;
};

const trailFileKey = ({ account, region }: Scope, { S3KeyPrefix }: Trail, at: number): string => {
  const time = new Date(at).toISOString();
  const day = time.slice(0, 10).replaceAll('-', '/');
  const stamp = time.slice(0, 16).replaceAll(/[-:]/g, '');
  const unique = randomBytes(12).toString('base64url').replaceAll(/[-_]/g, 'x').slice(0, 16);
  const file = `${account}_CloudTrail_${region}_${stamp}Z_${unique}.json.gz`;
  const path = `AWSLogs/${account}/CloudTrail/${region}/${day}/${file}`;
  return S3KeyPrefix ? `${S3KeyPrefix}/${path}` : path;
};
