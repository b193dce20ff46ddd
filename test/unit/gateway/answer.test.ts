import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { errorAnswer, protocolOf, queryAnswer } from '../../../local/gateway/wire/answer.ts';

const error = { code: 'AccessDenied', message: 'no <access> & "none"', status: 403 };
const xml = (body: Buffer): unknown => new XMLParser().parse(body.toString());

describe('an error', () => {
  it.each([
    ['secretsmanager', { 'x-amz-target': 'secretsmanager.GetSecretValue' }, 'json'],
    ['sts', { 'content-type': 'application/x-www-form-urlencoded' }, 'query'],
    ['iam', {}, 'query'],
    ['ec2', { 'content-type': 'application/x-www-form-urlencoded' }, 'ec2-query'],
    ['lambda', { 'content-type': 'application/json' }, 'rest-json'],
    ['s3', {}, 's3'],
  ])('of %s is told by its protocol', (service, headers: Record<string, string>, protocol) => {
    expect(protocolOf(service, { headers })).toBe(protocol);
  });

  it.each(['json', 'rest-json'] as const)('in %s has its code in the header and the body', (protocol) => {
    const { status, headers, body } = errorAnswer(protocol, error, 'r');

    expect(status).toBe(403);
    expect(headers['x-amzn-errortype']).toBe('AccessDenied');
    expect(JSON.parse(body.toString())).toEqual({ __type: 'AccessDenied', message: error.message });
  });

  it('in XML is escaped, in the envelope of its protocol', () => {
    const Code = 'AccessDenied';
    const Message = error.message;

    expect(xml(errorAnswer('query', error, 'r').body)).toEqual({
      ErrorResponse: { Error: { Type: 'Sender', Code, Message }, RequestId: 'r' },
    });
    expect(xml(errorAnswer('ec2-query', error, 'r').body)).toEqual({
      Response: { Errors: { Error: { Code, Message } }, RequestID: 'r' },
    });
    expect(xml(errorAnswer('s3', error, 'r').body)).toEqual({ Error: { Code, Message, RequestId: 'r' } });
  });
});

describe('an answer of the query protocol', () => {
  it('nests its result and names the request', () => {
    const { body } = queryAnswer('AssumeRole', 'https://example/', { Credentials: { Token: 'a&b' } }, 'r');

    expect(xml(body)).toEqual({
      AssumeRoleResponse: {
        AssumeRoleResult: { Credentials: { Token: 'a&b' } },
        ResponseMetadata: { RequestId: 'r' },
      },
    });
  });
});
