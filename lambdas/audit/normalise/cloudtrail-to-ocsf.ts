/** A CloudTrail record, as EventBridge delivers it or a trail's file has it, as OCSF API Activity. */
import { isIP } from 'node:net';
import { InvalidEvent } from '../../runtime/invalid-event.ts';
import { classification, type ApiActivity } from './api-activity.ts';
import { actorName, actorOf } from './cloudtrail-actor.ts';
import { cleanText } from './clean-text.ts';
import { withoutQuotedValues } from './error-message.ts';
import { defined, fields, requiredId, requiredText, requiredTime, text, type Fields } from './event-reader.ts';
import {
  awsCloud,
  ocsfVersion,
  type OcsfApi,
  type OcsfEndpoint,
  type OcsfMetadata,
  type OcsfResource,
  type OcsfStatus,
} from './ocsf-objects.ts';
import { guardingOperations } from './guarding-operations.ts';
import { operationOf, severityOf } from './operations.ts';
import { policyReach } from './policy-reach.ts';
import { requestData, responseData } from './request-data.ts';
import { selectorReach } from './selector-reach.ts';
import { otherResourcesOf, secretsOf } from './secret-resource.ts';
import { auditedSources } from './services.ts';

/** Where a record was found: it counts if the record itself does not say. */
export interface RecordOrigin {
  readonly account?: string;
  readonly region?: string;
}

/** @throws InvalidEvent if the record lacks what every record has, or is of a service that is not audited. */
export const cloudTrailToOcsf = (detail: Fields, origin: RecordOrigin = {}): ApiActivity => {
  const operation = cleanText(requiredText(detail, 'eventName', 'detail.eventName'), 128);
  const service = requiredText(detail, 'eventSource', 'detail.eventSource');
  if (!auditedSources.includes(service)) {
    throw new InvalidEvent(`detail.eventSource must be one of ${auditedSources.join(', ')}`);
  }
  if (guardingOperations.get(service)?.has(operation) === false) {
    throw new InvalidEvent(`detail.eventName must be a call of ${service} that is audited`);
  }
  const { original, time } = requiredTime(detail, 'eventTime', 'detail.eventTime');
  const eventId = requiredId(detail, 'eventID', 'detail.eventID');
  const errorCode = text(detail, 'errorCode', 256);
  const errorMessage = detail['errorMessage'];
  const reason = typeof errorMessage === 'string' ? withoutQuotedValues(errorMessage) : undefined;
  const row = operationOf(service, operation);
  const status: OcsfStatus = errorCode === undefined && !row.failed ? 'Success' : 'Failure';
  const actor = actorOf(detail);
  const { secrets, more } = secretsOf(detail);
  const userAgent = text(detail, 'userAgent', 512);
  return defined<ApiActivity>({
    ...classification(row.activity, severityOf(row, errorCode), status, operation),
    time,
    status_code: errorCode,
    status_detail: reason,
    message: messageOf(operation, secrets, more, actorName(actor), errorCode ?? status),
    actor,
    api: apiOf(detail, operation, service, eventId, errorCode, reason),
    src_endpoint: endpointOf(detail),
    http_request: userAgent === undefined ? undefined : { user_agent: userAgent },
    cloud: awsCloud(accountOf(detail, origin), regionOf(detail, origin)),
    resources: [...secrets, ...otherResourcesOf(detail)],
    metadata: metadataOf(detail, eventId, original),
    unmapped: unmappedOf(detail, more),
  });
};

const accountOf = (detail: Fields, origin: RecordOrigin): string =>
  text(detail, 'recipientAccountId', 128) ??
  text(fields(detail, 'userIdentity'), 'accountId', 128) ??
  origin.account ??
  requiredText(detail, 'recipientAccountId', 'detail.recipientAccountId');

const regionOf = (detail: Fields, origin: RecordOrigin): string =>
  text(detail, 'awsRegion', 128) ?? origin.region ?? requiredText(detail, 'awsRegion', 'detail.awsRegion');

const mostNamed = 10;

const messageOf = (
  operation: string,
  secrets: readonly OcsfResource[],
  more: number,
  actor: string,
  outcome: string,
): string => {
  const names = secrets.slice(0, mostNamed).map(({ name }) => name ?? 'unknown');
  const others = secrets.length + more - names.length;
  const of = names.length > 0 ? ` of ${names.join(', ')}${others > 0 ? ` and ${others} more` : ''}` : '';
  return `${operation}${of} by ${actor}: ${outcome}`;
};

const apiOf = (
  detail: Fields,
  operation: string,
  service: string,
  eventId: string,
  error: string | undefined,
  reason: string | undefined,
): OcsfApi => {
  const data = responseData(detail);
  return defined<OcsfApi>({
    operation,
    service: { name: service },
    request: defined({ uid: text(detail, 'requestID', 512) ?? eventId, data: requestData(detail) }),
    response:
      error === undefined && data === undefined
        ? undefined
        : defined({ error, error_message: error === undefined ? undefined : reason, data }),
  });
};

/** OCSF allows 40 characters for an address. */
const longestAddress = 40;

const endpointOf = (detail: Fields): OcsfEndpoint => {
  const source = text(detail, 'sourceIPAddress', 512);
  const isAddress = source !== undefined && source.length <= longestAddress && isIP(source) !== 0;
  return defined<OcsfEndpoint>({
    ip: isAddress ? source : undefined,
    svc_name: isAddress ? undefined : (source ?? 'unknown'),
    uid: text(detail, 'vpcEndpointId', 128),
  });
};

const metadataOf = (detail: Fields, uid: string, originalTime: string): OcsfMetadata => ({
  version: ocsfVersion,
  profiles: ['cloud'],
  uid,
  event_code: text(detail, 'eventType', 128) ?? 'AwsApiCall',
  log_name: text(detail, 'eventCategory', 128) ?? 'Management',
  log_provider: 'AWS CloudTrail',
  original_time: originalTime,
  product: defined({ name: 'CloudTrail', vendor_name: 'AWS' as const, version: text(detail, 'eventVersion', 64) }),
});

const unmappedOf = (detail: Fields, more: number): ApiActivity['unmapped'] => {
  // The id that the records of one cross-account call share.
  const sharedEventID = text(detail, 'sharedEventID', 128);
  // The person behind a role, if the identity was propagated.
  const onBehalfOf = text(fields(fields(detail, 'userIdentity'), 'onBehalfOf'), 'userId', 512);
  const moreSecrets = more > 0 ? String(more) : undefined;
  const request = fields(detail, 'requestParameters');
  const policy = text(request, 'resourcePolicy');
  const found = defined<Record<string, string>>({
    sharedEventID,
    onBehalfOf,
    moreSecrets,
    policyReach: policy === undefined ? undefined : policyReach(policy, text(detail, 'recipientAccountId') ?? ''),
    selectorReach: detail['eventName'] === 'PutEventSelectors' ? selectorReach(request) : undefined,
    // Written as text. It is a person at the console, whatever the role.
    fromConsole: text(detail, 'sessionCredentialFromConsole', 8) === 'true' ? 'true' : undefined,
  });
  return Object.keys(found).length > 0 ? found : undefined;
};
