import * as kms from '@aws-sdk/client-kms';
import * as secretsManager from '@aws-sdk/client-secrets-manager';
import { describe, expect, it } from 'vitest';
import { auditOperations } from '../../../../lib/contract/index.ts';
import { normalise, normaliseRecord } from '../../../../lambdas/audit/normalise/normalise.ts';
import {
  operationOf,
  operations,
  severityOf,
  unknownOperations,
} from '../../../../lambdas/audit/normalise/operations.ts';
import { account, apiCall, eventBridge, region } from '../../../_fixtures/cloudtrail.ts';
import { ocsfProblems } from '../../../_helpers/ocsf-problems.ts';

const commandsOf = (client: object): readonly string[] =>
  Object.keys(client)
    .filter((name) => /^[A-Z]\w*Command$/.test(name))
    .map((name) => name.replace(/Command$/, ''))
    .sort();

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/cloudtrail_log_entries.html */
const secretsManagerServiceEvents = [
  'CancelSecretVersionDelete',
  'EndSecretVersionDelete',
  'ReplicationFailed',
  'ReplicationStarted',
  'ReplicationSucceeded',
  'RotationAbandoned',
  'RotationFailed',
  'RotationStarted',
  'RotationSucceeded',
  'SecretVersionDeletion',
  'StartSecretVersionDelete',
  'TestRotationFailed',
  'TestRotationStarted',
  'TestRotationSucceeded',
];

/** https://docs.aws.amazon.com/kms/latest/developerguide/understanding-kms-entries.html */
const kmsServiceEvents = ['DeleteExpiredKeyMaterial', 'DeleteKey', 'RotateKey', 'SynchronizeMultiRegionKey'];

describe('the table of event names', () => {
  it('has the names that a filter of the catalog can have, and the classes of events without an operation', () => {
    const names = new Set([...operations.values()].flatMap((rows) => [...rows.keys()]));
    const classes = ['Authentication', 'Compliance Finding', 'Detection Finding'];
    expect([...auditOperations].sort()).toEqual([...names, ...classes].sort());
  });

  it.each([
    [
      'secretsmanager.amazonaws.com',
      [...commandsOf(secretsManager), ...secretsManagerServiceEvents, 'Secret Label Updated'],
    ],
    ['kms.amazonaws.com', [...commandsOf(kms), ...kmsServiceEvents]],
    ['strongroom', ['Strongroom Audit Heartbeat']],
  ])('of %s has each operation of the SDK and each event of the service, and no other', (service, names) => {
    expect(names.length).toBeGreaterThan(0);
    expect([...(operations.get(service)?.keys() ?? [])].sort()).toEqual([...names].sort());
  });

  it('gives every name of AWS an event that fits the schema', () => {
    for (const [eventSource, names] of operations) {
      if (eventSource === 'strongroom') continue;
      for (const [eventName, { activity, failed }] of names) {
        const event = normaliseRecord(apiCall(eventName, { eventSource }), { account, region });
        expect(ocsfProblems(event), eventName).toEqual([]);
        expect(event.type_name).toBe(`API Activity: ${activity}`);
        expect(event.status).toBe(failed ? 'Failure' : 'Success');
      }
    }
  });

  it.each([
    ['secretsmanager.amazonaws.com', 'GetSecretValue', 'Informational'],
    ['secretsmanager.amazonaws.com', 'PutResourcePolicy', 'Low'],
    ['secretsmanager.amazonaws.com', 'DeleteSecret', 'Medium'],
    ['secretsmanager.amazonaws.com', 'RotationFailed', 'High'],
    ['kms.amazonaws.com', 'Decrypt', 'Informational'],
    ['kms.amazonaws.com', 'CreateGrant', 'Low'],
    ['kms.amazonaws.com', 'DisableKey', 'Medium'],
  ])('%s %s is %s if it succeeds, Medium if the caller is refused, Low if it fails otherwise', (service, name, own) => {
    const operation = operationOf(service, name);
    expect(severityOf(operation, undefined)).toBe(own);
    expect(severityOf(operation, 'AccessDeniedException')).toBe('Medium');
    expect(severityOf(operation, 'ThrottlingException')).toBe('Low');
  });
});

describe('a name that is not in the table', () => {
  const later = normaliseRecord(apiCall('ShareSecretByCourier'), { account, region });

  it('is Other with its own name, and fits the schema', () => {
    expect(later).toMatchObject({
      activity_id: 99,
      activity_name: 'ShareSecretByCourier',
      type_uid: 600_399,
      severity: 'Informational',
    });
    expect(ocsfProblems(later)).toEqual([]);
  });

  it('of another service is not taken for a known one', () => {
    const event = normaliseRecord(apiCall('GetSecretValue', { eventSource: 'kms.amazonaws.com' }), { account, region });
    expect(event.activity_id).toBe(99);
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])('%s is nothing but a name', (eventName) => {
    const event = normaliseRecord(apiCall(eventName), { account, region });
    expect(event).toMatchObject({ activity_id: 99, activity_name: eventName });
    expect(ocsfProblems(event)).toEqual([]);
    expect(unknownOperations([event])).toEqual(Object.fromEntries([[`secretsmanager.amazonaws.com ${eventName}`, 1]]));
  });

  it('is counted, at most 20 names', () => {
    const known = normaliseRecord(apiCall('GetSecretValue'), { account, region });
    expect(unknownOperations([known])).toBeUndefined();
    expect(unknownOperations([later, known, later])).toEqual({
      'secretsmanager.amazonaws.com ShareSecretByCourier': 2,
    });
    const many = Array.from({ length: 50 }, (_, index) => normaliseRecord(apiCall(`New${index}`), { account, region }));
    expect(Object.keys(unknownOperations(many) ?? {})).toHaveLength(20);
  });
});

describe('an event of the project', () => {
  const heartbeat = {
    ...eventBridge({ environment: 'prod' }),
    source: 'strongroom.audit',
    'detail-type': 'Strongroom Audit Heartbeat',
    time: '2026-11-21T10:15:00Z',
  };

  it('names what it is and of which environment', () => {
    const event = normalise(JSON.stringify(heartbeat));
    expect(ocsfProblems(event)).toEqual([]);
    expect(event).toMatchObject({
      activity_id: 99,
      activity_name: 'Strongroom Audit Heartbeat',
      message: 'Strongroom Audit Heartbeat of prod',
      actor: { invoked_by: 'strongroom' },
      metadata: { log_provider: 'Amazon EventBridge', product: { name: 'Strongroom' } },
      unmapped: { environment: 'prod' },
    });
    expect(unknownOperations([event])).toBeUndefined();
  });

  it('of a kind that is not known yet is kept, and counted', () => {
    const event = normalise(
      JSON.stringify({ ...heartbeat, 'detail-type': 'Strongroom Lease Issued', detail: { secretId: 'prod/x/y' } }),
    );
    expect(ocsfProblems(event)).toEqual([]);
    expect(event).toMatchObject({ activity_id: 99, resources: [{ name: 'prod/x/y' }] });
    expect(unknownOperations([event])).toEqual({ 'strongroom Strongroom Lease Issued': 1 });
  });

  it('from another source is refused', () => {
    expect(() => normalise(JSON.stringify({ ...heartbeat, source: 'com.example' }))).toThrow(
      'source of an event of the project must be strongroom, or begin with strongroom.',
    );
  });
});
