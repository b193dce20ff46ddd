/** One rotation as its steps see it, and the reads that several steps share. */
import { desiredValue, inStoredShape } from './desired-value.ts';
import { refuseUnlessOurs } from './pending-mark.ts';
import type { Confirm } from '../../databases/port.ts';
import type { RotationPorts, SecretDescription, SecretVersion } from './ports.ts';
import { retrying } from '../../runtime/retry.ts';
import { RotationError } from './rotation-error.ts';
import { isText, parseValue, type CompleteValue, type StoredValue } from './secret-value.ts';
import type { RotationSettings } from './settings.ts';
import { stageOf, versionWith } from './stages.ts';
import type { Strategy } from './strategy.ts';

export interface Rotation {
  readonly ports: RotationPorts;
  readonly secret: SecretDescription;
  /** Version id of the new credential. */
  readonly token: string;
  readonly settings: RotationSettings;
  readonly strategy: Strategy;
}

/** Reads of a version that was just written can be stale. After so many, the version is treated as empty. */
const pendingReads = 3;

/** The version of the token with its value, or `undefined` if it has none. */
export const findPending = ({
  ports,
  secret,
  token,
}: Pick<Rotation, 'ports' | 'secret' | 'token'>): Promise<SecretVersion | undefined> =>
  retrying(() => ports.versions.read(secret.arn, { versionId: token }), {
    clock: ports.clock,
    attempts: pendingReads,
    always: true,
    afterResult: (version) => version === undefined,
  });

/** @throws RotationError `pending-without-value`, and those of {@link checkPending}. */
export const readPending = async (rotation: Rotation, current: CurrentVersion): Promise<CompleteValue> => {
  const version = await findPending(rotation);
  if (version === undefined) {
    throw new RotationError(
      'pending-without-value',
      `Version ${rotation.token} of secret ${rotation.secret.name} has no value: createSecret comes first`,
      { retryable: true },
    );
  }
  return checkPending(rotation, version, current);
};

/**
 * A pending value brings a password, and which of two users has its turn. Everything else comes from the tags and from
 * AWSCURRENT, and the value must say the same: it is what applications will get.
 *
 * @throws RotationError `pending-not-ours`, and those of {@link desiredValue}.
 */
export const checkPending = async (
  rotation: Rotation,
  version: SecretVersion,
  { value: current }: CurrentVersion,
): Promise<CompleteValue> => {
  const { secret, token } = rotation;
  await refuseUnlessOurs(rotation, version);
  const stored = parseValue(version.value, `secret ${secret.name}, version ${token}`);
  const desired = await desiredValue(rotation, current, stored['password'], usernameIn(rotation, stored, current));
  const wanted = JSON.parse(JSON.stringify(inStoredShape(desired, current, rotation.settings))) as StoredValue;
  const keys = [...new Set([...Object.keys(stored), ...Object.keys(wanted)])];
  const others = keys.filter((key) => JSON.stringify(stored[key]) !== JSON.stringify(wanted[key])).sort();
  if (others.length === 0) return desired;
  throw new RotationError(
    'pending-not-ours',
    `Secret ${secret.name}: version ${token} has another ${others.map((key) => JSON.stringify(key)).join(', ')} than the tags and AWSCURRENT say now; give that version up (\`strongroom repair --back\`), then rotate again`,
    { retryable: false },
  );
};

/** Of two users either can have its turn: AWSCURRENT may have been put by hand since. Nobody else can. */
const usernameIn = ({ strategy, settings }: Rotation, { username }: StoredValue, current: StoredValue) => {
  const next = strategy.nextUsername(current, settings.username);
  return isText(username) && next !== undefined && strategy.takesTurns(next, username) ? username : next;
};

export interface CurrentVersion {
  readonly versionId: string;
  readonly value: StoredValue;
  /** The value as stored. */
  readonly text: string;
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
    text: value,
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
 * right with that credential only.
 */
export const whileCurrentIs =
  (versionId: string, { ports, secret, token }: Pick<Rotation, 'ports' | 'secret' | 'token'>): Confirm =>
  async () => {
    const { stages } = await ports.versions.describe(secret.arn);
    if (stageOf(stages, secret, token) !== 'pending') return false;
    if (versionWith(stages, 'AWSCURRENT') === versionId) return true;
    throw new RotationError(
      'superseded',
      `Secret ${secret.name}: AWSCURRENT moved before version ${token} was set; the next attempt looks again`,
      { retryable: true },
    );
  };
