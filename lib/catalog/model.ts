/**
 * The catalog as the rest of the platform sees it: every default applied, every reference resolved, one
 * {@link EnvironmentCatalog} an environment. Pure data; `load-catalog.ts` makes it from the YAML files.
 */
import type { DatabaseEngine, Grants, RotationStrategy, Sensitivity } from '../contract/index.ts';

export const secretClasses = [
  'database',
  'api-key',
  'oauth-client',
  'tls-certificate',
  'ssh-key',
  'signing-key',
  'encryption-key',
  'generic',
] as const;
export type SecretClass = (typeof secretClasses)[number];

export interface Catalog {
  /** Name of the organisation, `[a-z0-9-]`. */
  readonly organisation: string;
  readonly environments: readonly EnvironmentCatalog[];
}

export interface EnvironmentCatalog {
  readonly name: string;
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
  /** Where rotation functions run; absent: outside a VPC. */
  readonly network?: Network;
  /** Path of a PEM file with the organisation's own authorities. */
  readonly certificateAuthorities?: string;
  /** ARNs of the principals that may assume the break-glass role (with MFA). */
  readonly breakGlass: readonly string[];
  /** ARNs of the roles that may put values which no machine generates (`value: supplied`). */
  readonly operators: readonly string[];
  readonly siem: Siem;
  /** Whom the platform's own alarms page (`contact:` beside `siem:`): the audit lane stands still, a function fails. */
  readonly contact: Contact;
  /** Where alarms say that their runbooks are: an https address, or `docs/runbooks` of this repository. */
  readonly runbooks: string;
  /** `create` (the catalog's default): Strongroom makes a CloudTrail trail; `existing`: the account has one already. */
  readonly trail: 'create' | 'existing';
  readonly applications: readonly Application[];
}

export interface Network {
  readonly vpc: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
}

export interface Siem {
  readonly type: 'splunk-hec';
  /** Splunk index. */
  readonly index: string;
}

export interface Application {
  readonly name: string;
  readonly owner: string;
  readonly contact: Contact;
  readonly consumers: readonly Consumer[];
  readonly secrets: readonly Secret[];
  /** Path of the catalog file, for messages. */
  readonly file: string;
}

export interface Contact {
  readonly name: string;
  /** E-mail address that alarms go to. */
  readonly email: string;
}

export type Consumer =
  | {
      readonly name: string;
      readonly runsOn: 'lambda' | 'ecs';
      /** The role that Strongroom makes. */ readonly roleName: string;
    }
  | { readonly name: string; /** ARN of a role that exists already. */ readonly roleArn: string };

export interface Secret {
  readonly name: string;
  /** `<environment>/<application>/<secret>`. */
  readonly fullName: string;
  readonly description?: string;
  readonly class: SecretClass;
  readonly sensitivity: Sensitivity;
  /** `generated`: by Secrets Manager at creation; `supplied`: an operator puts it after the deploy. */
  readonly value: 'generated' | 'supplied';
  /** Names of consumers of the same application. */
  readonly readers: readonly string[];
  /** Present exactly when `class` is `database`. */
  readonly database?: DatabaseTarget;
  readonly rotation: Rotation;
  readonly exception?: RotationException;
}

export interface DatabaseTarget {
  readonly engine: DatabaseEngine;
  /** Identifier of an RDS instance, or of an Aurora or DocumentDB cluster, or a host name. */
  readonly host: { readonly rds: string } | { readonly rdsCluster: string } | { readonly name: string };
  /** TCP port; absent for an RDS identifier: RDS tells. */
  readonly port?: number;
  /** Empty where the engine has no databases. */
  readonly dbname: string;
  readonly username: string;
  /** ElastiCache's id of the user, where it is not the user name. */
  readonly userId?: string;
  /** `disable`: no TLS. `serverName`: the name in the certificate, where the host is an alias. Absent: verified for the host. */
  readonly tls?: 'disable' | { readonly serverName: string };
  /** `host` or `host:port` of the replicas of a host name. */
  readonly readReplicas?: readonly string[];
}

export type Rotation = { readonly kind: 'manual' } | AutomaticRotation;

export interface AutomaticRotation {
  readonly kind: 'automatic';
  readonly strategy: RotationStrategy;
  /** The catalog's `every`, in hours: the longest time between two rotations. */
  readonly everyHours: number;
  readonly schedule: RotationSchedule;
  /** How long the credential before the current one stays valid. Present exactly with the strategies that leave it so. */
  readonly graceHours?: number;
  /** Where the admin credential is; needed for `provision`. */
  readonly admin?: AdminCredential;
  /** What the first rotation creates; absent: the user must exist. */
  readonly provision?: { readonly grants: Grants };
}

/** `ScheduleExpression` and `Duration` of https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html */
export interface RotationSchedule {
  /** `rate(30 days)` or `cron(0 2 ? * SUN *)`, UTC; the hour is the secret's own place in the catalog's window. */
  readonly expression: string;
  /** Length of the window, `2h`; absent: until the end of the UTC day. */
  readonly duration?: string;
}

export type AdminCredential =
  /** The master user secret that RDS manages for the instance or cluster in `host`. */
  | { readonly managedBy: 'rds' }
  /** Another secret of the same application: its name and full name. */
  | { readonly secret: string; readonly fullName: string };

export interface RotationException {
  readonly reason: string;
  readonly approvedBy: string;
  /** Last day on which the exception holds, `YYYY-MM-DD` (UTC). */
  readonly until: string;
}
