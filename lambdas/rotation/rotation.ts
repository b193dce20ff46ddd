/** One rotation as its steps see it, and the reads that several steps share. */
import type { Confirm, RotationPorts, SecretDescription, SecretVersion } from './ports.ts';
import { RotationError } from './rotation-error.ts';
import { completeValue, parseValue, type CompleteValue, type StoredValue } from './secret-value.ts';
import type { RotationSettings } from './settings.ts';
import { stageOf, versionWith } from './stages.ts';
import type { Strategy } from './strategies/strategy.ts';

export interface Rotation {
  readonly ports: RotationPorts;
  readonly secret: SecretDescription;
  /** Version id of the new credential. */
  readonly token: string;
  readonly settings: RotationSettings;
  readonly strategy: Strategy;
}

/** Reads of a version that was just written can be stale: so often is it read before it counts as without value. */
const pendingReads = 3;

/** The version of the token with its value, or `undefined` where it has none. */
export const findPending = async ({
  ports,
  secret,
  token,
}: Pick<Rotation, 'ports' | 'secret' | 'token'>): Promise<SecretVersion | undefined> => {
  for (let attempt = 1; ; attempt++) {
    const version = await ports.versions.read(secret.arn, { versionId: token });
    if (version !== undefined || attempt === pendingReads) return version;
    await ports.clock.pause(attempt);
  }
};

/** @throws RotationError `pending-without-value`, and those of {@link completeValue}. */
export const readPending = async (rotation: Rotation): Promise<CompleteValue> => {
  const version = await findPending(rotation);
  if (version === undefined) {
    throw new RotationError(
      'pending-without-value',
      `Version ${rotation.token} of secret ${rotation.secret.name} has no value: createSecret comes first`,
      { retryable: true },
    );
  }
  return parsePending(rotation, version.value);
};

export const parsePending = ({ ports, secret, token }: Rotation, text: string): CompleteValue => {
  const what = `secret ${secret.name}, version ${token}`;
  return completeValue(parseValue(text, what), what, ports.database.engine);
};

export interface CurrentVersion {
  readonly versionId: string;
  readonly value: StoredValue;
  readonly createdAt?: Date;
}

/** @throws RotationError `value-missing`, `value-not-json`. */
export const readCurrent = async ({ ports, secret }: Pick<Rotation, 'ports' | 'secret'>): Promise<CurrentVersion> => {
  const version = await ports.versions.read(secret.arn, { stage: 'AWSCURRENT' });
  if (version === undefined) {
    throw new RotationError(
      'value-missing',
      `Secret ${secret.name} has no AWSCURRENT value to rotate: put one, then rotate`,
      { retryable: false },
    );
  }
  const { versionId, value, createdAt } = version;
  return {
    versionId,
    value: parseValue(value, `secret ${secret.name}, AWSCURRENT`),
    ...(createdAt && { createdAt }),
  };
};

/**
 * Asks again, under the database's lock, whether the token is pending. Between the first look and the lock another
 * worker may have finished this rotation, and even the next: to set this password then would lock the application out.
 */
export const whilePending =
  ({ ports, secret, token }: Pick<Rotation, 'ports' | 'secret' | 'token'>): Confirm =>
  async () => {
    const { stages } = await ports.versions.describe(secret.arn);
    return stageOf(stages, secret, token) === 'pending';
  };

/**
 * {@link whilePending}, and also whether AWSCURRENT is still on the version that the caller read: for changes that are
 * right beside that very credential only.
 */
export const whileCurrentIs =
  (versionId: string, { ports, secret, token }: Pick<Rotation, 'ports' | 'secret' | 'token'>): Confirm =>
  async () => {
    const { stages } = await ports.versions.describe(secret.arn);
    if (stageOf(stages, secret, token) !== 'pending') return false;
    if (versionWith(stages, 'AWSCURRENT') === versionId) return true;
    throw new RotationError(
      'superseded',
      `Secret ${secret.name}: AWSCURRENT moved while version ${token} was to be set; the next try looks again`,
      { retryable: true },
    );
  };
