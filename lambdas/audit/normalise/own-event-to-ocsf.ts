/** An event of the project itself, as OCSF API Activity: the heartbeat of the audit. */
import { InvalidEvent } from '../../runtime/invalid-event.ts';
import type { ApiActivity } from './api-activity.ts';
import { defined, fields, requiredText, text, type Fields } from './event-reader.ts';
import { eventBridgeToOcsf } from './eventbridge-to-ocsf.ts';
import { secretResource } from './secret-resource.ts';
import { ownService } from './services.ts';

/** Detail types of the project begin with it. AWS reserves sources that begin with `aws.`, not detail types. */
export const ownDetailType = /^Strongroom [A-Z]/;

/** @throws InvalidEvent if the event is not from a source of the project, or lacks what EventBridge gives. */
export const ownEventToOcsf = (event: Fields): ApiActivity => {
  const source = requiredText(event, 'source');
  if (source !== ownService && !source.startsWith(`${ownService}.`)) {
    throw new InvalidEvent(`source of an event of the project must be ${ownService}, or begin with ${ownService}.`);
  }
  const detail = fields(event, 'detail');
  const environment = text(detail, 'environment', 128);
  const secret = text(detail, 'secretId');
  const name = requiredText(event, 'detail-type');
  return eventBridgeToOcsf(event, {
    service: ownService,
    message: environment === undefined ? name : `${name} of ${environment}`,
    resources: secret === undefined ? [] : [secretResource(secret)],
    product: { name: 'Strongroom', vendor_name: 'Strongroom' },
    unmapped: environment === undefined ? undefined : defined({ environment }),
  });
};
