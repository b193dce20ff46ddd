/**
 * The catalog as the rest of the platform sees it: every default applied, every reference resolved, one
 * {@link EnvironmentCatalog} an environment. Pure data; `load-catalog.ts` makes it from the YAML files.
 */
import type {
  DatabaseEngine,
  DestinationSettings,
  Grants,
  PagerDutyRegion,
  PagerDutySeverities,
  RotationStrategy,
  SecretClass,
  Sensitivity,
  Suppression,
} from '../contract/index.ts';

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
  /** Where rotation functions of the default network run; absent: outside a VPC. */
  readonly network?: Network;
  /** Networks in addition to the default one, each with its own rotation functions. Absent: none. */
  readonly networks?: readonly NamedNetwork[];
  /** Whether there is no default network: each secret names one of {@link networks}. Absent: no. */
  readonly lacksDefaultNetwork?: true;
  /** Conditions of every access to the environment's secrets, in addition to its policies. Absent: none. */
  readonly fences?: Fences;
  /** Path of a PEM file with the organisation's own authorities. */
  readonly certificateAuthorities?: string;
  /** ARNs of the roles that may assume the break-glass role; of a permission set a pattern with `*` and `?`. */
  readonly breakGlass: readonly string[];
  /** ARNs of the roles that may put values which no machine generates (`value: supplied`). */
  readonly operators: readonly string[];
  /** Where audit events go, each by its name. Empty: nowhere. */
  readonly destinations: readonly DestinationSettings[];
  /** What the detections expect, besides declared access. Absent: nothing. */
  readonly detections?: Detections;
  /** Contact of the platform's own alarms (`contact:` of organisation.yaml): the audit lane stops, a function fails. */
  readonly contact: Contact;
  /** Where alarms say that their runbooks are: an https address, or `docs/runbooks` of this repository. */
  readonly runbooks: string;
  /** `create` (the catalog's default): Strongroom makes a CloudTrail trail; `existing`: the account has one already. */
  readonly trail: 'create' | 'existing';
  /** Days for which CloudWatch keeps the logs of the functions. Absent: 365. */
  readonly logRetentionDays?: number;
  /** Of everything that is deployed, in addition to Strongroom's own. Absent: none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Template of the names of secrets. Absent: `{environment}/{application}/{secret}`. */
  readonly nameTemplate?: string;
  readonly applications: readonly Application[];
}

export interface Detections {
  /** Whether reads by people raise an alert. Absent: by the name of the environment. */
  readonly production?: boolean;
  readonly suppressions: readonly Suppression[];
}

export interface Network {
  readonly vpc: string;
  readonly subnets: readonly string[];
  readonly securityGroups: readonly string[];
}

export interface NamedNetwork {
  readonly name: string;
  /** Absent: outside a VPC. */
  readonly network?: Network;
}

export interface Fences {
  /** Id of the organisation in AWS Organizations, `o-a1b2c3d4e5`: nobody else's principal gets in. */
  readonly organizationId?: string;
  /** `vpce-…`: consumers inside of a VPC read through one of these. */
  readonly vpcEndpoints?: readonly string[];
  /** `vpc-…`: consumers inside of a VPC read from one of these. */
  readonly vpcs?: readonly string[];
  /** Name of a managed policy of the account: the permissions boundary of every role that Strongroom makes. */
  readonly permissionsBoundary?: string;
  /** `auto`: a consumer with more secrets than ARNs fit into its policies reads by tags. `never`: that is refused. */
  readonly byTag: 'auto' | 'never';
}

export interface Application {
  readonly name: string;
  readonly owner: string;
  readonly contact: Contact;
  readonly consumers: readonly Consumer[];
  readonly secrets: readonly Secret[];
  /** Databases that consumers log in to with IAM, `access: iam` in the catalog: there is no secret. Absent: none. */
  readonly iamDatabases?: readonly IamDatabase[];
  /** Secrets of other applications of the environment that consumers of this one read. Absent: none. */
  readonly uses?: readonly Use[];
  /** Of what is deployed for the application, those of the organisation among them. Absent: none. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Path of the catalog file, for messages. */
  readonly file: string;
}

/** A secret of another application, which shares it. */
export interface Use {
  /** The name that the application's code has for it. */
  readonly name: string;
  /** The application that has the secret. */
  readonly application: string;
  readonly secret: Secret;
  /** Names of consumers of the application that uses it. */
  readonly readers: readonly string[];
}

/** Where alarms go: exactly one kind of destination. */
export type Contact = ContactWithTopic | ExistingTopic;

/** A contact for which Strongroom makes a topic. */
export type ContactWithTopic = { readonly name: string } & (
  | {
      /** E-mail addresses that alarms go to. */
      readonly email: string | readonly string[];
    }
  | {
      /** `https://…`, without a secret in it. */
      readonly webhook: string;
    }
  | { readonly slack: SlackChannel }
  | { readonly teams: TeamsChannel }
  | { readonly pagerduty: PagerDutyService }
);

export interface ExistingTopic {
  readonly name: string;
  /** ARN of a topic whose own policy lets the alarms of the environment's account publish. */
  readonly topic: string;
  /** The account of the topic; needed if it is not that of the environment. */
  readonly account?: string;
}

export interface SlackChannel {
  readonly workspace: string;
  readonly channel: string;
}

export interface PagerDutyService {
  readonly region: PagerDutyRegion;
  /** Is paged if PagerDuty takes no alerts. Never PagerDuty itself. */
  readonly fallback: Contact;
  readonly severity: PagerDutySeverities;
}

export interface TeamsChannel {
  readonly tenant: string;
  readonly team: string;
  /** As the channel's link has it: `19%3A…%40thread.tacv2`. */
  readonly channel: string;
}

/** What reads secrets, under its own role. With `roleName`, Strongroom creates the role. */
export type Consumer = {
  readonly name: string;
  /** `any`: the fences of {@link Fences.vpcEndpoints} and {@link Fences.vpcs} are not for this consumer. */
  readonly network?: 'any';
  /** `by-version`: it may read a version by its id, any that it knows the id of. Absent: by label alone. */
  readonly reads?: 'by-version';
} & (Workload | ExistingReader);

export type Workload = { readonly roleName: string } & (
  | { readonly runsOn: 'lambda' | 'ecs' | 'ec2' }
  /** The agent of ECS, which puts secrets into the environment of a container. */
  | { readonly runsOn: 'ecs-execution' }
  /** EKS Pod Identity. */
  | { readonly runsOn: 'eks'; readonly cluster: string; readonly namespace: string; readonly serviceAccount: string }
  /** IAM roles for service accounts of a cluster, GitHub Actions, or any other OpenID Connect issuer. */
  | { readonly runsOn: 'eks-irsa' | 'github' | 'oidc'; readonly federation: Federation }
  | ({ readonly runsOn: 'roles-anywhere' } & RolesAnywhere)
);

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_oidc.html; the provider exists in the account. */
export interface Federation {
  /** Host and path of the issuer, without `https://`. */
  readonly issuer: string;
  readonly audience: string;
  /** The whole `sub` claim. */
  readonly subject: string;
}

/** https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html */
export interface RolesAnywhere {
  /** ARN of the trust anchor. */
  readonly trustAnchor: string;
  /** What the subject of the certificate must be. */
  readonly subject: {
    readonly commonName: string;
    readonly organization?: string;
    readonly organizationalUnit?: string;
  };
  /** Longest session, 900 to 43200. */
  readonly sessionSeconds: number;
}

/** A reader whose role exists already. */
export type ExistingReader =
  /** A role of the environment's account. */
  | { readonly roleArn: string }
  /** A role of another account, which belongs to the same organisation. */
  | { readonly account: string; readonly roleArn: string }
  /** People, by the name of a permission set of IAM Identity Center. */
  | { readonly permissionSet: string };

export interface Secret {
  readonly name: string;
  /** By the template of the environment, or a name of its own; of an adopted secret the name that it has. */
  readonly fullName: string;
  readonly description?: string;
  readonly class: SecretClass;
  readonly sensitivity: Sensitivity;
  /** `generated`: by Secrets Manager at creation; `supplied`: an operator puts it after the deploy. */
  readonly value: 'generated' | 'supplied';
  /** What Secrets Manager generates. Absent: as the class says. */
  readonly generate?: GeneratedShape;
  /** Names of consumers of the same application. */
  readonly readers: readonly string[];
  /** Readers that may also read the pending value of a rotation. Absent: none. */
  readonly pendingReaders?: readonly string[];
  /** Consumers of other applications of the environment that may read it. Absent: none. */
  readonly sharedWith?: readonly SharedWith[];
  /** Other regions in which the secret has a replica. Absent: none. */
  readonly replicas?: readonly string[];
  /** The secret exists already, and keeps its name and its value. */
  readonly adopted?: AdoptedSecret;
  /** Present exactly when `class` is `database`. */
  readonly database?: DatabaseTarget;
  readonly rotation: Rotation;
  readonly exception?: RotationException;
}

export interface SharedWith {
  readonly application: string;
  /** Names of consumers of that application. */
  readonly readers: readonly string[];
}

/** Constant once the secret is deployed: CloudFormation makes a new value when it changes (aws/aws-cdk#19985). */
export interface GeneratedShape {
  /** The value is JSON: the template, and the generated text under the key. Absent: the text alone. */
  readonly json?: { readonly template: Readonly<Record<string, string | number | boolean>>; readonly key: string };
  /** How many characters are generated. */
  readonly length: number;
  /** Characters that are not generated. */
  readonly exclude: string;
}

export interface AdoptedSecret {
  /** With its six random characters. */
  readonly arn: string;
  /** ARN of the KMS key that encrypts it; absent: the AWS managed key. */
  readonly keyArn?: string;
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html */
export interface IamDatabase {
  readonly name: string;
  readonly description?: string;
  readonly engine: DatabaseEngine;
  readonly host: string;
  readonly port: number;
  readonly dbname: string;
  readonly username: string;
  /** `db-ABCDEFGHIJKL01234`, `cluster-…` or `prx-…`: the identifier of the server that its name does not tell. */
  readonly resourceId: string;
  /** Names of consumers of the same application. */
  readonly readers: readonly string[];
}

export interface DatabaseTarget {
  readonly engine: DatabaseEngine;
  /** The writer, where rotations connect: identifier of an RDS instance, or of an Aurora or DocumentDB cluster, or a host name. */
  readonly host: { readonly rds: string } | { readonly rdsCluster: string } | { readonly name: string };
  /** TCP port; absent for an RDS identifier: RDS reports it. */
  readonly port?: number;
  /** Where applications connect, if not at {@link host}: a proxy, a pooler, a reader endpoint, an alias. */
  readonly endpoint?: { readonly host: string; readonly port: number };
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

export type Rotation = { readonly kind: 'manual' } | AutomaticRotation | CustomRotation;

/** By a function of the organisation's own. */
export interface CustomRotation {
  readonly kind: 'custom';
  /** Unqualified or with an alias. */
  readonly functionArn: string;
  /** Role of the function. */
  readonly roleArn: string;
  /** The catalog's `every`, in hours: the longest time between two rotations. */
  readonly everyHours: number;
  readonly schedule: RotationSchedule;
}

export interface AutomaticRotation {
  readonly kind: 'automatic';
  readonly strategy: RotationStrategy;
  /** One of {@link EnvironmentCatalog.networks}, whose function rotates the secret. Absent: the default network. */
  readonly network?: string;
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
