/** The posture of secrets: what is declared, what the account has, and what differs or is due. */
import type { AuditSeverity } from './audit-destinations.ts';

export interface PostureFacts {
  readonly title: string;
  /** Of the usual case; a case that is worse says so. */
  readonly severity: AuditSeverity;
}

/** Every kind of finding. */
export const postureFindings = {
  'drift-policy': { title: 'Resource policy differs from the declared one', severity: 'high' },
  'drift-key': { title: 'Encrypted with another key, or with a key that cannot be used', severity: 'high' },
  'drift-schedule': { title: 'Rotation schedule differs from the declared one', severity: 'high' },
  'drift-tags': { title: 'Tags differ from the declared ones', severity: 'medium' },
  'missing-secret': { title: 'Declared secret is not in the account', severity: 'high' },
  'undeclared-secret': { title: 'Secret of the account that no catalog declares', severity: 'low' },
  'never-rotated': { title: 'Never rotated', severity: 'high' },
  overdue: { title: 'Rotation overdue', severity: 'high' },
  'certificate-near-expiry': { title: 'Certificate ends soon', severity: 'high' },
  'key-near-expiry': { title: 'Key or credential ends soon', severity: 'high' },
  'exception-ends-soon': { title: 'Exception ends soon', severity: 'medium' },
  'never-read': { title: 'Not read in 90 days', severity: 'low' },
} as const satisfies Readonly<Record<string, PostureFacts>>;

export type PostureCode = keyof typeof postureFindings;

export const postureCodes = Object.keys(postureFindings) as readonly PostureCode[];

/** What an environment deploys, as far as it can be compared with the account. Values of secrets have no part in it. */
export interface DeclaredPosture {
  readonly environment: string;
  /** 12 digits. */
  readonly account: string;
  readonly region: string;
  /** By the name in Secrets Manager. */
  readonly secrets: Readonly<Record<string, DeclaredSecretPosture>>;
  /** Statements of the resource policies, each once. */
  readonly statements: readonly PolicyStatementMeaning[];
  /** How the names of the environment's secrets begin. */
  readonly prefixes: readonly string[];
  /** Secrets of other environments of the same account and region. */
  readonly neighbours: {
    /** How their names begin. */
    readonly prefixes: readonly string[];
    /** Full names of those that begin otherwise. */
    readonly names: readonly string[];
  };
}

export interface DeclaredSecretPosture {
  readonly application: string;
  /** Team that answers for the secret. */
  readonly owner: string;
  readonly class: string;
  /** Absent: rotated by hand, or not at all. */
  readonly rotation?: DeclaredRotation;
  readonly exception?: DeclaredException;
  /** Tags that it must have. */
  readonly tags: Readonly<Record<string, string>>;
  /** Alias or ARN of its KMS key. */
  readonly key: string;
  /** Indexes of {@link DeclaredPosture.statements}. */
  readonly policy: readonly number[];
  /** Of an adopted secret, which is known by it. */
  readonly arn?: string;
  /** Nothing has a reason to read it. */
  readonly honey?: true;
}

export interface DeclaredRotation {
  readonly functionArn: string;
  /** `rate(30 days)` or `cron(…)`. */
  readonly expression: string;
  /** Of the window: `2h`. Absent: until the end of the UTC day. */
  readonly duration?: string;
  /** The longest time between two rotations, by the class or the secret. */
  readonly everyHours: number;
  /** {@link everyHours} and one window: a secret that has not rotated for longer is overdue. */
  readonly overdueAfterHours: number;
  /** Whether the first rotation comes as the secret is created. */
  readonly atCreation: boolean;
}

export interface DeclaredException {
  readonly reason: string;
  readonly approvedBy: string;
  /** Last day on which it holds, `YYYY-MM-DD` (UTC). */
  readonly until: string;
}

/** A statement of a policy, so written that equal texts are equal permissions. */
export interface PolicyStatementMeaning {
  /** Its name, for messages. Two statements that differ in nothing else are equal. */
  readonly sid: string;
  /** Canonical JSON without the name. */
  readonly meaning: string;
}

/** A secret as `ListSecrets` and `DescribeSecret` describe it. Times are milliseconds since the epoch. */
export interface LiveSecret {
  readonly arn: string;
  readonly name: string;
  /** As it was given at creation: id, ARN or alias. Absent: the key that AWS manages. */
  readonly keyId?: string;
  readonly createdAt?: number;
  readonly lastRotatedAt?: number;
  readonly lastChangedAt?: number;
  /** Latest time of the next rotation. */
  readonly nextRotationAt?: number;
  /** Start of the UTC day of the last read. The time of day is not known. Reads by rotations count. */
  readonly lastReadAt?: number;
  /** When its deletion was asked for. */
  readonly deletedAt?: number;
  /** The AWS service that owns it. */
  readonly owningService?: string;
  /** Region of the secret of which it is a replica, or its own. Absent: there are no replicas. */
  readonly primaryRegion?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Absent: rotation is off. */
  readonly rotation?: { readonly functionArn?: string; readonly expression?: string; readonly duration?: string };
  /** How many versions have a label. */
  readonly versions: number;
}

export interface LiveKey {
  readonly arn: string;
  /** `Enabled`, `Disabled`, `PendingDeletion` and others: https://docs.aws.amazon.com/kms/latest/developerguide/key-state.html */
  readonly state: string;
  /** When imported key material expires. */
  readonly validTo?: number;
  readonly deletionAt?: number;
}

/** An answer of AWS, or why there is none. */
export type Asked<Answer> = { readonly answer: Answer } | { readonly refused: string };

/** What could be asked of the account. */
export interface LiveAccount {
  /** Whether {@link secrets} has every secret of the account and region, the undeclared ones among them. */
  readonly isComplete: boolean;
  readonly secrets: readonly LiveSecret[];
  /** Names of declared secrets that AWS says do not exist. */
  readonly missing: readonly string[];
  /** By ARN of the secret; the text of its policy, or `undefined` if it has none. */
  readonly policies: ReadonlyMap<string, Asked<string | undefined>>;
  /** By alias, id or ARN; `undefined` if there is no such key. */
  readonly keys: ReadonlyMap<string, Asked<LiveKey | undefined>>;
  readonly notAsked: readonly NotAsked[];
}

/** Facts that could not be asked, so nothing is said of them. */
export interface NotAsked {
  readonly fact: 'secrets' | 'secret' | 'policy' | 'key';
  /** Names of secrets, or keys: the first ten. */
  readonly of: readonly string[];
  readonly count: number;
  readonly reason: string;
}

export interface PostureFinding {
  readonly code: PostureCode;
  readonly severity: AuditSeverity;
  /** The same for the same finding of another day. */
  readonly uid: string;
  /** Name of the secret, or ARN of the key. */
  readonly subject: string;
  readonly message: string;
  readonly owner?: string;
  readonly application?: string;
}

/** A declared secret. Times are ISO 8601. */
export interface Posture {
  readonly name: string;
  readonly application: string;
  readonly class: string;
  readonly owner: string;
  /** Whether the account has it; `unknown` if it could not be asked. */
  readonly deployed: 'yes' | 'no' | 'unknown';
  /** Days since its creation. */
  readonly ageDays?: number;
  readonly createdAt?: string;
  /** Absent: never. */
  readonly lastRotatedAt?: string;
  readonly nextRotationAt?: string;
  /** A day, `YYYY-MM-DD`. Absent: never, as far as Secrets Manager knows. */
  readonly lastReadOn?: string;
  readonly versions?: number;
  /** The longest time between two rotations. Absent: no schedule. */
  readonly everyHours?: number;
  readonly exception?: DeclaredException;
  readonly findings: readonly PostureCode[];
}

export interface PostureReport {
  readonly environment: string;
  readonly account: string;
  readonly region: string;
  /** ISO 8601. */
  readonly at: string;
  /** Declared secrets by name. */
  readonly secrets: readonly Posture[];
  /** The most severe first. */
  readonly findings: readonly PostureFinding[];
  readonly notAsked: readonly NotAsked[];
}
