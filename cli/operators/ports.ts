/** What the operators' verbs ask of AWS. `cli/adapters/` has the real one, `test/_helpers/` an honest model of it. */
import type { CheckReport, RollReport, RotationRequest, RotationStep } from '../../lib/contract/index.ts';

/** Makes the clients for one region. `undefined`: the region of the SDK's own chain, `AWS_REGION` or a profile. */
export type ConnectAws = (region: string | undefined) => Promise<OperatorAws>;

/**
 * Every call is bounded in time, and repeated a bounded number of times where that is harmless. Failures are
 * `CommandError`s, whose code says what the caller can do.
 */
export interface OperatorAws {
  whoAmI(): Promise<Identity>;
  /** `undefined` if the secret does not exist. */
  describe(secretId: string): Promise<SecretState | undefined>;
  /** When each version was made, by its id. */
  versionDates(secretId: string): Promise<ReadonlyMap<string, Date>>;
  /** Starts a rotation, whose new version gets this id; a second call with the same id starts no second one. */
  rotate(secretId: string, versionId: string): Promise<void>;
  /** `undefined` where the key does not exist. */
  key(keyId: string): Promise<KeyState | undefined>;
  /** `undefined` where the function does not exist. */
  rotationFunction(functionArn: string): Promise<FunctionState | undefined>;
  /** Has the rotation function look; it changes nothing. */
  check(functionArn: string, secretArn: string): Promise<Answer<CheckAnswer>>;
  /** Has the rotation function bring the pending version to its end, or give it up. */
  roll(functionArn: string, request: RollRequest): Promise<Answer<RollReport>>;
  /** What the function logged about a version since then, oldest first. `undefined`: the log can't be read. */
  steps(functionArn: string, versionId: string, since: Date): Promise<readonly StepLine[] | undefined>;
  close(): void;
}

export interface Identity {
  readonly account: string;
  readonly arn: string;
}

export interface SecretState {
  readonly arn: string;
  readonly name: string;
  readonly rotationEnabled: boolean;
  readonly functionArn?: string;
  /** `rate(30 days)` or `cron(…)`. */
  readonly schedule?: string;
  /** ARN, id or alias; absent: AWS's own key `aws/secretsmanager`. */
  readonly keyId?: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Labels by version id. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly createdAt?: Date;
  readonly lastRotatedAt?: Date;
  /** When anything of the secret changed last. */
  readonly lastChangedAt?: Date;
  readonly nextRotationAt?: Date;
  /** Present: the secret is scheduled for deletion. */
  readonly deletedAt?: Date;
}

export interface KeyState {
  /** `Enabled`, `Disabled`, `PendingDeletion`… as KMS has it. */
  readonly state: string;
  readonly deletionAt?: Date;
}

export interface FunctionState {
  /** `Active`, `Pending`, `Inactive`, `Failed`, as Lambda has it. */
  readonly state: string;
  readonly reason?: string;
  /** 0: nothing may run. Absent: no limit of its own. */
  readonly reservedConcurrency?: number;
  /** The resource policy, JSON; absent: it has none. */
  readonly policy?: string;
}

/** A check as this command understands it: a newer function may have notices that it does not know. */
export interface CheckAnswer extends Omit<CheckReport, 'notices'> {
  readonly notices?: readonly NoticeShown[];
}

/** A warning: what a rotation will change or meet. It does not make a secret unhealthy. */
export interface NoticeShown {
  /** Mostly one of docs/rotation.md. */
  readonly code: string;
  readonly message: string;
}

export type RollRequest = Extract<RotationRequest, { readonly Action: 'rollForward' | 'rollBack' }>;

/** What a function answers: its report, or the error that it ended with. */
export type Answer<Report> =
  { readonly report: Report } | { readonly failed: { readonly code: string; readonly message: string } };

/** One step of a rotation, as the function logs it. */
export interface StepLine {
  readonly step: RotationStep;
  readonly done: boolean;
  /** Outcome of a step that is done, error code of one that failed. */
  readonly outcome: string;
  readonly message?: string;
  /** Of a failed step: whether the same again can succeed. */
  readonly retryable?: boolean;
  readonly durationMs?: number;
}
