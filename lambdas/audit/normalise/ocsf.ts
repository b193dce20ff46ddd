/**
 * The part of OCSF 1.5.0, class API Activity (6003) with the cloud profile, that the forwarder writes:
 * https://schema.ocsf.io/1.5.0/classes/api_activity
 */

export const ocsfVersion = '1.5.0';

/** `activity_id` of class 6003. */
export const ocsfActivity = { Create: 1, Read: 2, Update: 3, Delete: 4, Other: 99 } as const;
export type OcsfActivity = keyof typeof ocsfActivity;

export const ocsfSeverity = { Informational: 1, Low: 2, Medium: 3, High: 4 } as const;
export type OcsfSeverity = keyof typeof ocsfSeverity;

export const ocsfStatus = { Success: 1, Failure: 2 } as const;
export type OcsfStatus = keyof typeof ocsfStatus;

export interface ApiActivity {
  readonly class_uid: 6003;
  readonly class_name: 'API Activity';
  readonly category_uid: 6;
  readonly category_name: 'Application Activity';
  readonly activity_id: number;
  readonly activity_name: string;
  readonly type_uid: number;
  readonly type_name: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly severity_id: number;
  readonly severity: OcsfSeverity;
  readonly status_id: number;
  readonly status: OcsfStatus;
  /** The AWS error code: `AccessDenied`. */
  readonly status_code?: string;
  readonly status_detail?: string;
  /** One sentence: who did what to which secret, and with what outcome. */
  readonly message: string;
  readonly actor: OcsfActor;
  readonly api: OcsfApi;
  readonly src_endpoint: OcsfEndpoint;
  readonly http_request?: { readonly user_agent: string };
  readonly cloud: OcsfCloud;
  readonly resources: readonly OcsfResource[];
  readonly metadata: OcsfMetadata;
  readonly unmapped?: Readonly<Record<string, string>>;
}

/** Every event that leaves. */
export type OcsfEvent = ApiActivity;

export interface OcsfActor {
  readonly user?: OcsfUser;
  readonly session?: OcsfSession;
  /** The AWS service that called on behalf of the user, or by itself. */
  readonly invoked_by?: string;
}

export interface OcsfUser {
  /** ARN of the principal: for a role, of its session. */
  readonly uid?: string;
  /** Name of the user or role. */
  readonly name?: string;
  /** `userIdentity.principalId`. */
  readonly uid_alt?: string;
  /** `userIdentity.type`: `AssumedRole`, `IAMUser`, `Root`… */
  readonly type: string;
  readonly type_id: 0 | 1 | 2 | 3 | 99;
  /** Access key id. */
  readonly credential_uid?: string;
  readonly account?: OcsfAccount;
}

export interface OcsfSession {
  /** Name of the role session. */
  readonly uid?: string;
  /** ARN of the role. */
  readonly issuer?: string;
  readonly created_time?: number;
  readonly is_mfa?: boolean;
}

export interface OcsfApi {
  readonly operation: string;
  readonly service: { readonly name: string };
  readonly request?: {
    readonly uid: string;
    readonly data?: Readonly<Record<string, unknown>>;
  };
  readonly response?: { readonly error: string; readonly error_message?: string };
}

export interface OcsfEndpoint {
  readonly ip?: string;
  /** Name of the AWS service, if no address is recorded. */
  readonly svc_name?: string;
  /** VPC endpoint. */
  readonly uid?: string;
}

export interface OcsfAccount {
  readonly uid: string;
  readonly type: 'AWS Account';
  readonly type_id: 10;
}

export interface OcsfCloud {
  readonly provider: 'AWS';
  readonly region: string;
  readonly account: OcsfAccount;
}

export interface OcsfResource {
  /** ARN. */
  readonly uid?: string;
  readonly name?: string;
  /** CloudFormation type: `AWS::SecretsManager::Secret`. */
  readonly type: string;
}

export interface OcsfMetadata {
  readonly version: typeof ocsfVersion;
  readonly profiles: readonly ['cloud'];
  /** The event id, by which duplicates and losses are known. */
  readonly uid: string;
  readonly event_code: string;
  readonly log_name?: string;
  readonly log_provider: string;
  readonly original_time: string;
  readonly product: { readonly name: string; readonly vendor_name: 'AWS'; readonly version?: string };
}

export const awsAccount = (uid: string): OcsfAccount => ({ uid, type: 'AWS Account', type_id: 10 });

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
