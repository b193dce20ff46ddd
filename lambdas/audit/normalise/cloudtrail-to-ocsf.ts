/** A CloudTrail record, as EventBridge delivers it, as OCSF API Activity. */
import { isIP } from 'node:net';
import { actorName, actorOf } from './cloudtrail-actor.ts';
import { defined, fields, requiredText, requiredTime, text, truncate, type Fields } from './event-reader.ts';
import { InvalidEvent } from '../../runtime/invalid-event.ts';
import {
  awsAccount,
  classification,
  ocsfVersion,
  type ApiActivity,
  type OcsfApi,
  type OcsfEndpoint,
  type OcsfMetadata,
  type OcsfStatus,
} from './ocsf.ts';
import { activityOf, failedServiceEvents, severityOf } from './operations.ts';
import { requestData, withoutQuotedValues } from './request-data.ts';
import { otherResourcesOf, secretsOf } from './secret-resource.ts';

const services: ReadonlySet<string> = new Set(['secretsmanager.amazonaws.com', 'kms.amazonaws.com']);

/** @throws InvalidEvent if the record lacks what every record has, or is of a service that is not audited. */
export const cloudTrailToOcsf = (detail: Fields): ApiActivity => {
  const operation = requiredText(detail, 'eventName', 'detail.eventName');
  const service = requiredText(detail, 'eventSource', 'detail.eventSource');
  if (!services.has(service)) {
    throw new InvalidEvent(`detail.eventSource must be one of ${[...services].join(', ')}`);
  }
  const { original, time } = requiredTime(detail, 'eventTime', 'detail.eventTime');
  const eventId = requiredText(detail, 'eventID', 'detail.eventID');
  const account =
    text(detail, 'recipientAccountId') ??
    requiredText(fields(detail, 'userIdentity'), 'accountId', 'detail.userIdentity.accountId');
  const errorCode = text(detail, 'errorCode');
  const errorMessage = text(detail, 'errorMessage');
  const detailText = errorMessage === undefined ? undefined : withoutQuotedValues(errorMessage);
  const status: OcsfStatus = errorCode === undefined && !failedServiceEvents.has(operation) ? 'Success' : 'Failure';
  const actor = actorOf(fields(detail, 'userIdentity'));
  const secrets = secretsOf(detail);
  const userAgent = text(detail, 'userAgent');
  return defined<ApiActivity>({
    ...classification(activityOf(operation), severityOf(operation, errorCode), status, operation),
    time,
    status_code: errorCode,
    status_detail: detailText,
    message: message(
      operation,
      secrets.map(({ name }) => name ?? 'unknown'),
      actorName(actor),
      errorCode ?? status,
    ),
    actor,
    api: apiOf(detail, operation, service, eventId, detailText),
    src_endpoint: endpointOf(detail),
    http_request: userAgent === undefined ? undefined : { user_agent: truncate(userAgent, 512) },
    cloud: {
      provider: 'AWS',
      region: requiredText(detail, 'awsRegion', 'detail.awsRegion'),
      account: awsAccount(account),
    },
    resources: [...secrets, ...otherResourcesOf(detail)],
    metadata: metadataOf(detail, eventId, original),
    unmapped: unmappedOf(detail),
  });
};

const message = (operation: string, secrets: readonly string[], actor: string, outcome: string): string =>
  `${operation}${secrets.length > 0 ? ` of ${secrets.join(', ')}` : ''} by ${actor}: ${outcome}`;

const apiOf = (
  detail: Fields,
  operation: string,
  service: string,
  eventId: string,
  errorMessage: string | undefined,
): OcsfApi => {
  const errorCode = text(detail, 'errorCode');
  return defined<OcsfApi>({
    operation,
    service: { name: service },
    request: defined({ uid: text(detail, 'requestID') ?? eventId, data: requestData(detail) }),
    response: errorCode === undefined ? undefined : defined({ error: errorCode, error_message: errorMessage }),
  });
};

const endpointOf = (detail: Fields): OcsfEndpoint => {
  const source = text(detail, 'sourceIPAddress');
  const isAddress = source !== undefined && isIP(source) !== 0;
  return defined<OcsfEndpoint>({
    ip: isAddress ? source : undefined,
    svc_name: isAddress ? undefined : (source ?? 'unknown'),
    uid: text(detail, 'vpcEndpointId'),
  });
};

const metadataOf = (detail: Fields, uid: string, originalTime: string): OcsfMetadata => ({
  version: ocsfVersion,
  profiles: ['cloud'],
  uid,
  event_code: text(detail, 'eventType') ?? 'AwsApiCall',
  log_name: text(detail, 'eventCategory') ?? 'Management',
  log_provider: 'AWS CloudTrail',
  original_time: originalTime,
  product: defined({ name: 'CloudTrail', vendor_name: 'AWS' as const, version: text(detail, 'eventVersion') }),
});

/** The id that the records of one cross-account call share. */
const unmappedOf = (detail: Fields): ApiActivity['unmapped'] => {
  const sharedEventId = text(detail, 'sharedEventID');
  return sharedEventId === undefined ? undefined : { sharedEventID: sharedEventId };
};
