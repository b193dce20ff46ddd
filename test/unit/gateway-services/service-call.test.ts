import { describe, expect, it } from 'vitest';

import { callJson, errorOf, jsonCall, serviceMay, ServiceError } from '../../../local/gateway/service-call.ts';

const scope = { account: '111122223333', region: 'eu-west-1' };
const answer = (body: string, headers: Record<string, string> = {}) => ({
  status: 400,
  headers,
  body: Buffer.from(body),
});

describe('the error of an answer', () => {
  it.each([
    ['{"__type":"ResourceNotFoundException","message":"gone"}', {}, 'ResourceNotFoundException', 'gone'],
    ['{"__type":"com.amazonaws#Throttled","Message":"slow"}', {}, 'Throttled', 'slow'],
    ['{"message":"no"}', { 'x-amzn-errortype': 'Denied:http://internal' }, 'Denied', 'no'],
    ['<Error><Code>NoSuchKey</Code><Message>gone</Message></Error>', {}, 'NoSuchKey', 'gone'],
    ['', {}, 'UnknownError', ''],
    ['no JSON', {}, 'UnknownError', ''],
  ])('is read from %s', (body, headers, code, message) => {
    expect(errorOf(answer(body, headers))).toEqual({ code, message });
  });
});

describe('a call by a service', () => {
  it('gives the output, or throws what the service answered', async () => {
    const request = jsonCall(scope, 'a.amazonaws.com', 'kms', 'DescribeKey', { KeyId: 'k' });

    expect(await callJson(() => Promise.resolve({ ...answer('{"a":1}'), status: 200 }), request)).toEqual({ a: 1 });
    await expect(
      callJson(() => Promise.resolve(answer('{"__type":"NotFoundException","message":"gone"}')), request),
    ).rejects.toMatchObject({ code: 'NotFoundException', message: 'gone', status: 400 });
  });

  it('names what it acts for when it asks the policies', async () => {
    const request = jsonCall(scope, 'events.amazonaws.com', 'sqs', 'SendMessage', {});
    const refuse = () => Promise.reject(new ServiceError('AccessDenied', 'no', 403));
    let sourceArn: string | undefined;

    const allowed = await serviceMay(
      ({ caller }) => {
        if (caller.kind === 'service') sourceArn = caller.sourceArn;
        return Promise.resolve();
      },
      request,
      'arn:rule',
    );

    expect([allowed, sourceArn]).toEqual([true, 'arn:rule']);
    expect(await serviceMay(refuse, request, 'arn:rule')).toBe(false);
    await expect(serviceMay(() => Promise.reject(new TypeError('a defect')), request, 'arn:rule')).rejects.toThrow(
      'a defect',
    );
  });
});
