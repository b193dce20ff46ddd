/** A detection as an OCSF Detection Finding, for the destinations. */
import type { AuditSeverity } from '../../../lib/contract/index.ts';
import type { ApiActivity } from '../normalise/api-activity.ts';
import { detectionFinding, type DetectionFinding } from '../normalise/detection-finding.ts';
import type { OcsfSeverity } from '../normalise/ocsf-objects.ts';
import { secretType } from '../normalise/secret-resource.ts';
import type { Detection } from './facts/detection.ts';

/** @param event - the one that set the rule off. */
export const findingOf = (detection: Detection, event: ApiActivity, runbook: string): DetectionFinding =>
  detectionFinding({
    // The same event sets the same rule off again when it is delivered again.
    eventId: `${detection.uid}-${event.metadata.uid}`,
    findingId: detection.uid,
    activity: 'Create',
    status: detection.suppressed ? 'Suppressed' : 'New',
    severity: severities[detection.severity],
    confidence: 'High',
    title: detection.title,
    description: detection.message,
    time: detection.at,
    created: detection.at,
    rule: { id: detection.rule, name: detection.title },
    account: event.cloud.account.uid,
    region: event.cloud.region,
    resources: detection.secrets.map(({ name }) => ({ name, type: secretType })),
    runbook,
    events: [event],
    eventIds: detection.events,
    ...ownerOf(detection),
  });

const ownerOf = ({ secrets }: Detection): { readonly owner?: string } => {
  const owner = secrets.find((secret) => secret.owner !== undefined)?.owner;
  return owner === undefined ? {} : { owner };
};

const severities: Readonly<Record<AuditSeverity, OcsfSeverity>> = {
  informational: 'Informational',
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  critical: 'Critical',
  fatal: 'Fatal',
};
