/**
 * CloudTrail records in the shapes that AWS documents and delivers, wrapped as EventBridge wraps them:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
import type { SQSEvent, SQSRecord } from 'aws-lambda';

export const account = '111122223333';
export const region = 'eu-west-1';
export const ordersDb = `arn:aws:secretsmanager:${region}:${account}:secret:dev/payments/orders-db-a1B2c3`;
export const keyArn = `arn:aws:kms:${region}:${account}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
export const apiRole = `arn:aws:iam::${account}:role/dev-payments-api`;

export type JsonRecord = Record<string, unknown>;

let counter = 0;
const uuid = () => `00000000-0000-4000-8000-${String((counter += 1)).padStart(12, '0')}`;

export const roleIdentity: JsonRecord = {
  type: 'AssumedRole',
  principalId: 'AROAEXAMPLEEXAMPLE123:task-4711',
  arn: `arn:aws:sts::${account}:assumed-role/dev-payments-api/task-4711`,
  accountId: account,
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  sessionContext: {
    sessionIssuer: {
      type: 'Role',
      principalId: 'AROAEXAMPLEEXAMPLE123',
      arn: apiRole,
      accountId: account,
      userName: 'dev-payments-api',
    },
    attributes: { creationDate: '2026-11-21T09:00:00Z', mfaAuthenticated: 'false' },
  },
};

export const apiCall = (eventName: string, more: JsonRecord = {}): JsonRecord => ({
  eventVersion: '1.11',
  userIdentity: roleIdentity,
  eventTime: '2026-11-21T10:15:30Z',
  eventSource: 'secretsmanager.amazonaws.com',
  eventName,
  awsRegion: region,
  sourceIPAddress: '192.0.2.10',
  userAgent: 'aws-sdk-js/3.1162.0 ua/2.1 os/linux lang/js md/nodejs#24.1.0 api/secrets-manager#3.1162.0',
  requestParameters: { secretId: ordersDb },
  responseElements: null,
  requestID: uuid(),
  eventID: uuid(),
  readOnly: /^(?:Get|BatchGet|List|Describe)/.test(eventName),
  eventType: 'AwsApiCall',
  managementEvent: true,
  recipientAccountId: account,
  eventCategory: 'Management',
  tlsDetails: {
    tlsVersion: 'TLSv1.3',
    cipherSuite: 'TLS_AES_128_GCM_SHA256',
    clientProvidedHostHeader: `secretsmanager.${region}.amazonaws.com`,
  },
  ...more,
});

export const deniedCall = (eventName: string, more: JsonRecord = {}): JsonRecord =>
  apiCall(eventName, {
    errorCode: 'AccessDenied',
    errorMessage: `User: arn:aws:sts::${account}:assumed-role/dev-payments-api/task-4711 is not authorized to perform: secretsmanager:${eventName} on resource: ${ordersDb} with an explicit deny in a resource-based policy`,
    requestParameters: null,
    ...more,
  });

/** An event that Secrets Manager raises by itself. */
export const serviceEvent = (eventName: string, more: JsonRecord = {}): JsonRecord => ({
  eventVersion: '1.08',
  userIdentity: { accountId: account, invokedBy: 'secretsmanager.amazonaws.com' },
  eventTime: '2026-11-21T10:15:31Z',
  eventSource: 'secretsmanager.amazonaws.com',
  eventName,
  awsRegion: region,
  sourceIPAddress: 'secretsmanager.amazonaws.com',
  userAgent: 'secretsmanager.amazonaws.com',
  requestParameters: null,
  responseElements: null,
  additionalEventData: { SecretId: ordersDb },
  requestID: `Rotation-${ordersDb}-7ac47c8c-f328-423b-9698-6926dd1f293e`,
  eventID: uuid(),
  readOnly: false,
  eventType: 'AwsServiceEvent',
  managementEvent: true,
  recipientAccountId: account,
  eventCategory: 'Management',
  ...more,
});

/** What KMS records when Secrets Manager decrypts a value for a reader. */
export const kmsDecrypt = (more: JsonRecord = {}): JsonRecord =>
  apiCall('Decrypt', {
    userIdentity: { ...roleIdentity, invokedBy: 'secretsmanager.amazonaws.com' },
    eventSource: 'kms.amazonaws.com',
    sourceIPAddress: 'secretsmanager.amazonaws.com',
    userAgent: 'secretsmanager.amazonaws.com',
    requestParameters: {
      encryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      encryptionContext: { SecretARN: ordersDb, SecretVersionId: '0a8f7b5c-1d2e-4f3a-9b8c-7d6e5f4a3b2c' },
    },
    readOnly: true,
    resources: [{ accountId: account, type: 'AWS::KMS::Key', ARN: keyArn }],
    tlsDetails: undefined,
    ...more,
  });

export const eventBridge = (detail: JsonRecord): JsonRecord => ({
  version: '0',
  id: uuid(),
  'detail-type':
    detail['eventType'] === 'AwsServiceEvent' ? 'AWS Service Event via CloudTrail' : 'AWS API Call via CloudTrail',
  source: detail['eventSource'] === 'kms.amazonaws.com' ? 'aws.kms' : 'aws.secretsmanager',
  account,
  time: detail['eventTime'],
  region,
  resources: [],
  detail,
});

export const labelUpdated = (more: JsonRecord = {}): JsonRecord => ({
  version: '0',
  id: uuid(),
  'detail-type': 'Secret Label Updated',
  source: 'aws.secretsmanager',
  account,
  time: '2026-11-21T10:15:32Z',
  region,
  resources: [ordersDb],
  detail: {
    name: 'dev/payments/orders-db',
    labelUpdated: 'AWSCURRENT',
    versionId: '0a8f7b5c-1d2e-4f3a-9b8c-7d6e5f4a3b2c',
  },
  ...more,
});

/** A batch of the queue: one message a body, `message-0`, `message-1`… */
export const sqsBatch = (...bodies: readonly unknown[]): SQSEvent => ({
  Records: bodies.map((body, index): SQSRecord => ({
    messageId: `message-${index}`,
    receiptHandle: 'AQEB',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: {
      ApproximateReceiveCount: '1',
      SentTimestamp: String(Date.now()),
      SenderId: 'AIDAIENQZJOLO23YVJ4VO',
      ApproximateFirstReceiveTimestamp: '1795256130001',
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: `arn:aws:sqs:${region}:${account}:strongroom-dev-audit`,
    awsRegion: region,
  })),
});
