import { describe, expect, it } from 'vitest';
import { busEventOf, isAuditRecord, keyGovernanceCalls } from '../../../lib/contract/index.ts';
import {
  type JsonRecord,
  account,
  apiCall,
  deniedCall,
  kmsDecrypt,
  ordersDb,
  region,
  serviceEvent,
} from '../../_fixtures/cloudtrail.ts';

const secrets = [`arn:aws:secretsmanager:${region}:${account}:secret:dev/`];
const kms = (eventName: string, more: Record<string, unknown> = {}) =>
  apiCall(eventName, { eventSource: 'kms.amazonaws.com', ...more });
const decryptFor = (encryptionContext: unknown) =>
  kmsDecrypt({ requestParameters: { encryptionAlgorithm: 'SYMMETRIC_DEFAULT', encryptionContext } });

describe('a record of the trail that is an audit event', () => {
  it.each<[string, JsonRecord]>([
    ['a read', apiCall('GetSecretValue')],
    ['a refused read', deniedCall('GetSecretValue')],
    ['a rotation', serviceEvent('RotationSucceeded')],
    ['a grant on a key that somebody gives', kms('CreateGrant')],
    ['a call of Secrets Manager that no one knows yet', apiCall('SomethingNew', { eventType: 'AwsSomethingNew' })],
    ['a decryption for a secret of the environment', kmsDecrypt()],
    ...keyGovernanceCalls.map((name): [string, JsonRecord] => [name, kms(name)]),
  ])('%s', (_, record) => {
    expect(isAuditRecord(record, secrets)).toBe(true);
  });
});

describe('a record of the trail that is not an audit event', () => {
  it.each([
    ['of another service', apiCall('GetObject', { eventSource: 's3.amazonaws.com' })],
    ['a decryption for a secret of another environment', decryptFor({ SecretARN: ordersDb.replace('dev/', 'prod/') })],
    ['a decryption for something else', decryptFor({ purpose: 'files' })],
    [
      'a grant on a key that a service takes',
      kms('CreateGrant', { userIdentity: { type: 'AssumedRole', invokedBy: 'ec2.amazonaws.com' } }),
    ],
    ['a decryption without a context', decryptFor(undefined)],
    ['a decryption whose context is a text', decryptFor(ordersDb)],
    ['a decryption whose context has a list', decryptFor({ SecretARN: [ordersDb] })],
    ['a decryption without parameters', kmsDecrypt({ requestParameters: null })],
    ['another use of a key', kms('GenerateDataKey')],
    ['an event of KMS itself', kms('PutKeyPolicy', { eventType: 'AwsServiceEvent' })],
    ['an insight into calls of Secrets Manager', apiCall('GetSecretValue', { eventCategory: 'Insight' })],
    ['a record without a source', apiCall('GetSecretValue', { eventSource: undefined })],
    ['a record whose source is a list', apiCall('GetSecretValue', { eventSource: ['secretsmanager.amazonaws.com'] })],
  ])('%s', (_, record) => {
    expect(isAuditRecord(record, secrets)).toBe(false);
  });
});

it('gives a record as EventBridge delivers it', () => {
  const record = serviceEvent('RotationFailed');
  expect(busEventOf(record)).toEqual({
    version: '0',
    'detail-type': 'AWS Service Event via CloudTrail',
    source: 'aws.secretsmanager',
    account,
    time: record['eventTime'],
    region,
    resources: [],
    detail: record,
  });
});
