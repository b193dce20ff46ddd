/** What an S3 call asks of the policies: its actions have names of their own. */
import { text, type Checks } from './check.ts';

/** Operations whose action has another name. */
const actions: Readonly<Record<string, string>> = {
  ListBuckets: 'ListAllMyBuckets',
  ListObjects: 'ListBucket',
  ListObjectsV2: 'ListBucket',
  ListObjectVersions: 'ListBucketVersions',
  HeadBucket: 'ListBucket',
  HeadObject: 'GetObject',
  DeleteObjects: 'DeleteObject',
  CopyObject: 'PutObject',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  ListMultipartUploads: 'ListBucketMultipartUploads',
  ListParts: 'ListMultipartUploadParts',
  GetBucketEncryption: 'GetEncryptionConfiguration',
  PutBucketEncryption: 'PutEncryptionConfiguration',
  GetBucketLifecycleConfiguration: 'GetLifecycleConfiguration',
  PutBucketLifecycleConfiguration: 'PutLifecycleConfiguration',
  GetBucketReplication: 'GetReplicationConfiguration',
  PutBucketReplication: 'PutReplicationConfiguration',
  GetPublicAccessBlock: 'GetBucketPublicAccessBlock',
  PutPublicAccessBlock: 'PutBucketPublicAccessBlock',
  GetBucketNotificationConfiguration: 'GetBucketNotification',
  PutBucketNotificationConfiguration: 'PutBucketNotification',
  GetObjectLockConfiguration: 'GetBucketObjectLockConfiguration',
  PutObjectLockConfiguration: 'PutBucketObjectLockConfiguration',
};

export const s3Checks: Checks = async ({ operation, input, caller, region, headers }, deployed) => {
  const bucket = text(input['Bucket']);
  if (bucket === undefined) return undefined;
  const key = text(input['Key']);
  const action = `s3:${actions[operation] ?? operation}`;
  const account = caller.account;
  const onObjects = key !== undefined || operation === 'DeleteObjects';
  const acl = headers['x-amz-acl'];
  return [
    {
      action,
      resource: {
        // Of several objects that one call deletes, each would have to be allowed: the whole bucket is asked for.
        arn: `arn:aws:s3:::${bucket}${onObjects ? `/${key ?? '*'}` : ''}`,
        account,
        policy: await deployed.bucketPolicy({ account, region }, bucket),
      },
      context: {
        's3:ResourceAccount': account,
        ...(acl !== undefined && { 's3:x-amz-acl': acl }),
        ...(text(input['prefix']) !== undefined && { 's3:prefix': String(input['prefix']) }),
      },
    },
  ];
};
