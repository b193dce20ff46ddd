/** The detections: names, severities and titles, on which the function, the catalog, the docs and the CLI agree. */
import type { AuditSeverity } from './audit-destinations.ts';

export interface DetectionFacts {
  readonly title: string;
  /** Of the usual case; a rule can raise it. */
  readonly severity: AuditSeverity;
}

/** Each detection, by its name. */
export const detections = {
  'undeclared-read': { title: 'Secret read by an undeclared principal', severity: 'high' },
  'honey-secret': { title: 'Honey secret touched', severity: 'critical' },
  'outside-workload': { title: 'Credentials of a workload used outside of it', severity: 'critical' },
  'audit-tampering': { title: 'Audit stopped, narrowed or emptied', severity: 'critical' },
  'break-glass-assumed': { title: 'Break-glass role assumed', severity: 'high' },
  'many-secrets': { title: 'Many secrets read by one principal in a short time', severity: 'high' },
  'decrypt-without-read': { title: 'Secret decrypted without a read of it', severity: 'high' },
  'policy-changed': { title: 'Resource policy of a secret changed', severity: 'high' },
  'key-changed': { title: 'Key of secrets disabled, scheduled for deletion or opened', severity: 'high' },
  'secret-deleted': { title: 'Secret deleted', severity: 'high' },
  'label-moved': { title: 'Version label moved by someone other than the rotation', severity: 'high' },
  'rotation-changed': { title: 'Rotation function, its role or its schedule changed', severity: 'high' },
  'replicated-elsewhere': { title: 'Secret replicated to an undeclared region', severity: 'high' },
  'batch-of-everything': { title: 'Batch read whose filter matches everything', severity: 'high' },
  'unexpected-network': { title: 'Secret read from an unexpected network', severity: 'medium' },
  enumeration: { title: 'Secrets listed, described and read by one principal', severity: 'medium' },
  'denied-burst': { title: 'Many refused calls by one principal', severity: 'medium' },
  'previous-after-grace': { title: 'Previous value read after its grace time', severity: 'medium' },
  'human-read': { title: 'Secret of production read by a person', severity: 'medium' },
  'rotation-failed': { title: 'Rotation failed, was abandoned or cancelled', severity: 'medium' },
  'first-read': { title: 'First read of a secret by a principal', severity: 'low' },
} as const satisfies Readonly<Record<string, DetectionFacts>>;

/** Name of the event that a schedule sends through the lane every five minutes. */
export const heartbeatOperation = 'Strongroom Audit Heartbeat';

/** Its source. The normaliser counts heartbeats of no other one. */
export const heartbeatSource = 'strongroom.audit';

export type DetectionName = keyof typeof detections;

export const detectionNames = Object.keys(detections) as readonly DetectionName[];

/** Who the catalog declares, as the deployment hands it to the detecting function. Nothing in an event changes it. */
export interface DeclaredAccess {
  readonly environment: string;
  /** 12 digits. */
  readonly account: string;
  /** Whether people are expected to read nothing here. */
  readonly production: boolean;
  readonly roles: readonly DeclaredRole[];
  /** By the name in Secrets Manager. */
  readonly secrets: Readonly<Record<string, DeclaredSecretAccess>>;
  /** Names of the queues, functions, rules, trail and bucket of the audit, `*` for any run of characters. */
  readonly auditResources: readonly string[];
}

export interface DeclaredRole {
  /** ARN of the role; of a permission set a pattern with `*` and `?`. */
  readonly arn: string;
  readonly as: 'consumer' | 'rotation' | 'break-glass' | 'operator' | 'deployer' | 'platform';
  /** What runs under it, as consumers have it in the catalog; `people` for permission sets. Absent: not known. */
  readonly runsOn?: 'lambda' | 'ecs' | 'ecs-execution' | 'ec2' | 'people' | 'other';
  /** Name of each of its sessions, if it has one only. */
  readonly session?: string;
  /** VPC endpoints, through one of which it must call. Absent: any network. */
  readonly vpcEndpoints?: readonly string[];
}

export interface DeclaredSecretAccess {
  readonly application: string;
  /** Team that answers for the secret. */
  readonly owner: string;
  /** Indexes of {@link DeclaredAccess.roles} that may read the value. */
  readonly readers: readonly number[];
  /** Indexes of the roles that rotate it. */
  readonly rotators: readonly number[];
  /** Regions it is in, its own first. */
  readonly regions: readonly string[];
  /** For how long the previous value stays valid. Absent: the previous value is never of use. */
  readonly graceMs?: number;
  /** Nothing has a reason to read it. */
  readonly honey?: true;
}

/** A detection that raises no alert until a day, and who answers for that. */
export interface Suppression {
  readonly rule: DetectionName;
  /** ARN of the role, `*` for any run of characters. Absent: any principal. */
  readonly principal?: string;
  /** Name of the secret, `*` for any run of characters. Absent: any secret. */
  readonly secret?: string;
  readonly owner: string;
  readonly reason: string;
  /** Last day on which it holds, `YYYY-MM-DD` (UTC). */
  readonly until: string;
}

/** What the deployment hands to the detecting function, as a file next to it. */
export interface DetectionTable {
  readonly access: DeclaredAccess;
  readonly suppressions: readonly Suppression[];
  /** ARNs of the topics of contacts by application, if its contact is another one than that of the platform. */
  readonly topics: Readonly<Record<string, string>>;
}
