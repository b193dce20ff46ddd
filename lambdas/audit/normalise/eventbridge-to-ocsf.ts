/** An event that EventBridge has from its source, without CloudTrail, as OCSF API Activity. */
import { classification, type ApiActivity } from './api-activity.ts';
import { cleanText } from './clean-text.ts';
import { defined, list, requiredId, requiredText, requiredTime, type Fields } from './event-reader.ts';
import { awsCloud, ocsfVersion, type OcsfMetadata, type OcsfResource } from './ocsf-objects.ts';
import { operationOf, severityOf } from './operations.ts';

export interface EventBridgeParts {
  readonly service: string;
  readonly message: string;
  readonly resources: readonly OcsfResource[];
  readonly product: OcsfMetadata['product'];
  readonly unmapped: ApiActivity['unmapped'];
}

/** @throws InvalidEvent if the event lacks what every event of EventBridge has. */
export const eventBridgeToOcsf = (event: Fields, parts: EventBridgeParts): ApiActivity => {
  const { service, message, resources, product, unmapped } = parts;
  const { original, time } = requiredTime(event, 'time');
  const uid = requiredId(event, 'id');
  const operation = cleanText(requiredText(event, 'detail-type'), 128);
  const row = operationOf(service, operation);
  return defined<ApiActivity>({
    ...classification(row.activity, severityOf(row, undefined), row.failed ? 'Failure' : 'Success', operation),
    time,
    status_code: undefined,
    status_detail: undefined,
    message,
    actor: { invoked_by: service },
    api: { operation, service: { name: service }, request: { uid } },
    src_endpoint: { svc_name: service },
    http_request: undefined,
    cloud: awsCloud(requiredText(event, 'account'), requiredText(event, 'region')),
    resources,
    metadata: {
      version: ocsfVersion,
      profiles: ['cloud'],
      uid,
      event_code: operation,
      log_provider: 'Amazon EventBridge',
      original_time: original,
      product,
    },
    unmapped,
  });
};

export const resourceArn = (event: Fields): string | undefined => {
  const arn = list(event, 'resources').find((resource): resource is string => typeof resource === 'string');
  return arn === undefined ? undefined : cleanText(arn, 2_048);
};
