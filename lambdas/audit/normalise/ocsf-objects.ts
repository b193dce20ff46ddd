/** The objects of OCSF 1.8.0 that the events of the audit share: https://schema.ocsf.io/1.8.0/objects */

export const ocsfVersion = '1.8.0';

export const ocsfSeverity = { Informational: 1, Low: 2, Medium: 3, High: 4, Critical: 5, Fatal: 6 } as const;
export type OcsfSeverity = keyof typeof ocsfSeverity;

export const ocsfStatus = { Success: 1, Failure: 2 } as const;
export type OcsfStatus = keyof typeof ocsfStatus;

/** What every class has. */
export interface OcsfBase {
  readonly activity_id: number;
  readonly activity_name: string;
  readonly type_uid: number;
  readonly type_name: string;
  /** Milliseconds since the epoch. */
  readonly time: number;
  readonly severity_id: number;
  readonly severity: OcsfSeverity;
  readonly status_id: number;
  readonly status: string;
  /** One sentence: who did what to which secret, and with what outcome. */
  readonly message: string;
  readonly cloud: OcsfCloud;
  readonly metadata: OcsfMetadata;
  readonly unmapped?: Readonly<Record<string, string>>;
}

/** `invoked_by` is deprecated, but the queries of Security Lake read it: it stays until OCSF removes it. */
export interface OcsfActor {
  readonly user?: OcsfUser;
  readonly session?: OcsfSession;
  readonly idp?: { readonly name: string };
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
  /** Access key id. Deprecated as `invoked_by` is. */
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
    /** JSON: a field of the request can be an object in one record and a list in the next. */
    readonly data?: string;
  };
  readonly response?: {
    readonly error?: string;
    readonly error_message?: string;
    /** JSON, as in the request. */
    readonly data?: string;
  };
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
  readonly event_code?: string;
  readonly log_name?: string;
  readonly log_provider?: string;
  readonly original_time?: string;
  readonly product: { readonly name: string; readonly vendor_name: string; readonly version?: string };
  /** The event was cut to the limit of its destination: `unmapped.cut` names the fields. */
  readonly is_truncated?: true;
  /** Bytes of the event as JSON before it was cut. */
  readonly untruncated_size?: number;
}

export const awsAccount = (uid: string): OcsfAccount => ({ uid, type: 'AWS Account', type_id: 10 });

export const awsCloud = (account: string, region: string): OcsfCloud => ({
  provider: 'AWS',
  region,
  account: awsAccount(account),
});
