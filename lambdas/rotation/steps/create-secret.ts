/** Step 1: stores the next value as AWSPENDING, before the database knows of it. */
import { refuseWithoutAdmin } from '../core/admin.ts';
import { checkConfiguration } from './configuration.ts';
import { desiredValue, inStoredShape } from '../core/desired-value.ts';
import { refuseWithinGrace } from '../core/grace.ts';
import { readPolicy } from '../core/password-policy.ts';
import { markPending } from '../core/pending-mark.ts';
import type { SecretVersion } from '../core/ports.ts';
import { checkPending, findPending, readCurrent, type CurrentVersion, type Rotation } from '../core/rotation.ts';
import { RotationError } from '../core/rotation-error.ts';
import { addressOf } from '../core/secret-value.ts';

export type CreateOutcome = 'stored' | 'adopted';

/**
 * An existing value, from an earlier attempt or another worker, is adopted: every retry rolls forward with it.
 * The service keeps the first value of a version, so there is no need to look before; only the first rotation does,
 * since its check of the configuration is for a database that is as it was.
 */
export const createSecret = async (rotation: Rotation): Promise<CreateOutcome> => {
  const { ports, secret, token } = rotation;
  const first = secret.lastRotatedAt === undefined;
  const stored = first ? await ports.versions.read(secret.arn, { versionId: token }) : undefined;
  const current = await readCurrent(rotation);
  if (stored) return adopt(rotation, stored, current);

  await refuseWithinGrace(rotation, current, { retryable: false });
  const anyValue = await desiredValue(rotation, current.value, ports.passwords.generate());
  const address = await addressOf(anyValue, `secret ${secret.name}`, rotation);
  refuseWithoutAdmin(rotation, anyValue);
  if (first) await checkConfiguration(rotation, undefined, current);
  const policy = await readPolicy(rotation, { current: current.value, value: anyValue, address });
  const value = policy ? await desiredValue(rotation, current.value, ports.passwords.generate(policy)) : anyValue;

  const text = JSON.stringify(inStoredShape(value, current.value, rotation.settings));
  await markPending(rotation, text);
  const outcome = await ports.versions.storePending(secret.arn, token, text);
  if (outcome === 'stored') return 'stored';
  const other = await findPending(rotation);
  if (other) return adopt(rotation, other, current);
  throw new RotationError(
    'pending-without-value',
    `Version ${token} of secret ${secret.name} has a value, but it can't be read yet`,
    { retryable: true },
  );
};

const adopt = async (rotation: Rotation, version: SecretVersion, current: CurrentVersion): Promise<CreateOutcome> => {
  await checkPending(rotation, version, current);
  return 'adopted';
};
