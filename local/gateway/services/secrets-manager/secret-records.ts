/** What Secrets Manager knows of a secret and the emulator can't hold: rotation, versions without a value, the past. */
import type { RotationRules } from '../../rotation/rotation-rules.ts';

export interface RotationConfiguration {
  readonly enabled: boolean;
  readonly functionArn: string;
  readonly rules: RotationRules;
  /** When rotation was last turned on, ms since the epoch. */
  readonly since: number;
}

/** The versions of a secret at one moment: labels by version id, and the ids of versions without a value. */
export interface VersionSnapshot {
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly withoutValue: ReadonlySet<string>;
}

export interface SecretRecord {
  rotation?: RotationConfiguration;
  /** The last rotation that ended well, or the last value put by hand while rotation is on. */
  lastRotatedAt?: number;
  /** Versions that exist and have no value: AWSPENDING until createSecret has put one. */
  readonly withoutValue: Set<string>;
  /** The versions before the latest write, for reads that a fault makes stale. */
  before?: VersionSnapshot;
}

export interface SecretRecords {
  /** The record of a secret, made on first use. */
  of(arn: string): SecretRecord;
  /** The record of a secret, if there is one. */
  find(arn: string): SecretRecord | undefined;
  forget(arn: string): void;
  clear(): void;
}

export const createSecretRecords = (): SecretRecords => {
  const records = new Map<string, SecretRecord>();
  return {
    of: (arn) => {
      const record = records.get(arn) ?? { withoutValue: new Set<string>() };
      records.set(arn, record);
      return record;
    },
    find: (arn) => records.get(arn),
    forget: (arn) => void records.delete(arn),
    clear: () => {
      records.clear();
    },
  };
};
