/**
 * Writes digests of a trail's files, one per hour and region, signed and chained as CloudTrail does:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html
 */
import { createHash, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';

import type { Authorize } from '../pipeline.ts';
import type { Forward } from '../request.ts';
import type { Scope } from '../service-call.ts';
import type { DigestKey } from './digest-key.ts';
import { putTrailObject } from './put-trail-object.ts';
import type { WrittenFile } from './trail-files.ts';
import type { Trail } from './trails.ts';

export interface Digests {
  /** A file was written: the digest of the hour names it. */
  note(scope: Scope, trail: Trail, file: WrittenFile): void;
  /** Writes the digests of hours that are over, the oldest first. */
  write(now: number): Promise<void>;
  reset(): void;
}

/** The digests of one trail in one region. */
interface Chain {
  readonly scope: Scope;
  readonly trail: Trail;
  /** Files without a digest yet. */
  files: WrittenFile[];
  /** Start of the next digest, ms since the epoch. */
  startsAt: number;
  previous?: { readonly key: string; readonly hash: string; readonly signature: string };
}

const hourMs = 3_600_000;

export const createDigests = (
  parts: { readonly forward: Forward; readonly authorize: Authorize },
  digestKey: () => DigestKey,
): Digests => {
  const chains = new Map<string, Chain>();

  const writeOne = async (chain: Chain): Promise<void> => {
    const { scope, trail, previous, startsAt } = chain;
    const endsAt = startsAt + hourMs;
    const files = chain.files.filter(({ writtenAt }) => writtenAt < endsAt);
    const key = digestObjectKey(scope, trail, endsAt);
    const { fingerprint, privateKey } = digestKey();
    const bucket = trail.S3BucketName;
    const text = JSON.stringify({
      awsAccountId: scope.account,
      digestStartTime: timeOf(startsAt),
      digestEndTime: timeOf(endsAt),
      digestS3Bucket: bucket,
      digestS3Object: key,
      newestEventTime: files.map(({ newest }) => newest).reduce(later, null),
      oldestEventTime: files.map(({ oldest }) => oldest).reduce(earlier, null),
      previousDigestS3Bucket: previous ? bucket : null,
      previousDigestS3Object: previous?.key ?? null,
      previousDigestHashValue: previous?.hash ?? null,
      previousDigestHashAlgorithm: previous ? 'SHA-256' : null,
      previousDigestSignature: previous?.signature ?? null,
      digestPublicKeyFingerprint: fingerprint,
      digestSignatureAlgorithm: 'SHA256withRSA',
      logFiles: files.map((file) => ({
        s3Bucket: bucket,
        s3Object: file.key,
        hashValue: file.hash,
        hashAlgorithm: 'SHA-256',
        newestEventTime: file.newest,
        oldestEventTime: file.oldest,
      })),
    });
    const hash = createHash('sha256').update(text).digest('hex');
    // https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-custom-validation.html
    const signed = `${timeOf(endsAt)}\n${bucket}/${key}\n${hash}\n${previous?.signature ?? 'null'}`;
    const signature = sign('RSA-SHA256', Buffer.from(signed), privateKey).toString('hex');
    await putTrailObject(parts, scope, trail, key, gzipSync(text), {
      'x-amz-meta-signature': signature,
      'x-amz-meta-signature-algorithm': 'SHA256withRSA',
    });
    chain.files = chain.files.filter((file) => !files.includes(file));
    chain.startsAt = endsAt;
    chain.previous = { key, hash, signature };
  };

  return {
    note: (scope, trail, file) => {
      if (trail.LogFileValidationEnabled !== true) return;
      const id = `${trail.TrailARN} ${scope.region}`;
      const chain = chains.get(id) ?? { scope, trail, files: [], startsAt: file.writtenAt };
      chain.files.push(file);
      chains.set(id, chain);
    },
    write: async (now) => {
      for (const chain of chains.values()) while (chain.startsAt + hourMs <= now) await writeOne(chain);
    },
    reset: () => {
      chains.clear();
    },
  };
};

/** The region of the files, the trail's name and its home region are in the name. */
const digestObjectKey = (
  { account, region }: Scope,
  { Name, TrailARN, S3KeyPrefix }: Trail,
  endsAt: number,
): string => {
  const time = timeOf(endsAt);
  const day = time.slice(0, 10).replaceAll('-', '/');
  const home = TrailARN.split(':')[3] ?? region;
  const stamp = time.replaceAll(/[-:]/g, '');
  const file = `${account}_CloudTrail-Digest_${region}_${Name}_${home}_${stamp}.json.gz`;
  const path = `AWSLogs/${account}/CloudTrail-Digest/${region}/${day}/${file}`;
  return S3KeyPrefix ? `${S3KeyPrefix}/${path}` : path;
};

const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

const later = (one: string | null, other: string): string => (one === null || other > one ? other : one);
const earlier = (one: string | null, other: string): string => (one === null || other < one ? other : one);
