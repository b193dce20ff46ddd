/** What every operation of the overlay works with. */
import type { Clock } from '../../clock.ts';
import type { Rotations } from '../../rotation/rotations.ts';
import type { AwsRequest } from '../../request.ts';
import type { Scope } from '../../service-call.ts';
import { scopeOfSecret, type EmulatedSecrets, type SecretDescription, type SecretRef } from './emulated-secrets.ts';
import { invalidRequest, requiredText, type Input } from './secret-input.ts';
import type { SecretLocks } from './secret-locks.ts';
import type { SecretRecord, SecretRecords } from './secret-records.ts';

/** A use of a KMS key that Secrets Manager makes on behalf of a caller. */
export interface KeyUse extends Scope {
  readonly operation: 'Decrypt' | 'GenerateDataKey';
  /** Key id, ARN or alias as the secret has it. */
  readonly keyId: string;
  readonly secretArn: string;
  readonly versionId: string;
}

/** An event about the deletion of a version, which Secrets Manager itself puts into CloudTrail. */
export interface DeletionEvent extends Scope {
  readonly eventName: 'StartSecretVersionDelete' | 'CancelSecretVersionDelete' | 'EndSecretVersionDelete';
  readonly secretArn: string;
  readonly versionId: string;
}

/** A label that was moved to another version; Secrets Manager reports it to EventBridge. */
export interface LabelMoved extends Scope {
  readonly secretArn: string;
  readonly secretName: string;
  readonly label: string;
  readonly versionId: string;
}

export interface SecretsContext {
  readonly emulated: EmulatedSecrets;
  readonly records: SecretRecords;
  readonly locks: SecretLocks;
  readonly clock: Clock;
  readonly rotations: Rotations;
  readonly recordKeyUse: (request: AwsRequest, use: KeyUse) => void;
  readonly recordDeletion: (event: DeletionEvent) => void;
  readonly recordLabelMoved: (moved: LabelMoved) => void;
  /** Whether this read must answer as before the latest write of its secret. */
  readonly isStaleRead: (request: AwsRequest) => boolean;
}

/** A locked secret, before the write. */
export interface LockedSecret {
  readonly ref: SecretRef;
  readonly record: SecretRecord;
  readonly description: SecretDescription;
  /** Labels by version id, versions without a label included. */
  readonly versions: Map<string, readonly string[]>;
}

export type Output = Readonly<Record<string, unknown>>;

export const callerScope = (request: AwsRequest): Scope => ({
  account: request.caller.account,
  region: request.region,
});

export const secretScope = (request: AwsRequest, input: Input = request.input): Scope =>
  scopeOfSecret(requiredText(input, 'SecretId'), callerScope(request));

/**
 * Runs a write with the secret to itself, and keeps what was before it for stale reads.
 * @throws ServiceError InvalidRequestException if the secret is scheduled for deletion, unless that is allowed.
 */
export const withSecret = async <T>(
  context: SecretsContext,
  scope: Scope,
  secretId: string,
  work: (secret: LockedSecret) => T | Promise<T>,
  { allowDeleted = false } = {},
): Promise<T> => {
  const { ARN: arn } = await context.emulated.describe(scope, secretId);
  return context.locks.run(arn, async () => {
    const description = await context.emulated.describe(scope, arn);
    if (description.DeletedDate !== undefined && !allowDeleted) throw markedForDeletion();
    const ref = { ...scope, arn, name: description.Name };
    const versions = await context.emulated.versions(ref);
    const record = context.records.of(arn);
    const before = { labels: new Map(versions), withoutValue: new Set(record.withoutValue) };
    const result = await work({ ref, record, description, versions });
    record.before = before;
    return result;
  });
};

/** Moves a label to a version and reports it: every label except the two that Secrets Manager uses itself. */
export const moveLabel = async (
  context: SecretsContext,
  { account, region, arn, name }: SecretRef,
  label: string,
  move: { readonly from?: string | undefined; readonly to: string },
): Promise<void> => {
  await context.emulated.moveLabel({ account, region, arn, name }, label, move);
  if (label === 'AWSPENDING' || label === 'AWSPREVIOUS') return;
  context.recordLabelMoved({ account, region, secretArn: arn, secretName: name, label, versionId: move.to });
};

/** The version that carries a label. */
export const holderOf = (versions: ReadonlyMap<string, readonly string[]>, label: string): string | undefined => {
  for (const [versionId, labels] of versions) if (labels.includes(label)) return versionId;
  return undefined;
};

export const markedForDeletion = () =>
  invalidRequest("You can't perform this operation on the secret because it was marked for deletion.");
