import { describe, expect, it } from 'vitest';

import { isManagementEvent, isReadOnly } from '../../../local/gateway/cloudtrail/event-kinds.ts';
import { callRecord } from '../../../local/gateway/cloudtrail/trail-record.ts';
import type { AwsRequest, AwsResponse } from '../../../local/gateway/request.ts';
import { jsonCall } from '../../../local/gateway/service-call.ts';

const canary = 'canary-4711-value';
const scope = { account: '111122223333', region: 'eu-west-1' };
const ok = (output: object): AwsResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: Buffer.from(JSON.stringify(output)),
});
const call = (service: string, operation: string, input: Record<string, unknown>): AwsRequest => ({
  ...jsonCall(scope, 'test.amazonaws.com', 'kms', operation, input),
  service,
});

describe('a record', () => {
  it.each<[string, string, Record<string, unknown>, object]>([
    ['secretsmanager', 'PutSecretValue', { SecretId: 'a', SecretString: canary }, {}],
    ['secretsmanager', 'PutSecretValue', { SecretId: 'a', SecretBinary: canary }, {}],
    ['secretsmanager', 'CreateSecret', { Name: 'a', SecretString: JSON.stringify({ password: canary }) }, {}],
    ['secretsmanager', 'GetRandomPassword', {}, { RandomPassword: canary }],
    ['secretsmanager', 'GetSecretValue', { SecretId: 'a' }, { SecretString: canary }],
    ['kms', 'Encrypt', { KeyId: 'k', Plaintext: canary }, { CiphertextBlob: canary }],
    ['kms', 'Decrypt', { CiphertextBlob: canary }, { Plaintext: canary }],
    ['kms', 'CreateGrant', { KeyId: 'k', Nested: { Plaintext: canary } }, {}],
    ['rds', 'CreateDBInstance', { DBInstanceIdentifier: 'a', MasterUserPassword: canary }, {}],
    ['elasticache', 'ModifyUser', { UserId: 'a', 'AuthenticationMode.Passwords.member.1': canary }, {}],
    ['memorydb', 'UpdateUser', { UserName: 'a', AuthenticationMode: { Passwords: [canary] } }, {}],
    ['iam', 'CreateAccessKey', {}, { AccessKey: { AccessKeyId: 'AKIA', SecretAccessKey: canary } }],
    ['sts', 'AssumeRole', { RoleArn: 'r' }, { Credentials: { SessionToken: canary, SecretAccessKey: canary } }],
    ['sqs', 'SendMessage', { QueueUrl: 'q', MessageBody: canary }, {}],
    ['lambda', 'CreateFunction', { FunctionName: 'f', Environment: { Variables: { A: canary } } }, {}],
    ['cloudformation', 'CreateStack', { StackName: 's', 'Parameters.member.1.ParameterValue': canary }, {}],
    ['ssm', 'PutParameter', { Name: 'p', Value: canary }, {}],
  ])('of %s %s holds no secret', (service, operation, input, output) => {
    const request = call(service, operation, input);

    const done = callRecord({ request, response: ok(output) }, 0);
    const failed = callRecord(
      { request, response: ok({}), error: { code: 'ValidationException', message: `Bad value: ${canary}!` } },
      0,
    );

    expect(JSON.stringify(done)).not.toContain(canary);
    if (Object.values(input).length > 0 && JSON.stringify(input).includes(canary)) {
      expect(failed.errorMessage).toBe('Bad value: [redacted]!');
    }
  });

  it('keeps the names that CloudTrail gives, and the words of an encryption context', () => {
    const request = call('kms', 'Decrypt', {
      KeyId: 'k',
      EncryptionContext: { SecretARN: 'arn', SecretVersionId: 'v' },
      GrantTokens: [],
    });

    expect(callRecord({ request, response: ok({}) }, 0).requestParameters).toEqual({
      keyId: 'k',
      encryptionContext: { SecretARN: 'arn', SecretVersionId: 'v' },
      grantTokens: [],
    });
  });

  it('has what a change answered, from XML too', () => {
    const request = call('iam', 'CreateRole', { RoleName: 'r' });
    const response: AwsResponse = {
      status: 200,
      headers: { 'content-type': 'text/xml' },
      body: Buffer.from(
        '<CreateRoleResponse><CreateRoleResult><Role><Arn>arn:role</Arn></Role></CreateRoleResult></CreateRoleResponse>',
      ),
    };

    expect(callRecord({ request, response }, 0).responseElements).toEqual({ role: { arn: 'arn:role' } });
  });

  it('has no parameters where the call had none', () => {
    expect(callRecord({ request: call('sts', 'GetCallerIdentity', {}), response: ok({}) }, 0)).toMatchObject({
      requestParameters: null,
      responseElements: null,
    });
  });
});

describe('who called', () => {
  const identityOf = (caller: AwsRequest['caller']) =>
    callRecord(
      { request: { ...call('kms', 'ListKeys', {}), caller }, response: ok({}) },
      Date.parse('2026-11-21T10:00:00.123Z'),
    ).userIdentity;

  it('is a role by its session, a user, the root, or a service', () => {
    expect(
      identityOf({
        kind: 'role',
        account: '111122223333',
        arn: 'arn:aws:sts::111122223333:assumed-role/api/task',
        roleArn: 'arn:aws:iam::111122223333:role/path/api',
        sessionName: 'task',
        accessKeyId: 'ASIA1',
        principalId: 'AROA1:task',
      }),
    ).toEqual({
      type: 'AssumedRole',
      principalId: 'AROA1:task',
      arn: 'arn:aws:sts::111122223333:assumed-role/api/task',
      accountId: '111122223333',
      accessKeyId: 'ASIA1',
      sessionContext: {
        sessionIssuer: {
          type: 'Role',
          principalId: 'AROA1',
          arn: 'arn:aws:iam::111122223333:role/path/api',
          accountId: '111122223333',
          userName: 'api',
        },
        attributes: { creationDate: '2026-11-21T10:00:00Z', mfaAuthenticated: 'false' },
      },
    });
    const administrator = { kind: 'administrator' as const, account: '111122223333', accessKeyId: 'AKIA1' };
    expect(identityOf({ ...administrator, arn: 'arn:aws:iam::111122223333:user/alice' })).toMatchObject({
      type: 'IAMUser',
      userName: 'alice',
    });
    expect(identityOf({ ...administrator, arn: 'arn:aws:iam::111122223333:root' })).toMatchObject({ type: 'Root' });
    expect(identityOf({ kind: 'service', account: '111122223333', service: 'lambda.amazonaws.com' })).toEqual({
      type: 'AWSService',
      invokedBy: 'lambda.amazonaws.com',
    });
  });
});

describe('the kind of a call', () => {
  it.each([
    ['secretsmanager', 'GetSecretValue', true, true],
    ['secretsmanager', 'BatchGetSecretValue', true, true],
    ['secretsmanager', 'PutSecretValue', false, true],
    ['secretsmanager', 'RotateSecret', false, true],
    ['kms', 'Decrypt', true, true],
    ['kms', 'GenerateDataKey', true, true],
    ['kms', 'ScheduleKeyDeletion', false, true],
    ['sts', 'AssumeRole', true, true],
    ['s3', 'PutObject', false, false],
    ['s3', 'GetObject', true, false],
    ['s3', 'PutBucketPolicy', false, true],
    ['sqs', 'SendMessage', false, false],
    ['sqs', 'CreateQueue', false, true],
    ['lambda', 'Invoke', false, false],
    ['lambda', 'CreateFunction', false, true],
  ])('%s %s: reads only %s, management %s', (service, operation, readOnly, management) => {
    expect([isReadOnly(service, operation), isManagementEvent(service, operation)]).toEqual([readOnly, management]);
  });
});
