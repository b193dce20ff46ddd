/** One rotation as its steps see it, and the reads that several steps share. */
import { refuseElsewhere } from './admin-place.ts';
import type { Confirm, RotationPorts, SecretDescription } from './ports.ts';
import { RotationError } from './rotation-error.ts';
import { adminCredential, completeValue, parseValue, type CompleteValue, type StoredValue } from './secret-value.ts';
import type { RotationSettings } from './settings.ts';

export interface Rotation {
  readonly ports: RotationPorts;
  readonly secret: SecretDescription;
  /** Version id of the new credential. */
  readonly token: string;
  readonly settings: RotationSettings;
}

/** Reads of a version that was just written can be stale: so often is it read before it counts as without value. */
const pendingReads = 3;

/** The value under the token, or `undefined` where there is none. */
export const findPending = async ({ ports, secret, token }: Rotation): Promise<string | undefined> => {
  for (let attempt = 1; ; attempt++) {
    const version = await ports.versions.read(secret.arn, { versionId: token });
    if (version !== undefined || attempt === pendingReads) return version?.value;
    await ports.clock.pause(attempt);
  }
};

/** @throws RotationError `pending-without-value`, and those of {@link completeValue}. */
export const readPending = async (rotation: Rotation): Promise<CompleteValue> => {
  const text = await findPending(rotation);
  if (text === undefined) {
    throw new RotationError(
      'pending-without-value',
      `Version ${rotation.token} of secret ${rotation.secret.name} has no value: createSecret comes first`,
      { retryable: true },
    );
  }
  return parsePending(rotation, text);
};

export const parsePending = ({ ports, secret, token }: Rotation, text: string): CompleteValue => {
  const what = `secret ${secret.name}, version ${token}`;
  return completeValue(parseValue(text, what), what, ports.database.engine);
};

/** @throws RotationError `value-missing`, `value-not-json`. */
export const readCurrent = async ({ ports, secret }: Rotation): Promise<StoredValue> => {
  const version = await ports.versions.read(secret.arn, { stage: 'AWSCURRENT' });
  if (version === undefined) {
    throw new RotationError(
      'value-missing',
      `Secret ${secret.name} has no AWSCURRENT value to rotate: put one, then rotate`,
      { retryable: false },
    );
  }
  return parseValue(version.value, `secret ${secret.name}, AWSCURRENT`);
};

/**
 * The admin's credential, where the value names an admin.
 *
 * @throws RotationError `admin-missing`, `admin-elsewhere`, and those of {@link adminCredential}.
 */
export const readAdmin = async ({ ports, secret }: Rotation, value: CompleteValue) => {
  const { masterarn } = value;
  if (masterarn === undefined || masterarn === '') return undefined;
  const version = await ports.versions.read(masterarn, { stage: 'AWSCURRENT' });
  if (version === undefined) {
    throw new RotationError('admin-missing', `The admin's secret ${masterarn} does not exist or has no value`, {
      retryable: false,
    });
  }
  const what = `the admin's secret ${masterarn}`;
  const admin = parseValue(version.value, what);
  const credential = adminCredential(admin, what);
  await refuseElsewhere(ports, { masterarn, admin }, value, secret.name);
  return credential;
};

/**
 * Asks again, under the database's lock, whether the token is pending. Between the first look and the lock another
 * worker may have finished this rotation, and even the next: to set this password then would lock the application out.
 */
export const whilePending =
  ({ ports, secret, token }: Rotation): Confirm =>
  async () => {
    const { stages } = await ports.versions.describe(secret.arn);
    return stageOf(stages, secret, token) === 'pending';
  };

/** @throws RotationError `superseded` where the version is neither. */
export const stageOf = (
  stages: SecretDescription['stages'],
  { name }: SecretDescription,
  token: string,
): 'pending' | 'current' => {
  const labels = stages.get(token);
  if (labels?.has('AWSCURRENT')) return 'current';
  if (labels?.has('AWSPENDING')) return 'pending';
  throw new RotationError(
    'superseded',
    `Version ${token} of secret ${name} is neither AWSPENDING nor AWSCURRENT: this rotation was cancelled or another took its place`,
    { retryable: false },
  );
};
