/** Puts an object into the bucket of a trail, as CloudTrail does. */
import type { Authorize } from '../pipeline.ts';
import type { Forward } from '../request.ts';
import { errorOf, serviceCall, serviceMay, type Scope } from '../service-call.ts';
import type { Trail } from './trails.ts';

const principal = 'cloudtrail.amazonaws.com';

/** @throws Error if the bucket's policy or the bucket refuses the object: it was not stored. */
export const putTrailObject = async (
  { forward, authorize }: { readonly forward: Forward; readonly authorize: Authorize },
  scope: Scope,
  trail: Trail,
  key: string,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<void> => {
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
      ...headers,
    },
    body,
  });
  if (!(await serviceMay(authorize, request, trail.TrailARN))) {
    throw new Error(`${principal} may not write to the trail's bucket ${trail.S3BucketName}`);
  }
  const response = await forward(request);
  if (response.status >= 400) {
    throw new Error(`The trail's bucket ${trail.S3BucketName} refused a file: ${errorOf(response).code}`);
  }
};
