/** Step 1: stores the next value as AWSPENDING, before the database knows of it. */
import { desiredValue } from '../desired-value.ts';
import { findPending, parsePending, readCurrent, type Rotation } from '../rotation.ts';
import { RotationError } from '../rotation-error.ts';
import { completeValue } from '../secret-value.ts';
import type { Strategy } from '../strategies/strategy.ts';

export type CreateOutcome = 'stored' | 'adopted';

/** A value that is there already, from an earlier try or another worker, is adopted: every retry rolls forward with it. */
export const createSecret = async (rotation: Rotation, strategy: Strategy): Promise<CreateOutcome> => {
  const { ports, secret, token } = rotation;
  const stored = await ports.versions.read(secret.arn, { versionId: token });
  if (stored !== undefined) return adopt(rotation, stored.value);

  const current = await readCurrent(rotation);
  const value = await desiredValue(rotation, strategy, current, ports.passwords.generate());
  const complete = completeValue(value, `secret ${secret.name}`, ports.database.engine);
  const outcome = await ports.versions.storePending(secret.arn, token, JSON.stringify(complete));
  if (outcome === 'stored') return 'stored';

  const other = await findPending(rotation);
  if (other === undefined) {
    throw new RotationError(
      'pending-without-value',
      `Version ${token} of secret ${secret.name} has a value, but it can't be read yet`,
      { retryable: true },
    );
  }
  return adopt(rotation, other);
};

const adopt = (rotation: Rotation, text: string): CreateOutcome => {
  parsePending(rotation, text);
  return 'adopted';
};
