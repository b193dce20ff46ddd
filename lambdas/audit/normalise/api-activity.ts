/** OCSF API Activity (6003), with the cloud profile: https://schema.ocsf.io/1.8.0/classes/api_activity?profiles=cloud */
import {
  ocsfSeverity,
  ocsfStatus,
  type OcsfActor,
  type OcsfApi,
  type OcsfBase,
  type OcsfEndpoint,
  type OcsfResource,
  type OcsfSeverity,
  type OcsfStatus,
} from './ocsf-objects.ts';

/** `activity_id` of class 6003. */
export const ocsfActivity = { Create: 1, Read: 2, Update: 3, Delete: 4, Other: 99 } as const;
export type OcsfActivity = keyof typeof ocsfActivity;

export interface ApiActivity extends OcsfBase {
  readonly class_uid: 6003;
  readonly class_name: 'API Activity';
  readonly category_uid: 6;
  readonly category_name: 'Application Activity';
  readonly status: OcsfStatus;
  /** The AWS error code: `AccessDenied`. */
  readonly status_code?: string;
  readonly status_detail?: string;
  readonly actor: OcsfActor;
  readonly api: OcsfApi;
  readonly src_endpoint: OcsfEndpoint;
  readonly http_request?: { readonly user_agent: string };
  readonly resources: readonly OcsfResource[];
}

/** The fields that follow from activity, severity and status. */
export const classification = (
  activity: OcsfActivity,
  severity: OcsfSeverity,
  status: OcsfStatus,
  operation: string,
) => ({
  class_uid: 6003 as const,
  class_name: 'API Activity' as const,
  category_uid: 6 as const,
  category_name: 'Application Activity' as const,
  activity_id: ocsfActivity[activity],
  // For 99 the schema wants the name that the source has.
  activity_name: activity === 'Other' ? operation : activity,
  type_uid: 600_300 + ocsfActivity[activity],
  type_name: `API Activity: ${activity}`,
  severity_id: ocsfSeverity[severity],
  severity,
  status_id: ocsfStatus[status],
  status,
});
