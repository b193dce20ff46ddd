/**
 * Writes records into the bucket of a trail, many to a file:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-examples.html
 */
import { createHash, randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import type { Authorize } from '../pipeline.ts';
import type { Forward } from '../request.ts';
import type { Scope } from '../service-call.ts';
import { putTrailObject } from './put-trail-object.ts';
import type { TrailRecord } from './trail-record.ts';
import type { Trail } from './trails.ts';

/** What a digest says of a file. */
export interface WrittenFile {
  readonly key: string;
  /** SHA-256 of what it holds, uncompressed, in hex. */
  readonly hash: string;
  /** Times of its events. */
  readonly oldest: string;
  readonly newest: string;
  /** Milliseconds since the epoch. */
  readonly writtenAt: number;
}

/** @throws Error if the bucket's policy or the bucket refuses the file: it was not stored. */
export const writeTrailFile = async (
  parts: { readonly forward: Forward; readonly authorize: Authorize },
  scope: Scope,
  trail: Trail,
  records: readonly [TrailRecord, ...TrailRecord[]],
  at: number,
): Promise<WrittenFile> => {
  const key = trailFileKey(scope, trail, at);
  const text = JSON.stringify({ Records: records });
  await putTrailObject(parts, scope, trail, key, gzipSync(text));
  const times = records.map(({ eventTime }) => eventTime).sort();
  return {
    key,
    hash: createHash('sha256').update(text).digest('hex'),
    oldest: times[0] ?? '',
    newest: times.at(-1) ?? '',
    writtenAt: at,
  };
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
