/** OCSF Detection Finding (2004): https://schema.ocsf.io/1.8.0/classes/detection_finding?profiles=cloud */
import type { ApiActivity } from './api-activity.ts';
import { cleanEvent } from './clean-event.ts';
import { findingFields, findingInfo, type FindingInput, type OcsfFinding } from './finding.ts';
import type { OcsfActor, OcsfApi, OcsfEndpoint } from './ocsf-objects.ts';

export interface DetectionFinding extends OcsfFinding {
  readonly class_uid: 2004;
  readonly class_name: 'Detection Finding';
  /** Someone has to look at it. */
  readonly is_alert: boolean;
  readonly confidence_id: number;
  readonly confidence: Confidence;
  readonly evidences?: readonly OcsfEvidence[];
}

export interface OcsfEvidence {
  /** Id of the event. */
  readonly uid: string;
  /** What the event says in one sentence. */
  readonly name: string;
  readonly actor: OcsfActor;
  readonly api: OcsfApi;
  readonly src_endpoint: OcsfEndpoint;
}

const confidences = { Low: 1, Medium: 2, High: 3 } as const;
type Confidence = keyof typeof confidences;

export interface DetectionInput extends FindingInput {
  readonly confidence: Confidence;
  /** The events behind it, the most telling first. The first 10 are evidence, the ids of the first 100 are listed. */
  readonly events: readonly ApiActivity[];
  /** Ids of all events behind it, also of those that are not at hand. @default the ids of `events` */
  readonly eventIds?: readonly string[];
}

const mostEvidences = 10;
const mostRelated = 100;

/** A suppressed or resolved finding is not an alert. */
export const detectionFinding = (input: DetectionInput): DetectionFinding => {
  const known = new Map(input.events.map(({ metadata, type_uid }) => [metadata.uid, { type_uid }]));
  const ids = input.eventIds ?? [...known.keys()];
  return cleanEvent({
    ...findingFields({ uid: 2004, name: 'Detection Finding' } as const, input),
    is_alert: input.status === 'New' || input.status === 'In Progress',
    confidence_id: confidences[input.confidence],
    confidence: input.confidence,
    finding_info: {
      ...findingInfo(input),
      related_events:
        ids.length === 0 ? undefined : ids.slice(0, mostRelated).map((uid) => ({ uid, ...known.get(uid) })),
      related_events_count: ids.length,
    },
    evidences: input.events.length === 0 ? undefined : input.events.slice(0, mostEvidences).map(evidenceOf),
  } as DetectionFinding);
};

const evidenceOf = ({ metadata, message, actor, api, src_endpoint }: ApiActivity): OcsfEvidence => ({
  uid: metadata.uid,
  name: message,
  actor,
  api,
  src_endpoint,
});
