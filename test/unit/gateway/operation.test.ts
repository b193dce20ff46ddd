import { describe, expect, it } from 'vitest';
import { httpMessage } from '../../../local/gateway/wire/http-message.ts';
import { readOperation } from '../../../local/gateway/wire/operation.ts';

const message = (method: string, url: string, headers: Record<string, string> = {}, body = '') =>
  httpMessage({ method, url, headers, body: Buffer.from(body) });

const form = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };

describe('the operation of a request', () => {
  it('is the target of a JSON call, with its body for input', () => {
    const call = message(
      'POST',
      '/',
      { 'x-amz-target': 'com.amazonaws.cloudtrail.v1.CloudTrail.LookupEvents' },
      '{"a":1}',
    );

    expect(readOperation('cloudtrail', call)).toEqual({ operation: 'LookupEvents', input: { a: 1 } });
  });

  it('is the action of a query call, with its fields for input', () => {
    const call = message(
      'POST',
      '/',
      form,
      'Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws&Tags.member.1.Key=a',
    );

    expect(readOperation('sts', call)).toEqual({
      operation: 'AssumeRole',
      input: { RoleArn: 'arn:aws', 'Tags.member.1.Key': 'a' },
    });
  });

  it('is the action in the address of a query call by GET', () => {
    expect(readOperation('sts', message('GET', '/?Action=GetCallerIdentity&Version=1'))).toEqual({
      operation: 'GetCallerIdentity',
      input: {},
    });
  });

  it.each([
    ['POST', '/2015-03-31/functions/f/invocations', 'Invoke', { FunctionName: 'f' }],
    ['GET', '/2015-03-31/functions/f?Qualifier=2', 'GetFunction', { FunctionName: 'f', Qualifier: '2' }],
    [
      'GET',
      '/2015-03-31/functions/arn%3Aaws%3Alambda%3A%3A%3Afunction%3Af/policy',
      'GetPolicy',
      { FunctionName: 'arn:aws:lambda:::function:f' },
    ],
    ['GET', '/2017-03-31/tags/arn%3Aaws', 'ListTags', { Resource: 'arn:aws' }],
    ['GET', '/2015-03-31/functions', 'ListFunctions', {}],
    ['PUT', '/2099-01-01/novelties', 'Unknown', {}],
  ])('of Lambda: %s %s is %s', (method, url, operation, input) => {
    expect(readOperation('lambda', message(method, url))).toEqual({ operation, input });
  });

  it('of Lambda keeps the payload of an invocation out of the input', () => {
    const call = message('POST', '/2015-03-31/functions/f/invocations', {}, '{"password":"canary-91ae"}');

    expect(JSON.stringify(readOperation('lambda', call).input)).not.toContain('canary-91ae');
  });

  it.each([
    ['GET', '/', 'ListBuckets'],
    ['PUT', '/b', 'CreateBucket'],
    ['HEAD', '/b', 'HeadBucket'],
    ['GET', '/b?list-type=2&prefix=p', 'ListObjectsV2'],
    ['GET', '/b?location', 'GetBucketLocation'],
    ['GET', '/b/?policy', 'GetBucketPolicy'],
    ['PUT', '/b?encryption', 'PutBucketEncryption'],
    ['DELETE', '/b?policy', 'DeleteBucketPolicy'],
    ['POST', '/b?delete', 'DeleteObjects'],
    ['PUT', '/b/k', 'PutObject'],
    ['GET', '/b/a%20b/c', 'GetObject'],
    ['HEAD', '/b/k', 'HeadObject'],
    ['PUT', '/b/k?tagging', 'PutObjectTagging'],
    ['POST', '/b/k?uploads', 'CreateMultipartUpload'],
    ['PUT', '/b/k?partNumber=1&uploadId=u', 'UploadPart'],
    ['POST', '/b/k?uploadId=u', 'CompleteMultipartUpload'],
    ['DELETE', '/b/k?uploadId=u', 'AbortMultipartUpload'],
    ['PATCH', '/b/k', 'Unknown'],
  ])('of S3: %s %s is %s', (method, url, operation) => {
    expect(readOperation('s3', message(method, url)).operation).toBe(operation);
  });

  it('of S3 names bucket and key', () => {
    expect(readOperation('s3', message('GET', '/b/a%20b/%C3%BC?versionId=1')).input).toEqual({
      Bucket: 'b',
      Key: 'a b/ü',
      versionId: '1',
    });
    expect(readOperation('s3', message('PUT', '/b/k', { 'x-amz-copy-source': 'b/o' })).operation).toBe('CopyObject');
  });

  it('is unknown where nothing tells it', () => {
    expect(readOperation('scheduler', message('GET', '/schedules')).operation).toBe('Unknown');
  });
});
