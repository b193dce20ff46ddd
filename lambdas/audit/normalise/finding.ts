/** What the two classes of findings share: https://schema.ocsf.io/1.8.0/classes/finding */
import {
  ocsfSeverity,
  ocsfVersion,
  type OcsfBase,
  type OcsfMetadata,
  type OcsfSeverity,
  type OcsfResource,
  awsCloud,
} from './ocsf-objects.ts';

export const findingActivity = { Create: 1, Update: 2, Close: 3 } as const;
export type FindingActivity = keyof typeof findingActivity;

export const findingStatus = { New: 1, 'In Progress': 2, Suppressed: 3, Resolved: 4 } as const;
export type FindingStatus = keyof typeof findingStatus;

export interface OcsfFindingInfo {
  /** One for all events of a finding, from its first to its last. */
  readonly uid: string;
  readonly title: string;
  readonly desc: string;
  readonly created_time: number;
  readonly first_seen_time?: number;
  readonly last_seen_time?: number;
  readonly analytic: {
    readonly uid: string;
    readonly name: string;
    readonly type_id: 1;
    readonly type: 'Rule';
    readonly version?: string;
  };
  readonly related_events?: readonly { readonly uid: string; readonly type_uid?: number }[];
  readonly related_events_count?: number;
}

export interface OcsfFinding extends OcsfBase {
  readonly category_uid: 2;
  readonly category_name: 'Findings';
  readonly status: FindingStatus;
  readonly finding_info: OcsfFindingInfo;
  readonly resources: readonly (OcsfResource & { readonly owner?: { readonly name: string } })[];
  readonly remediation?: { readonly desc: string; readonly references?: readonly string[] };
}

export interface FindingInput {
  /** Of this event: by it duplicates are known. */
  readonly eventId: string;
  /** Of the finding: the same in each of its events. */
  readonly findingId: string;
  readonly activity: FindingActivity;
  readonly status: FindingStatus;
  readonly severity: OcsfSeverity;
  readonly title: string;
  readonly description: string;
  /** Milliseconds since the epoch, as every time here. */
  readonly time: number;
  /** When the finding was made. */
  readonly created: number;
  readonly firstSeen?: number;
  readonly lastSeen?: number;
  readonly rule: { readonly id: string; readonly name: string; readonly version?: string };
  readonly account: string;
  readonly region: string;
  /** The secrets and keys that it is about. */
  readonly resources: readonly OcsfResource[];
  /** What to do. */
  readonly remedy?: string;
  /** Address of the runbook. */
  readonly runbook?: string;
  /** Who has to act. */
  readonly owner?: string;
}

/** The fields of both classes, in their order. */
export const findingFields = <Class extends { readonly uid: number; readonly name: string }>(
  { uid, name }: Class,
  input: FindingInput,
) => ({
  class_uid: uid as Class['uid'],
  class_name: name as Class['name'],
  category_uid: 2 as const,
  category_name: 'Findings' as const,
  activity_id: findingActivity[input.activity],
  activity_name: input.activity,
  type_uid: uid * 100 + findingActivity[input.activity],
  type_name: `${name}: ${input.activity}`,
  time: input.time,
  severity_id: ocsfSeverity[input.severity],
  severity: input.severity,
  status_id: findingStatus[input.status],
  status: input.status,
  message: input.title,
  cloud: awsCloud(input.account, input.region),
  metadata: findingMetadata(input.eventId),
  resources: input.resources.map((resource) => ({
    ...resource,
    owner: input.owner === undefined ? undefined : { name: input.owner },
  })),
  remediation:
    input.remedy === undefined && input.runbook === undefined
      ? undefined
      : {
          desc: input.remedy ?? 'Follow the runbook.',
          references: input.runbook === undefined ? undefined : [input.runbook],
        },
});

export const findingInfo = (input: FindingInput) => ({
  uid: input.findingId,
  title: input.title,
  desc: input.description,
  created_time: input.created,
  first_seen_time: input.firstSeen,
  last_seen_time: input.lastSeen,
  analytic: { uid: input.rule.id, name: input.rule.name, type_id: 1, type: 'Rule', version: input.rule.version },
});

const findingMetadata = (uid: string): OcsfMetadata => ({
  version: ocsfVersion,
  profiles: ['cloud'],
  uid,
  product: { name: 'Strongroom', vendor_name: 'Strongroom' },
});
