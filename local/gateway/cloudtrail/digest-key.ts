/**
 * The key that signs digests, and what ListPublicKeys says of it:
 * https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
 */
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { z } from 'zod';

import type { AwsRequest, AwsResponse } from '../request.ts';
import { jsonResponse, ServiceError } from '../service-call.ts';

export interface DigestKey {
  readonly fingerprint: string;
  readonly privateKey: KeyObject;
  /** PKCS #1, DER. */
  readonly publicKey: Buffer;
}

export const createDigestKey = (): DigestKey => {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ type: 'pkcs1', format: 'der' });
  return { privateKey, publicKey: der, fingerprint: createHash('sha256').update(der).digest('hex').slice(0, 32) };
};

const inputSchema = z.looseObject({ StartTime: z.number().optional(), EndTime: z.number().optional() });

/** The key is valid as long as the gateway runs, at whatever time its clock shows. */
export const listPublicKeys = ({ input }: AwsRequest, { fingerprint, publicKey }: DigestKey): AwsResponse => {
  const { StartTime, EndTime } = inputSchema.parse(input);
  if (StartTime !== undefined && EndTime !== undefined && StartTime > EndTime) {
    throw new ServiceError('InvalidTimeRangeException', 'The start time is after the end time.');
  }
  return jsonResponse({
    PublicKeyList: [
      {
        Fingerprint: fingerprint,
        Value: publicKey.toString('base64'),
        ValidityStartTime: 0,
        ValidityEndTime: Date.UTC(2100, 0) / 1000,
      },
    ],
  });
};
