/**
 * Secrets Manager's own event that a label moved, as OCSF API Activity. It needs no trail and comes even if CloudTrail's
 * events are late: https://docs.aws.amazon.com/secretsmanager/latest/userguide/secret-event-notifications.html
 */
import type { ApiActivity } from './api-activity.ts';
import { fields, requiredText, type Fields } from './event-reader.ts';
import { eventBridgeToOcsf, resourceArn } from './eventbridge-to-ocsf.ts';
import { secretResource } from './secret-resource.ts';
import { secretsManager } from './services.ts';

/** @throws InvalidEvent if the event lacks what its description promises. */
export const labelUpdatedToOcsf = (event: Fields): ApiActivity => {
  const detail = fields(event, 'detail');
  const name = requiredText(detail, 'name', 'detail.name');
  const label = requiredText(detail, 'labelUpdated', 'detail.labelUpdated');
  const versionId = requiredText(detail, 'versionId', 'detail.versionId');
  return eventBridgeToOcsf(event, {
    service: secretsManager,
    message: `Label ${label} of ${name} moved to version ${versionId}`,
    resources: [{ ...secretResource(resourceArn(event) ?? name), name }],
    product: { name: 'Secrets Manager', vendor_name: 'AWS' },
    unmapped: { label, versionId },
  });
};
