/**
 * Validates one digest of a trail's files:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
 */
import { createHash, createPublicKey, verify } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { z } from 'zod';

import type { DigestObject } from './ports.ts';
import { parseJson } from '../parse-json.ts';

/** What AWS adds to it is dropped: the signature covers the whole text. */
const digestSchema = z.object({
  digestStartTime: z.iso.datetime(),
  digestEndTime: z.iso.datetime(),
  digestS3Bucket: z.string(),
  digestS3Object: z.string(),
  previousDigestS3Object: z.string().nullish(),
  previousDigestHashValue: z.string().nullish(),
  previousDigestSignature: z.string().nullable(),
  digestPublicKeyFingerprint: z.string(),
  logFiles: z.array(z.object({ s3Bucket: z.string(), s3Object: z.string(), hashValue: z.string() })),
});

export interface ValidDigest {
  readonly key: string;
  readonly from: Date;
  readonly to: Date;
  /** Of its text, in hex. */
  readonly hash: string;
  readonly signature: string;
  /** Absent: it is the first since the trail was started. */
  readonly previous?: { readonly key: string; readonly hash: string; readonly signature: string };
  readonly files: readonly { readonly bucket: string; readonly key: string; readonly hash: string }[];
}

/** A digest is small: a text of thousands of files has a few MB. */
const longestText = 256 * 1024 * 1024;

/** @returns the digest, or why it is not valid */
export const validateDigest = (
  bucket: string,
  key: string,
  { content, signature }: DigestObject,
  publicKeys: ReadonlyMap<string, Uint8Array>,
): ValidDigest | string => {
  if (signature === undefined || !/^([0-9a-f]{2})+$/i.test(signature)) return 'it has no signature';
  const text = unpacked(content);
  const digest = digestSchema.safeParse(text && parseJson(text.toString()));
  if (!text || !digest.success) return 'it does not have the form of a digest';
  const { data } = digest;
  if (data.digestS3Bucket !== bucket || data.digestS3Object !== key) return 'it was moved here from another place';
  const publicKey = publicKeys.get(data.digestPublicKeyFingerprint);
  if (!publicKey) return 'CloudTrail has no public key of its fingerprint';
  const hash = createHash('sha256').update(text).digest('hex');
  const { previousDigestSignature, previousDigestS3Object, previousDigestHashValue } = data;
  const signed = `${data.digestEndTime}\n${bucket}/${key}\n${hash}\n${previousDigestSignature ?? 'null'}`;
  const isSigned = verify(
    'RSA-SHA256',
    Buffer.from(signed),
    createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' }),
    Buffer.from(signature, 'hex'),
  );
  if (!isSigned) return 'its signature is not valid';
  return {
    key,
    from: new Date(data.digestStartTime),
    to: new Date(data.digestEndTime),
    hash,
    signature,
    ...(previousDigestS3Object && {
      previous: {
        key: previousDigestS3Object,
        hash: previousDigestHashValue ?? '',
        signature: previousDigestSignature ?? '',
      },
    }),
    files: data.logFiles.map((file) => ({ bucket: file.s3Bucket, key: file.s3Object, hash: file.hashValue })),
  };
};

const unpacked = (content: Uint8Array): Buffer | undefined => {
  try {
    return gunzipSync(content, { maxOutputLength: longestText });
  } catch {
    return undefined;
  }
};
