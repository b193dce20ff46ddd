/**
 * CloudTrail records, version 1.11 of their format:
 * https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
 */
import { randomUUID } from 'node:crypto';

import type { EndedCall } from '../pipeline.ts';
import type { AwsRequest } from '../request.ts';
import type { RotationServiceEvent } from '../rotation/rotation-run.ts';
import type { DeletionEvent, KeyUse, LabelMoved } from '../services/secrets-manager/secrets-context.ts';
import { isManagementEvent, isReadOnly } from './event-kinds.ts';
import { requestParametersOf, responseElementsOf, withoutSecrets } from './parameters.ts';
import { userIdentityOf, type UserIdentity } from './user-identity.ts';

export interface TrailRecord {
  readonly eventVersion: string;
  readonly userIdentity: UserIdentity;
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestParameters: Readonly<Record<string, unknown>> | null;
  readonly responseElements: Readonly<Record<string, unknown>> | null;
  readonly additionalEventData?: Readonly<Record<string, unknown>>;
  readonly requestID: string;
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly resources?: readonly { readonly accountId: string; readonly type: string; readonly ARN: string }[];
  readonly eventType: 'AwsApiCall' | 'AwsServiceEvent';
  readonly managementEvent: boolean;
  readonly recipientAccountId: string;
  readonly eventCategory: 'Management' | 'Data';
}

/** The record of a call, answered, refused or failed. */
export const callRecord = ({ request, response, error }: EndedCall, sessionStart: number): TrailRecord => {
  const readOnly = isReadOnly(request.service, request.operation);
  const managementEvent = isManagementEvent(request.service, request.operation);
  const byService = request.caller.kind === 'service' ? request.caller.service : undefined;
  return {
    eventVersion: '1.11',
    userIdentity: userIdentityOf(request.caller, sessionStart),
    eventTime: eventTime(request.receivedAt),
    eventSource: `${request.service}.amazonaws.com`,
    eventName: request.operation,
    awsRegion: request.region,
    sourceIPAddress: byService ?? '127.0.0.1',
    userAgent: byService ?? request.headers['user-agent'] ?? '',
    ...(error && {
      errorCode: trailErrorCode(error.code),
      errorMessage: withoutSecrets(error.message, request),
    }),
    requestParameters: requestParametersOf(request.service, request.input),
    responseElements: error || readOnly ? null : responseElementsOf(request, response),
    requestID: request.requestId,
    eventID: randomUUID(),
    readOnly,
    eventType: 'AwsApiCall',
    managementEvent,
    recipientAccountId: request.caller.account,
    eventCategory: managementEvent ? 'Management' : 'Data',
  };
};

/** What KMS records when Secrets Manager uses a key for the caller of `request`. */
export const keyUseRecord = (request: AwsRequest, use: KeyUse, keyArn: string, sessionStart: number): TrailRecord => {
  const service = 'secretsmanager.amazonaws.com';
  return {
    eventVersion: '1.11',
    userIdentity: { ...userIdentityOf(request.caller, sessionStart), invokedBy: service },
    eventTime: eventTime(request.receivedAt),
    eventSource: 'kms.amazonaws.com',
    eventName: use.operation,
    awsRegion: use.region,
    sourceIPAddress: service,
    userAgent: service,
    requestParameters: {
      ...(use.operation === 'Decrypt'
        ? { encryptionAlgorithm: 'SYMMETRIC_DEFAULT' }
        : { keyId: keyArn, keySpec: 'AES_256' }),
      encryptionContext: { SecretARN: use.secretArn, SecretVersionId: use.versionId },
    },
    responseElements: null,
    requestID: randomUUID(),
    eventID: randomUUID(),
    readOnly: true,
    resources: [{ accountId: use.account, type: 'AWS::KMS::Key', ARN: keyArn }],
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: use.account,
    eventCategory: 'Management',
  };
};

/** An event that Secrets Manager raises by itself. */
export const serviceEventRecord = (event: RotationServiceEvent | DeletionEvent, at: number): TrailRecord => {
  const service = 'secretsmanager.amazonaws.com';
  const isRotation = event.eventName.includes('Rotation');
  return {
    eventVersion: '1.11',
    userIdentity: { accountId: event.account, invokedBy: service },
    eventTime: eventTime(at),
    eventSource: service,
    eventName: event.eventName,
    awsRegion: event.region,
    sourceIPAddress: service,
    userAgent: service,
    ...('errorMessage' in event && { errorMessage: event.errorMessage }),
    requestParameters: null,
    responseElements: null,
    additionalEventData: {
      SecretId: event.secretArn,
      ...(!isRotation && { SecretVersionId: event.versionId }),
    },
    requestID: isRotation ? `Rotation-${event.secretArn}-${event.versionId}` : randomUUID(),
    eventID: randomUUID(),
    readOnly: false,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: event.account,
    eventCategory: 'Management',
  };
};

/** An event as EventBridge carries it. */
export interface BusEvent {
  readonly version: '0';
  readonly id: string;
  readonly 'detail-type': string;
  readonly source: string;
  readonly account: string;
  readonly time: string;
  readonly region: string;
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
}

export const trailBusEvent = (record: TrailRecord): BusEvent => ({
  version: '0',
  id: randomUUID(),
  'detail-type': record.eventType === 'AwsApiCall' ? 'AWS API Call via CloudTrail' : 'AWS Service Event via CloudTrail',
  source: `aws.${record.eventSource.replace('.amazonaws.com', '')}`,
  account: record.recipientAccountId,
  time: record.eventTime,
  region: record.awsRegion,
  resources: [],
  detail: { ...record },
});

/** https://docs.aws.amazon.com/secretsmanager/latest/userguide/monitoring-eventbridge.html */
export const labelBusEvent = (moved: LabelMoved, at: number): BusEvent => ({
  version: '0',
  id: randomUUID(),
  'detail-type': 'Secret Label Updated',
  source: 'aws.secretsmanager',
  account: moved.account,
  time: eventTime(at),
  region: moved.region,
  resources: [moved.secretArn],
  detail: { name: moved.secretName, labelUpdated: moved.label, versionId: moved.versionId },
});

const eventTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

/** CloudTrail uses one code for a refusal, not that of the service. */
const trailErrorCode = (code: string): string => (code === 'AccessDeniedException' ? 'AccessDenied' : code);
