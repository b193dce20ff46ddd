import { describe, expect, it } from 'vitest';
import { normalise } from '../../../../lambdas/audit/normalise/normalise.ts';
import { auditedSources } from '../../../../lambdas/audit/normalise/services.ts';
import {
  account,
  apiCall,
  apiRole,
  deniedCall,
  eventBridge,
  keyArn,
  kmsDecrypt,
  labelUpdated,
  ordersDb,
  region,
  roleIdentity,
  serviceEvent,
  type JsonRecord,
} from '../../../_fixtures/cloudtrail.ts';
import { ocsfProblems } from '../../../_helpers/ocsf-problems.ts';

const canary = 'canary-7Hq2-value-of-a-secret';
const ordersDbSecret = { uid: ordersDb, name: 'dev/payments/orders-db', type: 'AWS::SecretsManager::Secret' };

const normalised = (detail: JsonRecord) => normalise(JSON.stringify(eventBridge(detail)));

const samples: readonly (readonly [string, JsonRecord, { activity: string; status: string; severity: string }])[] = [
  ['GetSecretValue', apiCall('GetSecretValue'), { activity: 'Read', status: 'Success', severity: 'Informational' }],
  ['GetSecretValue, denied', deniedCall('GetSecretValue'), { activity: 'Read', status: 'Failure', severity: 'Medium' }],
  [
    'GetSecretValue, no such secret',
    apiCall('GetSecretValue', {
      errorCode: 'ResourceNotFoundException',
      errorMessage: "Secrets Manager can't find the specified secret.",
      requestParameters: { secretId: 'dev/payments/orders-db' },
    }),
    { activity: 'Read', status: 'Failure', severity: 'Low' },
  ],
  [
    'BatchGetSecretValue',
    apiCall('BatchGetSecretValue', { requestParameters: { secretIdList: [ordersDb, 'dev/payments/stripe-key'] } }),
    { activity: 'Read', status: 'Success', severity: 'Informational' },
  ],
  [
    'ListSecrets',
    apiCall('ListSecrets', { requestParameters: { maxResults: 100 } }),
    { activity: 'Read', status: 'Success', severity: 'Informational' },
  ],
  ['DescribeSecret', apiCall('DescribeSecret'), { activity: 'Read', status: 'Success', severity: 'Informational' }],
  [
    'CreateSecret',
    apiCall('CreateSecret', {
      requestParameters: { name: 'dev/payments/orders-db', clientRequestToken: 'token', secretString: canary },
      responseElements: { arn: ordersDb },
    }),
    { activity: 'Create', status: 'Success', severity: 'Informational' },
  ],
  [
    'PutSecretValue',
    apiCall('PutSecretValue', { responseElements: { arn: ordersDb } }),
    { activity: 'Update', status: 'Success', severity: 'Informational' },
  ],
  [
    'UpdateSecretVersionStage',
    apiCall('UpdateSecretVersionStage'),
    { activity: 'Update', status: 'Success', severity: 'Informational' },
  ],
  [
    'RotateSecret',
    apiCall('RotateSecret', { responseElements: { aRN: ordersDb } }),
    { activity: 'Update', status: 'Success', severity: 'Informational' },
  ],
  ['PutResourcePolicy', apiCall('PutResourcePolicy'), { activity: 'Update', status: 'Success', severity: 'Low' }],
  ['TagResource', apiCall('TagResource'), { activity: 'Update', status: 'Success', severity: 'Low' }],
  [
    'DeleteSecret',
    apiCall('DeleteSecret', { responseElements: { arn: ordersDb } }),
    { activity: 'Delete', status: 'Success', severity: 'Medium' },
  ],
  [
    'RotationStarted',
    serviceEvent('RotationStarted'),
    { activity: 'Update', status: 'Success', severity: 'Informational' },
  ],
  [
    'RotationSucceeded',
    serviceEvent('RotationSucceeded'),
    { activity: 'Update', status: 'Success', severity: 'Informational' },
  ],
  ['RotationFailed', serviceEvent('RotationFailed'), { activity: 'Update', status: 'Failure', severity: 'High' }],
  ['RotationAbandoned', serviceEvent('RotationAbandoned'), { activity: 'Update', status: 'Failure', severity: 'High' }],
  [
    'StartSecretVersionDelete',
    serviceEvent('StartSecretVersionDelete'),
    { activity: 'Delete', status: 'Success', severity: 'Informational' },
  ],
  [
    'CancelSecretVersionDelete',
    serviceEvent('CancelSecretVersionDelete'),
    { activity: 'Update', status: 'Success', severity: 'Informational' },
  ],
  [
    'EndSecretVersionDelete',
    serviceEvent('EndSecretVersionDelete'),
    { activity: 'Delete', status: 'Success', severity: 'Informational' },
  ],
  ['KMS Decrypt', kmsDecrypt(), { activity: 'Read', status: 'Success', severity: 'Informational' }],
  [
    'KMS Decrypt, denied',
    kmsDecrypt({ errorCode: 'AccessDenied', errorMessage: 'The ciphertext refers to a key you may not use' }),
    { activity: 'Read', status: 'Failure', severity: 'Medium' },
  ],
  [
    'KMS GenerateDataKey',
    kmsDecrypt({ eventName: 'GenerateDataKey' }),
    { activity: 'Other', status: 'Success', severity: 'Informational' },
  ],
  [
    'KMS PutKeyPolicy',
    kmsDecrypt({
      eventName: 'PutKeyPolicy',
      requestParameters: { keyId: keyArn, policyName: 'default', policy: canary },
    }),
    { activity: 'Update', status: 'Success', severity: 'Low' },
  ],
  [
    'KMS UpdateAlias',
    kmsDecrypt({
      eventName: 'UpdateAlias',
      requestParameters: { aliasName: 'alias/strongroom/dev/high', targetKeyId: keyArn },
    }),
    { activity: 'Update', status: 'Success', severity: 'Low' },
  ],
  [
    'KMS ScheduleKeyDeletion',
    kmsDecrypt({ eventName: 'ScheduleKeyDeletion', requestParameters: { keyId: keyArn, pendingWindowInDays: 7 } }),
    { activity: 'Delete', status: 'Success', severity: 'Medium' },
  ],
  [
    'a call of the root user',
    apiCall('GetSecretValue', {
      userIdentity: { type: 'Root', principalId: account, arn: `arn:aws:iam::${account}:root`, accountId: account },
    }),
    { activity: 'Read', status: 'Success', severity: 'Informational' },
  ],
  [
    'a call of an account elsewhere',
    apiCall('GetSecretValue', {
      userIdentity: { type: 'AWSAccount', principalId: 'AROAELSEWHERE:session', accountId: '999999999999' },
      sharedEventID: '2c5b1a90-0000-4000-8000-000000000001',
    }),
    { activity: 'Read', status: 'Success', severity: 'Informational' },
  ],
  [
    'a call through a VPC endpoint over IPv6',
    apiCall('GetSecretValue', { sourceIPAddress: '2001:db8::7', vpcEndpointId: 'vpce-0a1b2c3d' }),
    { activity: 'Read', status: 'Success', severity: 'Informational' },
  ],
];

describe('every record', () => {
  it.each(samples)('of %s fits the OCSF schema and is classified', (_name, detail, { activity, status, severity }) => {
    const event = normalised(detail);
    expect(ocsfProblems(event)).toEqual([]);
    expect(event).toMatchObject({ status, severity, type_name: `API Activity: ${activity}` });
    expect(event.type_uid).toBe(event.class_uid * 100 + event.activity_id);
    expect(event.metadata.uid).toBe(detail['eventID']);
    expect(JSON.stringify(event)).not.toContain(canary);
  });

  it('is told from one that does not fit', () => {
    const event = normalised(apiCall('GetSecretValue'));
    expect(ocsfProblems({ ...event, activity_id: 7 }).join()).toContain('/activity_id enum');
    expect(ocsfProblems({ ...event, actor: {} }).join()).toContain('/actor anyOf');
    expect(ocsfProblems({ ...event, colour: 'red' }).join()).toContain('additionalProperty":"colour');
    const { cloud: _cloud, ...withoutCloud } = event;
    expect(ocsfProblems(withoutCloud).join()).toContain('missingProperty":"cloud');
    expect(ocsfProblems({ ...event, severity: 'High' }).join()).toContain('siblings');
  });
});

describe('a read of a secret', () => {
  it('names the secret, the role and its session, the outcome, and where it came from', () => {
    const detail = apiCall('GetSecretValue', { requestParameters: { secretId: ordersDb, versionStage: 'AWSCURRENT' } });
    expect(normalised(detail)).toEqual({
      class_uid: 6003,
      class_name: 'API Activity',
      category_uid: 6,
      category_name: 'Application Activity',
      activity_id: 2,
      activity_name: 'Read',
      type_uid: 600302,
      type_name: 'API Activity: Read',
      time: Date.UTC(2026, 10, 21, 10, 15, 30),
      severity_id: 1,
      severity: 'Informational',
      status_id: 1,
      status: 'Success',
      message: `GetSecretValue of dev/payments/orders-db by ${apiRole} (session task-4711): Success`,
      actor: {
        user: {
          uid: `arn:aws:sts::${account}:assumed-role/dev-payments-api/task-4711`,
          name: 'dev-payments-api',
          uid_alt: 'AROAEXAMPLEEXAMPLE123:task-4711',
          type: 'AssumedRole',
          type_id: 3,
          credential_uid: 'ASIAIOSFODNN7EXAMPLE',
          account: { uid: account, type: 'AWS Account', type_id: 10 },
        },
        session: {
          uid: 'task-4711',
          issuer: apiRole,
          created_time: Date.UTC(2026, 10, 21, 9),
          is_mfa: false,
        },
      },
      api: {
        operation: 'GetSecretValue',
        service: { name: 'secretsmanager.amazonaws.com' },
        request: { uid: detail['requestID'], data: JSON.stringify({ secretId: ordersDb, versionStage: 'AWSCURRENT' }) },
      },
      src_endpoint: { ip: '192.0.2.10' },
      http_request: { user_agent: detail['userAgent'] },
      cloud: { provider: 'AWS', region, account: { uid: account, type: 'AWS Account', type_id: 10 } },
      resources: [ordersDbSecret],
      metadata: {
        version: '1.8.0',
        profiles: ['cloud'],
        uid: detail['eventID'],
        event_code: 'AwsApiCall',
        log_name: 'Management',
        log_provider: 'AWS CloudTrail',
        original_time: '2026-11-21T10:15:30Z',
        product: { name: 'CloudTrail', vendor_name: 'AWS', version: '1.11' },
      },
    });
  });

  it('that was refused carries the code and the reason, and names the secret although the parameters are withheld', () => {
    const event = normalised(deniedCall('GetSecretValue', { resources: [{ ARN: ordersDb, accountId: account }] }));
    expect(event).toMatchObject({
      status_code: 'AccessDenied',
      status_detail: expect.stringContaining('explicit deny in a resource-based policy') as string,
      api: { response: { error: 'AccessDenied' } },
      resources: [ordersDbSecret],
      message: `GetSecretValue of dev/payments/orders-db by ${apiRole} (session task-4711): AccessDenied`,
    });
  });

  it('by a role session without its issuer still names the role', () => {
    const { sessionContext: _withheld, ...identity } = roleIdentity;
    expect(normalised(apiCall('GetSecretValue', { userIdentity: identity })).actor.user?.name).toBe('dev-payments-api');
  });
});

describe('the secret of a record', () => {
  it.each([
    ['requestParameters.secretId as an ARN', { requestParameters: { secretId: ordersDb } }, [ordersDbSecret]],
    [
      'requestParameters.secretId as a name',
      { requestParameters: { secretId: 'dev/payments/orders-db' } },
      [{ name: 'dev/payments/orders-db', type: 'AWS::SecretsManager::Secret' }],
    ],
    [
      'requestParameters.secretId as a name and responseElements.arn',
      { requestParameters: { secretId: 'dev/payments/orders-db' }, responseElements: { arn: ordersDb } },
      [ordersDbSecret],
    ],
    ['responseElements.aRN', { requestParameters: null, responseElements: { aRN: ordersDb } }, [ordersDbSecret]],
    ['responseElements.ARN', { requestParameters: null, responseElements: { ARN: ordersDb } }, [ordersDbSecret]],
    [
      'additionalEventData.SecretId',
      { requestParameters: null, additionalEventData: { SecretId: ordersDb } },
      [ordersDbSecret],
    ],
    ['additionalEventData.aRN', { requestParameters: null, additionalEventData: { aRN: ordersDb } }, [ordersDbSecret]],
    [
      'serviceEventDetails.secretId',
      { requestParameters: null, serviceEventDetails: { secretId: ordersDb } },
      [ordersDbSecret],
    ],
    ['resources', { requestParameters: null, resources: [{ ARN: ordersDb, accountId: account }] }, [ordersDbSecret]],
    ['nowhere', { requestParameters: null }, []],
    [
      'a partial ARN',
      { requestParameters: { secretId: `arn:aws:secretsmanager:${region}:${account}:secret:dev/payments/orders-db` } },
      [
        {
          uid: `arn:aws:secretsmanager:${region}:${account}:secret:dev/payments/orders-db`,
          name: 'dev/payments/orders-db',
          type: 'AWS::SecretsManager::Secret',
        },
      ],
    ],
    [
      'a list of ids',
      { requestParameters: { secretIdList: [ordersDb, 'dev/payments/stripe-key', ordersDb] } },
      [ordersDbSecret, { name: 'dev/payments/stripe-key', type: 'AWS::SecretsManager::Secret' }],
    ],
  ])('is found in %s', (_place, more, resources) => {
    expect(normalised(apiCall('GetSecretValue', more)).resources).toEqual(resources);
  });

  it('is found in the encryption context of a KMS call, beside the key', () => {
    const event = normalised(kmsDecrypt());
    expect(event.resources).toEqual([ordersDbSecret, { uid: keyArn, type: 'AWS::KMS::Key' }]);
    expect(event.actor).toMatchObject({ session: { issuer: apiRole }, invoked_by: 'secretsmanager.amazonaws.com' });
    expect(event.src_endpoint).toEqual({ svc_name: 'secretsmanager.amazonaws.com' });
  });
});

describe('an event of the service itself', () => {
  it('has the service as its actor', () => {
    const event = normalised(serviceEvent('RotationSucceeded'));
    expect(event).toMatchObject({
      actor: { invoked_by: 'secretsmanager.amazonaws.com' },
      resources: [ordersDbSecret],
      message: 'RotationSucceeded of dev/payments/orders-db by secretsmanager.amazonaws.com: Success',
      metadata: { event_code: 'AwsServiceEvent' },
    });
    expect(event.actor).not.toHaveProperty('user');
  });

  it('that a label moved needs no trail', () => {
    const event = normalise(JSON.stringify(labelUpdated({ id: 'label-event' })));
    expect(ocsfProblems(event)).toEqual([]);
    expect(event).toMatchObject({
      type_name: 'API Activity: Update',
      status: 'Success',
      api: { operation: 'Secret Label Updated' },
      resources: [ordersDbSecret],
      metadata: { uid: 'label-event', log_provider: 'Amazon EventBridge', event_code: 'Secret Label Updated' },
      unmapped: { label: 'AWSCURRENT', versionId: '0a8f7b5c-1d2e-4f3a-9b8c-7d6e5f4a3b2c' },
      message: 'Label AWSCURRENT of dev/payments/orders-db moved to version 0a8f7b5c-1d2e-4f3a-9b8c-7d6e5f4a3b2c',
    });
  });
});

describe('what is left out', () => {
  it('is every parameter that is not named as harmless, secret values first of all', () => {
    const event = normalised(
      apiCall('PutSecretValue', {
        requestParameters: {
          secretId: ordersDb,
          clientRequestToken: 'c0ffee00-0000-4000-8000-000000000001',
          secretString: canary,
          secretBinary: canary,
          SecretString: canary,
          rotationToken: canary,
          resourcePolicy: canary,
          tags: [{ key: 'note', value: canary }],
          encryptionContext: { Note: canary },
          newField: { deep: canary },
        },
        responseElements: { arn: ordersDb, versionId: 'v', secretString: canary },
        additionalEventData: { note: canary },
        unknownPart: canary,
      }),
    );
    expect(JSON.stringify(event)).not.toContain(canary);
    expect(JSON.parse(event.api.request?.data ?? '')).toEqual({
      secretId: ordersDb,
      clientRequestToken: 'c0ffee00-0000-4000-8000-000000000001',
    });
  });

  it.each([
    `1 validation error detected: Value '${canary}' at 'secretString' failed to satisfy constraint: Member must have length less than or equal to 65536`,
    `2 validation errors detected: Value '${canary}' at 'secretString' failed to satisfy constraint: too long; Value '${canary}' at 'name' failed to satisfy constraint: too long`,
    `Invalid value "${canary}"`,
    `Value '${canary}' it's' at 'secretString' failed`,
  ])('is the value that a validation message quotes', (errorMessage) => {
    const event = normalised(apiCall('PutSecretValue', { errorCode: 'ValidationException', errorMessage }));
    expect(JSON.stringify(event)).not.toContain(canary);
    expect(event.status_detail).toContain('(redacted)');
  });

  it('is what makes an event large', () => {
    const event = normalised(
      apiCall('BatchGetSecretValue', {
        userAgent: 'x'.repeat(10_000),
        requestParameters: {
          filters: [{ key: 'tag-key', values: ['!no-such-tag', 'y'.repeat(10_000)] }],
          secretIdList: Array.from({ length: 500 }, (_, index) => `dev/payments/secret-${index}`),
        },
      }),
    );
    expect(event.http_request?.user_agent).toHaveLength(512);
    expect(JSON.parse(event.api.request?.data ?? '')).toMatchObject({
      filters: [{ key: 'tag-key', values: ['!no-such-tag', expect.anything()] }],
    });
    expect(JSON.stringify(event.api.request).length).toBeLessThan(5_000);
  });
});

describe('a message that is no audit event', () => {
  const types = 'AWS API Call via CloudTrail, AWS Service Event via CloudTrail, Secret Label Updated';

  it.each([
    ['hello', 'The message is not valid JSON'],
    ['[]', 'The message is not valid: it is an array and must be an object'],
    ['{"detail": {}}', `The message is not valid: detail-type is missing and must be one of ${types}`],
    [
      { 'detail-type': 'EC2 Instance State-change Notification', detail: {} },
      `The message is not valid: detail-type must be one of ${types}`,
    ],
    [
      { 'detail-type': 'AWS API Call via CloudTrail' },
      'The message is not valid: detail is missing and must be an object',
    ],
    [eventBridge(apiCall('')), 'detail.eventName must be a text that is not empty'],
    [
      eventBridge(apiCall('RunInstances', { eventSource: 'ec2.amazonaws.com' })),
      `detail.eventSource must be one of ${auditedSources.join(', ')}`,
    ],
    [
      eventBridge(apiCall('GetObject', { eventSource: 's3.amazonaws.com' })),
      'detail.eventName must be a call of s3.amazonaws.com that is audited',
    ],
    [
      eventBridge(apiCall('GetSecretValue', { eventTime: 'noon' })),
      'detail.eventTime must be a date and time in ISO 8601',
    ],
    [eventBridge(apiCall('GetSecretValue', { eventID: 7 })), 'detail.eventID must be a text that is not empty'],
    [
      labelUpdated({ detail: { name: 'dev/payments/orders-db' } }),
      'detail.labelUpdated must be a text that is not empty',
    ],
  ])('%j is refused by name', (message, expected) => {
    const body = typeof message === 'string' ? message : JSON.stringify(message);
    expect(() => normalise(body)).toThrow(
      expect.objectContaining({ name: 'InvalidEvent', message: expected }) as Error,
    );
  });

  it('is refused without a word of what it says', () => {
    expect(() => normalise(`{"password": "${canary}"`)).toThrow(/^The message is not valid JSON$/);
  });
});
