/** Step 2: makes the database accept the pending credential. */
import { readAdmin } from '../core/admin.ts';
import { refuseWithinGrace } from '../core/grace.ts';
import { readCurrent, readPending, type CurrentVersion, type Rotation } from '../core/rotation.ts';
import { addressOf, type CompleteValue } from '../core/secret-value.ts';
import type { CredentialRotation, SetOutcome } from '../core/strategy.ts';

/**
 * Everything is read before anything is changed: a missing value or permission is found while the database is as it was.
 * The grace time is looked at again: since createSecret another rotation can have taken this one's place and ended.
 */
export const setSecret = async (rotation: Rotation): Promise<SetOutcome> => {
  rotation.ports.proofs.remember(rotation.secret, rotation.token);
  const current = await readCurrent(rotation);
  await refuseWithinGrace(rotation, current, { retryable: true });
  const pending = await readPending(rotation, current);
  return rotation.strategy.set(await credentialRotation(rotation, pending, current));
};

/** The rotation with all that a strategy needs. @param pending - checked, or made of the tags and AWSCURRENT alone. */
export const credentialRotation = async (
  rotation: Rotation,
  pending: CompleteValue,
  known?: CurrentVersion,
): Promise<CredentialRotation> => {
  const { value: current, versionId: currentVersion } = known ?? (await readCurrent(rotation));
  const address = await addressOf(pending, `secret ${rotation.secret.name}, version ${rotation.token}`, rotation);
  const admin = await readAdmin(rotation, pending);
  return { ...rotation, pending, current, currentVersion, admin, address };
};
