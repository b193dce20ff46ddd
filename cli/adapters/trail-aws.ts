/** A trail, its files and its digests: the SDK's clients, with the caller's credentials. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import {
  CloudTrailClient,
  DescribeTrailsCommand,
  GetTrailStatusCommand,
  paginateListPublicKeys,
} from '@aws-sdk/client-cloudtrail';
import { GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';

import type { TrailAws } from '../operators/audit/ports.ts';
import { callAws, orMissing } from './aws-errors.ts';
import { clientOptions, connectAws } from './operator-aws.ts';

export const connectTrail = (region: string): TrailAws => {
  const operator = connectAws(region);
  const trails = new CloudTrailClient({ ...clientOptions, region });
  const s3 = new S3Client({ ...clientOptions, region });
  const open = (bucket: string, key: string) =>
    orMissing(`read s3://${bucket}/${key} (s3:GetObject)`, async () => {
      const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (!(object.Body instanceof Readable)) throw new TypeError('S3 gave no stream');
      return { stream: object.Body, metadata: object.Metadata ?? {} };
    });
  return {
    whoAmI: () => operator.whoAmI(),
    trail: async (name) => {
      const { trailList = [] } = await callAws(`look for trail ${name} (cloudtrail:DescribeTrails)`, () =>
        trails.send(new DescribeTrailsCommand({ trailNameList: [name] })),
      );
      const [found] = trailList;
      if (found?.TrailARN === undefined || found.S3BucketName === undefined) return undefined;
      const { TrailARN: arn, S3BucketName: bucket, S3KeyPrefix: prefix, LogFileValidationEnabled } = found;
      const status = await callAws(`look at trail ${name} (cloudtrail:GetTrailStatus)`, () =>
        trails.send(new GetTrailStatusCommand({ Name: arn })),
      );
      return {
        arn,
        bucket,
        ...(prefix && { prefix }),
        validatesFiles: LogFileValidationEnabled === true,
        isLogging: status.IsLogging === true,
        ...(status.StartLoggingTime && { startedAt: status.StartLoggingTime }),
      };
    },
    keys: (bucket, prefix) =>
      callAws(`list s3://${bucket}/${prefix} (s3:ListBucket)`, async () => {
        const keys: string[] = [];
        for await (const { Contents = [] } of paginateListObjectsV2(
          { client: s3 },
          { Bucket: bucket, Prefix: prefix },
        )) {
          keys.push(...Contents.flatMap(({ Key }) => Key ?? []));
        }
        return keys;
      }),
    digest: async (bucket, key) => {
      const object = await open(bucket, key);
      if (!object) return undefined;
      const { stream, metadata } = object;
      const chunks = await callAws(`read s3://${bucket}/${key} (s3:GetObject)`, () => stream.toArray());
      const { signature } = metadata;
      return { content: Buffer.concat(chunks as Buffer[]), ...(signature !== undefined && { signature }) };
    },
    contentHash: async (bucket, key) => {
      const object = await open(bucket, key);
      if (!object) return 'missing';
      const hash = createHash('sha256');
      try {
        await pipeline(object.stream, createGunzip(), hash);
      } catch (error) {
        if (error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')) return 'damaged';
        return await callAws(`read s3://${bucket}/${key} (s3:GetObject)`, () => Promise.reject(error as Error));
      }
      return { hash: hash.digest('hex') };
    },
    publicKeys: (from, to) =>
      callAws('list the keys of digests (cloudtrail:ListPublicKeys)', async () => {
        const keys = new Map<string, Uint8Array>();
        for await (const { PublicKeyList = [] } of paginateListPublicKeys(
          { client: trails },
          { StartTime: from, EndTime: to },
        )) {
          for (const { Fingerprint, Value } of PublicKeyList) if (Fingerprint && Value) keys.set(Fingerprint, Value);
        }
        return keys;
      }),
    close: () => {
      operator.close();
      trails.destroy();
      s3.destroy();
    },
  };
};
