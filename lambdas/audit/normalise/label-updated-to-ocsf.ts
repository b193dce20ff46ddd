/**
 * Secrets Manager's own event that a label moved, as OCSF API Activity. It needs no trail and comes even if CloudTrail's
 * events are late: https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html
 */
import { fields, list, requiredText, requiredTime, type Fields } from './event-reader.ts';
import { awsAccount, classification, ocsfVersion, type ApiActivity } from './ocsf.ts';
import { secretResource } from './secret-resource.ts';

const service = 'secretsmanager.amazonaws.com';

/** @throws InvalidEvent if the event lacks what its description promises. */
export const labelUpdatedToOcsf = (event: Fields): ApiActivity => {
  const { original, time } = requiredTime(event, 'time');
  const eventId = requiredText(event, 'id');
  const detail = fields(event, 'detail');
  const name = requiredText(detail, 'name', 'detail.name');
  const label = requiredText(detail, 'labelUpdated', 'detail.labelUpdated');
  const versionId = requiredText(detail, 'versionId', 'detail.versionId');
  const arn = list(event, 'resources').find((resource): resource is string => typeof resource === 'string');
  return {
    ...classification('Update', 'Informational', 'Success', 'Secret Label Updated'),
    time,
    message: `Label ${label} of ${name} moved to version ${versionId}`,
    actor: { invoked_by: service },
    api: { operation: 'Secret Label Updated', service: { name: service }, request: { uid: eventId } },
    src_endpoint: { svc_name: service },
    cloud: {
      provider: 'AWS',
      region: requiredText(event, 'region'),
      account: awsAccount(requiredText(event, 'account')),
    },
    resources: [{ ...secretResource(arn ?? name), name }],
    metadata: {
      version: ocsfVersion,
      profiles: ['cloud'],
      uid: eventId,
      event_code: 'Secret Label Updated',
      log_provider: 'Amazon EventBridge',
      original_time: original,
      product: { name: 'Secrets Manager', vendor_name: 'AWS' },
    },
    unmapped: { label, versionId },
  };
};
