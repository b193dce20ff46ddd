/** What `strongroom evidence` asks of AWS. `cli/adapters/evidence-aws.ts` has the real one. It reads, and never reads a value. */
import type { Identity, SecretState } from '../ports.ts';

export type ConnectEvidence = (region: string) => Promise<EvidenceSource>;

/** Each method makes one kind of call, so that its answer has one source. `undefined`: AWS has no such thing. */
export interface EvidenceSource {
  /** sts:GetCallerIdentity */
  whoAmI(): Promise<Identity>;
  /** kms:DescribeKey; by alias, id or ARN. */
  key(keyId: string): Promise<KeyFacts | undefined>;
  /** kms:GetKeyRotationStatus */
  keyRotation(keyArn: string): Promise<KeyRotationFacts | undefined>;
  /** secretsmanager:DescribeSecret */
  secret(secretId: string): Promise<SecretState | undefined>;
  /** secretsmanager:GetResourcePolicy; the policy as JSON. */
  secretPolicy(secretId: string): Promise<string | undefined>;
  /** cloudtrail:DescribeTrails */
  trail(name: string): Promise<TrailFacts | undefined>;
  /** cloudtrail:GetTrailStatus */
  trailStatus(arn: string): Promise<TrailStatusFacts | undefined>;
  /** cloudtrail:GetEventSelectors */
  trailSelectors(arn: string): Promise<TrailSelectorFacts | undefined>;
  /** s3:GetBucketVersioning */
  bucketVersioning(bucket: string): Promise<{ readonly enabled: boolean } | undefined>;
  /** s3:GetBucketPublicAccessBlock */
  bucketPublicAccess(bucket: string): Promise<{ readonly blocked: boolean } | undefined>;
  /** s3:GetEncryptionConfiguration */
  bucketEncryption(bucket: string): Promise<{ readonly algorithm: string } | undefined>;
  /** s3:GetLifecycleConfiguration */
  bucketLifecycle(bucket: string): Promise<BucketLifecycleFacts | undefined>;
  /** cloudwatch:DescribeAlarms */
  alarms(prefix: string): Promise<readonly AlarmFacts[]>;
  /** lambda:GetFunctionConfiguration */
  functionState(name: string): Promise<FunctionFacts | undefined>;
  /** logs:DescribeLogGroups */
  logGroups(prefix: string): Promise<readonly LogGroupFacts[]>;
  close(): void;
}

export interface KeyFacts {
  readonly arn: string;
  /** `Enabled`, `Disabled`, `PendingDeletion`… as KMS has it. */
  readonly state: string;
  readonly manager: 'AWS' | 'CUSTOMER';
  /** `AWS_KMS`, `EXTERNAL`, `AWS_CLOUDHSM`, `EXTERNAL_KEY_STORE`. */
  readonly origin: string;
  readonly multiRegion: boolean;
  /** `SYMMETRIC_DEFAULT` is 256-bit AES-GCM. */
  readonly spec: string;
}

export interface KeyRotationFacts {
  readonly enabled: boolean;
  readonly periodDays?: number;
}

export interface TrailFacts {
  readonly arn: string;
  readonly bucket: string;
  readonly multiRegion: boolean;
  readonly validatesFiles: boolean;
  readonly keyArn?: string;
}

export interface TrailStatusFacts {
  readonly logging: boolean;
  readonly lastDelivery?: Date;
  readonly lastDeliveryError?: string;
}

export interface TrailSelectorFacts {
  /** Whether management events, reads and writes, of every source are recorded. */
  readonly allManagementEvents: boolean;
}

export interface BucketLifecycleFacts {
  /** Days after which current objects expire, by the shortest rule. Absent: never. */
  readonly expirationDays?: number;
}

export interface AlarmFacts {
  readonly name: string;
  readonly arn: string;
  readonly state: string;
  readonly actions: number;
}

export interface FunctionFacts {
  readonly arn: string;
  readonly state: string;
  readonly runtime?: string;
}

export interface LogGroupFacts {
  readonly name: string;
  readonly arn: string;
  /** Absent: for ever. */
  readonly retentionDays?: number;
}
