/** Files of the trail in S3. */
import { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { awsErrorName, callAws } from '../../runtime/adapters/aws-client.ts';
import type { TrailStore } from '../complete/ports.ts';
import { TrailFileError } from '../complete/trail-file-error.ts';

export const createS3TrailStore = (client: S3Client): TrailStore => ({
  open: async ({ bucket, key, versionId }, deadline) => {
    try {
      const { Body: stream, ContentLength: bytes } = await callAws('read a file of the trail', deadline, (options) =>
        client.send(
          new GetObjectCommand({ Bucket: bucket, Key: key, ...(versionId !== undefined && { VersionId: versionId }) }),
          options,
        ),
      );
      if (!(stream instanceof Readable) || bytes === undefined)
        throw new TypeError('S3 gave no stream of known length');
      return { stream, bytes };
    } catch (error) {
      if (!missing.has(awsErrorName(error) ?? '')) throw error;
      throw new TrailFileError('file-missing', 'The file does not exist any more: someone deleted it', error);
    }
  },
});

/** Also of a version that a lifecycle rule or someone removed. */
const missing = new Set(['NoSuchKey', 'NoSuchVersion', 'NotFound']);
