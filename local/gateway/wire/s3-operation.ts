/** S3's operations, told apart by method, path and sub-resource. */
import type { HttpMessage } from './http-message.ts';
import { unknownOperation, type Operation } from './operation.ts';

/** Sub-resources of a bucket: operation name without its verb. */
const bucketSubresources: Readonly<Record<string, string>> = {
  acl: 'BucketAcl',
  cors: 'BucketCors',
  encryption: 'BucketEncryption',
  lifecycle: 'BucketLifecycleConfiguration',
  location: 'BucketLocation',
  logging: 'BucketLogging',
  notification: 'BucketNotificationConfiguration',
  'object-lock': 'ObjectLockConfiguration',
  ownershipControls: 'BucketOwnershipControls',
  policy: 'BucketPolicy',
  policyStatus: 'BucketPolicyStatus',
  publicAccessBlock: 'PublicAccessBlock',
  replication: 'BucketReplication',
  tagging: 'BucketTagging',
  versioning: 'BucketVersioning',
  website: 'BucketWebsite',
};

const objectSubresources: Readonly<Record<string, string>> = {
  acl: 'ObjectAcl',
  attributes: 'ObjectAttributes',
  'legal-hold': 'ObjectLegalHold',
  retention: 'ObjectRetention',
  tagging: 'ObjectTagging',
};

const verbs: Readonly<Record<string, string>> = { GET: 'Get', PUT: 'Put', DELETE: 'Delete' };

export const s3Operation = (message: HttpMessage): Operation => {
  const [bucket = '', ...rest] = message.path.replace(/^\//, '').split('/').map(decodeURIComponent);
  const key = rest.join('/');
  return {
    operation: bucket === '' ? ofService(message) : key === '' ? ofBucket(message) : ofObject(message),
    input: {
      ...(bucket !== '' && { Bucket: bucket }),
      ...(key !== '' && { Key: key }),
      ...Object.fromEntries(message.query),
    },
  };
};

const ofService = ({ method }: HttpMessage): string => (method === 'GET' ? 'ListBuckets' : unknownOperation);

const ofBucket = ({ method, query }: HttpMessage): string => {
  const subresource = [...query.keys()].find((name) => name in bucketSubresources);
  if (subresource !== undefined) return named(method, bucketSubresources[subresource]);
  if (method === 'POST') return query.has('delete') ? 'DeleteObjects' : unknownOperation;
  if (method === 'GET' && query.has('uploads')) return 'ListMultipartUploads';
  if (method === 'GET' && query.has('versions')) return 'ListObjectVersions';
  if (method === 'GET') return query.get('list-type') === '2' ? 'ListObjectsV2' : 'ListObjects';
  return { HEAD: 'HeadBucket', PUT: 'CreateBucket', DELETE: 'DeleteBucket' }[method] ?? unknownOperation;
};

const ofObject = ({ method, query, headers }: HttpMessage): string => {
  const subresource = [...query.keys()].find((name) => name in objectSubresources);
  if (subresource !== undefined) return named(method, objectSubresources[subresource]);
  if (method === 'POST') {
    if (query.has('uploads')) return 'CreateMultipartUpload';
    return query.has('uploadId') ? 'CompleteMultipartUpload' : unknownOperation;
  }
  if (query.has('uploadId')) {
    return { PUT: 'UploadPart', GET: 'ListParts', DELETE: 'AbortMultipartUpload' }[method] ?? unknownOperation;
  }
  if (method === 'PUT') return 'x-amz-copy-source' in headers ? 'CopyObject' : 'PutObject';
  return { GET: 'GetObject', HEAD: 'HeadObject', DELETE: 'DeleteObject' }[method] ?? unknownOperation;
};

const named = (method: string, what: string | undefined): string => {
  const verb = verbs[method];
  return verb === undefined || what === undefined ? unknownOperation : `${verb}${what}`;
};
