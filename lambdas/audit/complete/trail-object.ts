/**
 * What an object in the trail's bucket is, by its key:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/get-and-view-cloudtrail-log-files.html
 */
import type { AuditTrailFiles } from '../../../lib/contract/index.ts';
import { TrailFileError } from './trail-file-error.ts';

/** A version of an object, if its bucket keeps versions. */
export interface ObjectVersion {
  readonly bucket: string;
  /** As S3 has it, not encoded. */
  readonly key: string;
  readonly versionId?: string;
}

export type TrailObject =
  /** The hour is that of the file's name, `2026-11-30T17`. */
  | { readonly kind: 'events'; readonly hour: string }
  /** It holds no events: `CloudTrail-Digest`, `CloudTrail-Insight`, `CloudTrail-Aggregated`. */
  | { readonly kind: 'other'; readonly what: string };

/** @throws TrailFileError `file-foreign` if the object is not one that CloudTrail writes for this environment. */
export const trailObjectOf = ({ bucket, key }: ObjectVersion, files: AuditTrailFiles): TrailObject => {
  if (bucket !== files.bucket) throw foreign(`the bucket ${shown(bucket)}, and the trail's is ${files.bucket}`);
  const [, account, what, region] = keyPattern.exec(key) ?? [];
  if (account !== files.account || what === undefined) {
    throw foreign(`an object that is not below AWSLogs/${files.account}/CloudTrail/`);
  }
  if (what !== 'CloudTrail') return { kind: 'other', what };
  if (region === undefined || !files.regions.includes(region)) {
    throw foreign(`an object of another region than ${files.regions.join(', ')}`);
  }
  const [, fileAccount, fileRegion, day, hour] = filePattern.exec(key.slice(key.lastIndexOf('/') + 1)) ?? [];
  if (fileAccount !== account || fileRegion !== region || day === undefined || hour === undefined) {
    throw foreign('an object whose name is not that of a file of a trail');
  }
  return { kind: 'events', hour: `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T${hour}` };
};

const keyPattern = /^AWSLogs\/(\d{12})\/(CloudTrail(?:-[A-Za-z]+)?)\/([a-z0-9-]+)\//;
const filePattern = /^(\d{12})_CloudTrail_([a-z0-9-]+)_(\d{8})T(\d{2})\d{2}Z_[A-Za-z0-9]+\.json\.gz$/;

const foreign = (what: string): TrailFileError =>
  new TrailFileError('file-foreign', `The message names ${what}: it is not read`);

/** A name of a bucket has these characters only. */
const shown = (bucket: string): string => (/^[a-z0-9.-]{3,63}$/.test(bucket) ? bucket : '(not a name of a bucket)');
