/** What a rotation needs from outside. Adapters have the real ones, `test/_helpers/` honest models of them. */
import type { DatabaseEngine } from '../../../lib/contract/index.ts';
import type { PasswordSource, Database, Endpoint } from '../../databases/port.ts';
import type { Clock } from '../../runtime/clock.ts';

export interface RotationPorts {
  readonly versions: SecretVersions;
  readonly database: Database;
  readonly instances: Instances;
  readonly passwords: PasswordSource;
  readonly clock: Clock;
  readonly proofs: Proofs;
}

export interface SecretDescription {
  readonly arn: string;
  readonly name: string;
  readonly rotationEnabled: boolean;
  readonly tags: Readonly<Record<string, string>>;
  /** Staging labels by version id; a version without labels may be absent. */
  readonly stages: ReadonlyMap<string, ReadonlySet<string>>;
  /** When a rotation last ended well. */
  readonly lastRotatedAt?: Date;
  /** When anything of the secret changed last. */
  readonly lastChangedAt?: Date;
  /** The day by which Secrets Manager rotates again. */
  readonly nextRotationAt?: Date;
}

export interface SecretVersion {
  readonly arn: string;
  readonly name: string;
  readonly versionId: string;
  readonly value: string;
  readonly stages: ReadonlySet<string>;
  readonly createdAt?: Date;
}

export type VersionSelector = { readonly stage: 'AWSCURRENT' | 'AWSPREVIOUS' } | { readonly versionId: string };

/** Versions of secrets. Reads after a write can be stale for a moment. Failures are `RotationError`s `aws-…`. */
export interface SecretVersions {
  /** @throws RotationError `value-missing` if there is no such secret. */
  describe(secretId: string): Promise<SecretDescription>;
  /** `undefined` if the version has no value or does not exist. */
  read(secretId: string, version: VersionSelector): Promise<SecretVersion | undefined>;
  /** Sets a tag that says of a pending value that this function wrote it, see `pendingMarkPrefix`. */
  mark(secretId: string, mark: { readonly key: string; readonly versionId: string }): Promise<void>;
  /** Takes such tags away. Not there: nothing changes. */
  unmark(secretId: string, keys: readonly string[]): Promise<void>;
  /**
   * Stores a value as AWSPENDING under the given version id. The same value again changes nothing.
   *
   * @returns `other-value` where that version has another value already; nothing changed.
   */
  storePending(secretId: string, versionId: string, value: string): Promise<'stored' | 'other-value'>;
  /**
   * Moves AWSCURRENT from one version to another, if it is still on the first.
   *
   * @returns `moved-elsewhere` where it is not; nothing changed.
   */
  promote(
    secretId: string,
    versions: { readonly from: string; readonly to: string },
  ): Promise<'promoted' | 'moved-elsewhere'>;
  /** Takes a label from a version, and gives it to none. Not there: nothing changes. */
  removeLabel(secretId: string, stage: 'AWSPENDING' | 'AWSPREVIOUS', versionId: string): Promise<void>;
  /** The secrets of this environment and engine, as {@link SecretVersions.describe} gives them. */
  list(filter: { readonly environment: string; readonly engine: DatabaseEngine }): AsyncIterable<SecretDescription>;
}

/** An RDS instance, or an Aurora or DocumentDB cluster, by its identifier. */
export type InstanceId = { readonly rds: string } | { readonly rdsCluster: string };

export interface Instance extends Endpoint {
  /** ARN of the secret with the master credential, where RDS manages it. */
  readonly masterSecretArn?: string;
  readonly masterUsername?: string;
  /** `true` while a new master password is on its way. */
  readonly masterPasswordPending: boolean;
  /** Where replicas answer. */
  readonly readers: readonly Endpoint[];
}

export interface Instances {
  /** @throws RotationError `instance-unknown`. */
  describe(id: InstanceId): Promise<Instance>;
  /** Asks for another master password, at once. It holds some time after this returns, see `masterPasswordPending`. */
  setMasterPassword(id: InstanceId, password: string): Promise<void>;
}

/**
 * What this very process has just seen, so that the next step does not have to ask again: the steps of a rotation
 * mostly come to one process, within a second or two. Forgotten after a minute.
 */
export interface Proofs {
  /** A version was seen to log in. */
  record(secretArn: string, versionId: string): void;
  /** Whether it was recorded within the last minute; forgotten by asking. */
  take(secretArn: string, versionId: string): boolean;
  /** What a secret was described as while this version was rotated to. */
  remember(secret: SecretDescription, versionId: string): void;
  recall(secretArn: string, versionId: string): SecretDescription | undefined;
}
